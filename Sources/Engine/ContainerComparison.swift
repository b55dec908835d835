package import Inventory

extension ContainerRecipe {
  /// The fields in which another description differs, as paths such as `HostConfig.Memory`; empty: it
  /// is the same container but for what no second one can share.
  ///
  /// Left out are ids, times, state, paths on the host, addresses that nobody asked for, and a host
  /// name made of the id or taken from another container. Volumes are compared as they are mounted, by their names: whether they
  /// were asked for by name, or taken from another container, is not. The name of the image may have
  /// become its id.
  ///
  /// - Parameter successors: Which container took the place of which; where the other still names the
  ///   one that is gone, it differs.
  package func differences(
    from description: String, successors: [ContainerID: ContainerID] = [:]
  ) -> [String] {
    guard var other = EngineJSON(description), other.object != nil else {
      return ["it is not a JSON object"]
    }
    other = NetworkNames(byID: networkNames).applied(to: other)
    other["HostConfig"]["VolumesFrom"] = ContainerReferences.without(
      absent, other["HostConfig"]["VolumesFrom"])
    var before = ComparableContainer(
      source: source, references: ContainerReferences(successors: successors),
      inherited: inherited
    ).fields
    let after = ComparableContainer(
      source: other, references: ContainerReferences(successors: [:]), inherited: inherited
    ).fields
    before["Image"] = .text(imageID.rawValue)
    if after["Config"]["Image"].text == imageID.rawValue {
      before["Config"]["Image"] = .text(imageID.rawValue)
    }
    return FieldDifference.paths(before, after, at: "").sorted()
  }
}

/// The parts of a container's description that a container created again must share.
private struct ComparableContainer {
  let source: EngineJSON
  let references: ContainerReferences
  /// Where directories of the host are mounted that were another container's.
  let inherited: Set<String>

  var fields: EngineJSON {
    var fields = EngineJSON.object([:])
    for key in ["Name", "Image", "Path", "Args", "Platform"] { fields[key] = source[key] }
    fields["Config"] = config
    fields["HostConfig"] = hostConfig
    fields["Mounts"] = mounts
    fields["Networks"] = networks
    return fields
  }

  private var config: EngineJSON {
    let config = source["Config"]
    let mode = source["HostConfig"]["NetworkMode"].text ?? ""
    let isBorrowed = ContainerReferences.container(inMode: mode) != nil
    let short = ContainerID(source["Id"].text ?? "").short
    // With another's network a start takes both names over from the other.
    if isBorrowed { return config.without("Hostname").without("Domainname") }
    return config["Hostname"].text == short ? config.without("Hostname") : config
  }

  private var hostConfig: EngineJSON {
    var host = references.applied(to: source["HostConfig"])
    let mounted = inherited.union(
      source["Mounts"].list.compactMap { mount in
        mount.volumeName.map { _ in MountPath.clean(mount["Destination"].text ?? "") }
      })
    // What is mounted there is compared with the mounts.
    host["Binds"] = .list(
      host["Binds"].list.filter { !mounted.contains(MountPath.target(ofBind: $0.text ?? "")) })
    host["Mounts"] = .list(
      host["Mounts"].list.map { $0["Type"].text == "volume" ? $0.without("Source") : $0 })
    // The mode names one of the networks, by name or by an id that may have changed.
    let attachments = NetworkAttachments(of: source, version: .oldest, references: references)
    if let name = attachments.modeName { host["NetworkMode"] = .text(name) }
    // Engines below 23.0 tell the lack of a policy as an empty name.
    if host["RestartPolicy"]["Name"].isEmpty { host["RestartPolicy"]["Name"] = .text("no") }
    return host
  }

  /// By their places in the container.
  private var mounts: EngineJSON {
    var mounts = EngineJSON.object([:])
    for mount in source["Mounts"].list {
      var kept = EngineJSON.object([:])
      for key in ["Type", "Name", "Driver", "RW", "Propagation"] { kept[key] = mount[key] }
      let place = MountPath.clean(mount["Destination"].text ?? "")
      if mount.volumeName == nil {
        kept["Source"] = mount["Source"]
        if !inherited.contains(place) { kept["Mode"] = mount["Mode"] }
      }
      mounts[place] = kept
    }
    return mounts
  }

  /// By name: what was asked for on each. To be on none of them (`none`) is to be on no network.
  private var networks: EngineJSON {
    let endpoints = source["NetworkSettings"]["Networks"].without("none").object ?? [:]
    return endpoints.reduce(into: .object([:])) { all, entry in
      // To be attached is something, also where nothing else was asked for.
      var kept = EngineJSON.object(["Attached": .bool(true)])
      for key in ["IPAMConfig", "DriverOpts", "GwPriority"] { kept[key] = entry.value[key] }
      kept["Links"] = references.replaced(inTexts: entry.value["Links"])
      kept["Aliases"] = .list(
        Set(NetworkAttachments.requestedAliases(of: entry.value, in: source)).sorted()
          .map(EngineJSON.text))
      all[entry.key] = kept
    }
  }
}

/// Where two values of an engine differ.
enum FieldDifference {
  /// The paths from here, the innermost fields only; nothing and an empty value are the same.
  static func paths(_ left: EngineJSON, _ right: EngineJSON, at path: String) -> [String] {
    if left == right || (left.isEmpty && right.isEmpty) { return [] }
    let inner: (String) -> String = { path.isEmpty ? $0 : path + "." + $0 }
    if let leftMembers = left.object ?? (left == .null ? [:] : nil),
      let rightMembers = right.object ?? (right == .null ? [:] : nil)
    {
      return Set(leftMembers.keys).union(rightMembers.keys).sorted().flatMap {
        paths(left[$0], right[$0], at: inner($0))
      }
    }
    if case .list(let leftItems) = left, case .list(let rightItems) = right,
      leftItems.count == rightItems.count
    {
      return zip(leftItems, rightItems).enumerated().flatMap {
        paths($1.0, $1.1, at: inner("\($0)"))
      }
    }
    return [path]
  }
}
