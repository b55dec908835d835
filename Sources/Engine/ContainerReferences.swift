import Inventory

/// Where the description of a container speaks of other containers.
///
/// Namespaces (`container:<id>`), `VolumesFrom` (`<name or id>[:ro]`), and links: `/peer:/self/alias`
/// as engines tell the links of the default network, `peer:alias` for those of any other.
struct ContainerReferences: Sendable {
  static let namespaces = ["NetworkMode", "IpcMode", "PidMode", "UsernsMode"]

  /// Which container took the place of which.
  let successors: [ContainerID: ContainerID]

  static func all(in source: EngineJSON) -> Set<String> {
    let networks = source["NetworkSettings"]["Networks"].object ?? [:]
    let links =
      source["HostConfig"]["Links"].texts + networks.values.flatMap { $0["Links"].texts }
    return hosts(in: source).union(volumeSources(in: source))
      .union(links.map { split($0).peer }).filter { !$0.isEmpty }
  }

  /// Whose namespaces it lives in.
  static func hosts(in source: EngineJSON) -> Set<String> {
    Set(namespaces.compactMap { container(inMode: source["HostConfig"][$0].text ?? "") })
  }

  /// Whose volumes it mounts.
  static func volumeSources(in source: EngineJSON) -> Set<String> {
    Set(source["HostConfig"]["VolumesFrom"].texts.map { split($0).peer })
  }

  /// `VolumesFrom` without some of its containers.
  static func without(_ absent: Set<String>, _ volumesFrom: EngineJSON) -> EngineJSON {
    guard !volumesFrom.isEmpty else { return volumesFrom }
    return .list(volumesFrom.list.filter { !absent.contains(split($0.text ?? "").peer) })
  }

  /// Whether a name, an id or the beginning of one is that of a container.
  static func means(_ peer: String, _ id: ContainerID, called name: String) -> Bool {
    peer == name || peer == id.rawValue || isBeginning(peer) && id.rawValue.hasPrefix(peer)
  }

  private static func isBeginning(_ peer: String) -> Bool {
    peer.utf8.count >= 12 && peer.allSatisfy(\.isHexDigit)
  }

  /// The `HostConfig` with every id of a container that is gone replaced.
  func applied(to hostConfig: EngineJSON) -> EngineJSON {
    var host = hostConfig
    for key in Self.namespaces {
      if let old = Self.container(inMode: host[key].text ?? "") {
        host[key] = .text("container:" + successor(of: old))
      }
    }
    for key in ["VolumesFrom", "Links"] where !host[key].isEmpty {
      host[key] = replaced(inTexts: host[key])
    }
    return host
  }

  /// The same for links or volume sources alone.
  func replaced(inTexts texts: EngineJSON) -> EngineJSON {
    .list(
      texts.list.map { item in
        guard let text = item.text else { return item }
        let parts = Self.split(text)
        let new = successor(of: parts.peer)
        return new == parts.peer ? item : .text(new + parts.rest)
      })
  }

  /// Nil where it is no other container's namespace.
  static func container(inMode mode: String) -> String? {
    mode.hasPrefix("container:") ? String(mode.dropFirst("container:".count)) : nil
  }

  /// Also takes the beginning of an id, as engines do; names stay as they are.
  private func successor(of peer: String) -> String {
    if let new = successors[ContainerID(peer)] { return new.rawValue }
    guard Self.isBeginning(peer) else { return peer }
    let found = successors.filter { $0.key.rawValue.hasPrefix(peer) }
    return found.count == 1 ? found.first?.value.rawValue ?? peer : peer
  }

  private static func split(_ text: String) -> (peer: String, rest: String) {
    let peer = text.prefix { $0 != ":" }
    let name = peer.hasPrefix("/") ? peer.dropFirst() : peer
    return (String(name), String(text.dropFirst(peer.count)))
  }
}
