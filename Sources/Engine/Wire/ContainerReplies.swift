import Inventory

/// A mount of a container, in lists and inspects.
struct MountReply: Decodable {
  let `Type`: String?
  let Name: String?

  /// Nil for anything but a volume.
  var volume: String? {
    guard let Name, !Name.isEmpty, `Type` == nil || `Type` == "volume" else { return nil }
    return Name
  }
}

/// The networks of a container, by name; Podman's lists send `null`.
struct NetworkSettingsReply: Decodable {
  struct Attachment: Decodable {}

  let Networks: [String: Attachment?]?

  var names: [String] { (Networks ?? [:]).keys.sorted() }
}

/// Whose namespaces a container uses: `container:<id>`. Lists tell it of the network alone.
struct NamespacesReply: Decodable {
  let NetworkMode: String?
  let PidMode: String?
  let IpcMode: String?

  var hosts: [Namespace: ContainerID] {
    let modes = [Namespace.network: NetworkMode, .pid: PidMode, .ipc: IpcMode]
    return modes.compactMapValues { mode in
      ContainerReferences.container(inMode: mode ?? "").map { ContainerID($0) }
    }
  }
}

/// A container of `GET /containers/json`.
struct ContainerSummary: Decodable, Sendable {
  let Id: String
  let Names: [String]?
  let Image: String?
  /// Empty for a container without an image (the infra container of a pod).
  let ImageID: String?
  let Labels: [String: String]?
  let State: String?
  let Status: String?
  let Command: String?
  let Created: Int64?
  let Mounts: [MountReply]?
  let NetworkSettings: NetworkSettingsReply?
  let HostConfig: NamespacesReply?

  /// Without what only an inspect tells; the restart policy is empty, which says so.
  var container: Container {
    Container(
      id: ContainerID(Id), name: name, image: Image ?? "",
      imageID: Inventory.ImageID(ImageID ?? ""), labels: Labels ?? [:],
      state: ContainerState(State ?? ""), status: Status ?? "", command: Command ?? "",
      created: Timestamp(seconds: max(0, Created ?? 0)), restartPolicy: "",
      volumes: (Mounts ?? []).compactMap(\.volume).sorted(),
      networks: NetworkSettings?.names ?? [], hosts: HostConfig?.hosts)
  }

  /// Legacy links are listed as `/other/alias`; its own name has but one slash.
  private var name: String {
    let names = (Names ?? []).map { $0.hasPrefix("/") ? $0.dropFirst() : $0[...] }
    return String(names.first { !$0.contains("/") } ?? names.first ?? "")
  }
}

/// `GET /containers/{id}/json`.
struct ContainerDetails: Decodable {
  struct StateReply: Decodable {
    let Status: String?
    let StartedAt: String?
    let FinishedAt: String?
    let ExitCode: Int?
  }
  struct HostConfiguration: Decodable {
    struct Restart: Decodable {
      let Name: String?
    }

    let NetworkMode: String?
    let PidMode: String?
    let IpcMode: String?
    let AutoRemove: Bool?
    let RestartPolicy: Restart?

    var hosts: [Namespace: ContainerID] {
      NamespacesReply(NetworkMode: NetworkMode, PidMode: PidMode, IpcMode: IpcMode).hosts
    }
  }
  struct Configuration: Decodable {
    let Image: String?
    let Labels: [String: String]?
  }

  let Id: String
  let Name: String?
  let Created: String?
  let RestartCount: Int?
  let Path: String?
  let Args: [String]?
  /// The id of its image.
  let Image: String?
  let State: StateReply
  let Config: Configuration?
  let HostConfig: HostConfiguration?
  let Mounts: [MountReply]?
  let NetworkSettings: NetworkSettingsReply?
  let SizeRw: Int64?
  let SizeRootFs: Int64?

  /// - Parameter sized: whether the sizes were asked; engines then leave out a `SizeRw` of 0.
  func container(sized: Bool) -> Container {
    let created = Created.flatMap { Timestamp(rfc3339: $0) }?.microseconds ?? 0
    let name = Name ?? ""
    return Container(
      id: ContainerID(Id), name: name.hasPrefix("/") ? String(name.dropFirst()) : name,
      image: Config?.Image ?? "", imageID: ImageID(Image ?? ""), labels: Config?.Labels ?? [:],
      state: ContainerState(State.Status ?? ""),
      command: ([Path ?? ""] + (Args ?? [])).joined(separator: " "),
      // Whole seconds, as in lists, so that a date is the same wherever it was read.
      created: Timestamp(seconds: max(0, created / 1_000_000)),
      startedAt: State.StartedAt.flatMap { Timestamp(rfc3339: $0) },
      finishedAt: State.FinishedAt.flatMap { Timestamp(rfc3339: $0) }, exitCode: exitCode,
      writableSize: sized ? (SizeRw ?? 0).knownSize : nil,
      rootSize: sized ? SizeRootFs?.knownSize : nil,
      autoRemove: HostConfig?.AutoRemove ?? false,
      restartCount: Int(Int32(clamping: RestartCount ?? 0)),
      restartPolicy: restartPolicy,
      volumes: (Mounts ?? []).compactMap(\.volume).sorted(),
      networks: NetworkSettings?.names ?? [], hosts: HostConfig?.hosts ?? [:])
  }

  /// Engines send 0 for what never ended, and for what runs.
  private var exitCode: Int? {
    let hasEnded = State.FinishedAt.flatMap { Timestamp(rfc3339: $0) } != nil
    return hasEnded && !ContainerState(State.Status ?? "").isActive ? State.ExitCode : nil
  }

  /// Docker below 23.0 and Podman send an empty name for no policy.
  private var restartPolicy: String {
    let name = HostConfig?.RestartPolicy?.Name ?? ""
    return name.isEmpty ? "no" : name
  }
}
