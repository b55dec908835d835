import Inventory

/// What is sent to create a container again: `Config` with `HostConfig` as they were, but for what an
/// engine refuses or would understand in another way.
struct CreationBody: Sendable {
  let recipe: ContainerRecipe
  let version: APIVersion
  let references: ContainerReferences

  /// - Parameters:
  ///   - image: As `Config.Image` is to name it.
  ///   - networkMode: Instead of the mode that was told, where that is the id of a network that is
  ///     gone; nil: as it was.
  func json(image: String, networkMode: String? = nil) -> EngineJSON {
    var body = config
    body["Image"] = .text(image)
    var host = hostConfig
    if let networkMode { host["NetworkMode"] = .text(networkMode) }
    body["HostConfig"] = host
    if let primary = attachments.primary, !primary.settings.isEmpty {
      body["NetworkingConfig"] = .object([
        "EndpointsConfig": .object([primary.network: primary.settings])
      ])
    }
    return body
  }

  var attachments: NetworkAttachments {
    NetworkAttachments(of: recipe.source, version: version, references: references)
  }

  private var config: EngineJSON {
    var config = recipe.source["Config"]
    let host = recipe.source["HostConfig"]
    // A host name that the engine made of the old id; and with the name of another there may be none.
    let borrowsNetwork =
      ContainerReferences.container(inMode: host["NetworkMode"].text ?? "") != nil
    if borrowsNetwork || host["UTSMode"].text == "host"
      || config["Hostname"].text == recipe.id.short
    {
      config = config.without("Hostname")
    }
    // These two are merged from the image, and refused from whoever asks for another's network.
    if borrowsNetwork { config = config.without("ExposedPorts").without("MacAddress") }
    // The address belongs to an endpoint now; below it is the other way round.
    if version >= .endpointAddresses { config = config.without("MacAddress") }
    // No entry point means that of the image; one empty word means none, and is told as none.
    if config["Entrypoint"].isEmpty { config["Entrypoint"] = .list([.text("")]) }
    return config
  }

  private var hostConfig: EngineJSON {
    var host = references.applied(to: recipe.source["HostConfig"])
    let mounted = Dictionary(
      recipe.source["Mounts"].list.compactMap { mount in
        mount.volumeName.map { (MountPath.clean(mount["Destination"].text ?? ""), ($0, mount)) }
      }, uniquingKeysWith: { first, _ in first })
    var taken: Set<String> = []
    // Without its name an anonymous volume would be a new one.
    let binds = host["Binds"].texts.map { bind in
      let target = MountPath.target(ofBind: bind)
      taken.insert(target)
      guard !bind.contains(":"), let (name, _) = mounted[target] else { return bind }
      return "\(name):\(bind)"
    }
    let mounts = host["Mounts"].list.map { mount in
      let target = MountPath.clean(mount["Target"].text ?? "")
      taken.insert(target)
      guard mount["Type"].text == "volume", mount["Source"].isEmpty,
        let (name, _) = mounted[target]
      else { return mount }
      var named = mount
      named["Source"] = .text(name)
      return named
    }
    // All binds have the one driver that is named beside them; what has another comes by `VolumesFrom`.
    let driver = host["VolumeDriver"]
    let others = mounted.filter { target, volume in
      !taken.contains(target) && (driver.isEmpty || driver == volume.1["Driver"])
    }.sorted { $0.key < $1.key }
    let added = others.map { target, volume in
      "\(volume.0):\(target)" + (volume.1["RW"] == .bool(false) ? ":ro" : "")
    }
    if !binds.isEmpty || !added.isEmpty {
      host["Binds"] = .list((binds + added).map(EngineJSON.text))
    }
    if !mounts.isEmpty { host["Mounts"] = .list(mounts) }
    return host
  }
}

/// Paths within a container, as engines compare them.
enum MountPath {
  /// Without doubled or trailing slashes, and without `.` and `..`.
  static func clean(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// Of `source:target[:options]`, or of a target alone.
  static func target(ofBind bind: String) -> String {
    let parts = bind.split(separator: ":", omittingEmptySubsequences: false)
    return clean(String(parts.count == 1 ? parts[0] : parts[1]))
  }
}

extension APIVersion {
  /// Docker 25.0, the first that takes the address of a network card for each network.
  static let endpointAddresses = APIVersion(major: 1, minor: 44)
}
