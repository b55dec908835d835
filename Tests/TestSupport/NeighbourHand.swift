import Foundation
import Inventory

/// Does one thing after another to an engine.
struct NeighbourHand: Sendable {
  private let engine: EngineSocket
  private var generator: SeededGenerator
  private let targets: [String]
  private var count = 0

  init(on engine: EngineSocket, seed: UInt64, targets: [ImageID]) {
    self.engine = engine
    self.targets = targets.map(\.rawValue)
    generator = SeededGenerator(seed: seed)
  }

  private enum Action: CaseIterable {
    case create, createFromTarget, start, stop, rename, remove
    case tag, move, untag, commit, commitOver, build
  }

  /// Nil where there was nothing to do it to.
  mutating func next(pruning: Int?) throws -> HostileNeighbour.Deed? {
    count += 1
    if let pruning, generator.chance(oneIn: pruning) { return try prune() }
    let name = "neighbour-\(count)"
    let images = try list("/images/json")
    let containers = try list("/containers/json?all=1").compactMap { $0["Id"] as? String }.sorted()
    let ids = images.compactMap { $0["Id"] as? String }.sorted()
    let tags = images.flatMap { $0["RepoTags"] as? [String] ?? [] }
      .filter { $0 != "<none>:<none>" }.sorted()
    switch generator.pick(Action.allCases) {
    case .create: return try create(name, of: pick(tags))
    case .createFromTarget: return try create(name, of: pick(targets))
    case .start: return try act("start", pick(containers), "POST", "/start")
    case .stop: return try act("stop", pick(containers), "POST", "/stop?t=0")
    case .rename: return try act("rename", pick(containers), "POST", "/rename?name=\(name)")
    case .remove: return try act("remove", pick(containers), "DELETE", "")
    case .tag: return try tag(pick(targets + ids), as: "\(name):1")
    case .move: return try tag(pick(ids), as: pick(tags))
    case .untag: return try untag(pick(tags))
    case .commit: return try commit(pick(containers), as: generator.chance(oneIn: 3) ? nil : name)
    case .commitOver: return try commit(pick(containers), as: pick(tags))
    case .build: return try build("\(name):1", on: pick(tags))
    }
  }

  private mutating func pick(_ texts: [String]) -> String? {
    texts.isEmpty ? nil : generator.pick(texts)
  }

  private func list(_ target: String) throws -> [[String: Any]] {
    try engine.call("GET", target).json as? [[String: Any]] ?? []
  }

  private func create(_ name: String, of image: String?) throws -> HostileNeighbour.Deed? {
    guard let image else { return nil }
    let body = try JSONSerialization.data(withJSONObject: [
      "Image": image, "Cmd": ["sleep", "1000"], "StopSignal": "KILL",
      "HostConfig": ["NetworkMode": "none"],
    ])
    let reply = try engine.call("POST", "/containers/create?name=\(name)", body: body)
    let id = (reply.json as? [String: Any])?["Id"] as? String
    return deed("create", [image, name] + [id].compactMap { $0 }, reply)
  }

  private func act(
    _ action: String, _ id: String?, _ method: String, _ ending: String
  ) throws -> HostileNeighbour.Deed? {
    guard let id else { return nil }
    let reply = try engine.call(method, "/containers/\(id)\(ending)")
    return deed(action, [id], reply, action == "remove" && reply.status == 204 ? [id] : [])
  }

  private func tag(_ image: String?, as name: String?) throws -> HostileNeighbour.Deed? {
    guard let image, let name else { return nil }
    let reply = try engine.call("POST", "/images/\(image)/tag?\(Self.query(name))")
    return deed("tag", [image, name], reply)
  }

  private func untag(_ name: String?) throws -> HostileNeighbour.Deed? {
    guard let name else { return nil }
    let reply = try engine.call("DELETE", "/images/\(name)")
    return deed("untag", [name], reply, Self.removed(reply.json))
  }

  private func commit(_ container: String?, as name: String?) throws -> HostileNeighbour.Deed? {
    guard let container else { return nil }
    let query = name.map { "&" + Self.query($0) } ?? ""
    // Without an own comment two commits within a second could be one image.
    let reply = try engine.call(
      "POST", "/commit?container=\(container)&comment=\(count)\(query)", body: Data("{}".utf8))
    let id = (reply.json as? [String: Any])?["Id"] as? String
    return deed("commit", [container, name, id].compactMap { $0 }, reply)
  }

  private func build(_ name: String, on base: String?) throws -> HostileNeighbour.Deed? {
    guard let base else { return nil }
    var context = HandmadeTar()
    context.file("Dockerfile", "FROM \(base)\nLABEL count=\(count)\nENV A=\(count)\n")
    let reply = try engine.call(
      "POST", "/build?networkmode=none&t=\(name)", body: Data(context.bytes),
      type: "application/x-tar")
    return deed("build", [name, base], reply)
  }

  /// What `docker system prune -f` does, call by call.
  private func prune() throws -> HostileNeighbour.Deed? {
    let containers = try engine.call("POST", "/containers/prune")
    var removed = (containers.json as? [String: Any])?["ContainersDeleted"] as? [String] ?? []
    _ = try engine.call("POST", "/networks/prune")
    let images = try engine.call(
      "POST", "/images/prune?filters=%7B%22dangling%22%3A%7B%22true%22%3Atrue%7D%7D")
    removed += Self.removed((images.json as? [String: Any])?["ImagesDeleted"])
    return deed("prune", [], images, removed)
  }

  private func deed(
    _ action: String, _ objects: [String], _ reply: EngineSocket.Reply, _ removed: [String] = []
  ) -> HostileNeighbour.Deed {
    HostileNeighbour.Deed(
      at: Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)), action: action,
      objects: objects, status: reply.status, removed: removed)
  }

  private static func removed(_ json: Any?) -> [String] {
    (json as? [[String: Any]] ?? []).flatMap {
      [$0["Untagged"], $0["Deleted"]].compactMap { $0 as? String }
    }
  }

  private static func query(_ name: String) -> String {
    guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else {
      return "repo=\(name)"
    }
    return "repo=\(name[..<colon])&tag=\(name[name.index(after: colon)...])"
  }
}
