import Engine
import Foundation
import Inventory
import TestSupport
import Testing

/// A real engine with two images, two networks and a peer, on which containers are made twice.
struct RecreationHost: Sendable {
  let engine: RealEngine
  let client: EngineClient
  /// The first has the subnet `<prefix>.0/24`.
  let networks: [String]
  /// The first two bytes of subnets that are this test's own: all engines share one host.
  let block: String
  var prefix: String { block + ".1" }

  /// Bridges outlive their engine, so they are removed however the body ends.
  static func with(_ body: @Sendable (RecreationHost) async throws -> Void) async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let context = engine.directory + "/rich"
      try FileManager.default.createDirectory(atPath: context, withIntermediateDirectories: true)
      try Data(RandomContainer.image.utf8)
        .write(to: URL(fileURLWithPath: context + "/Dockerfile"))
      try await engine.docker("build", "-t", "rich:1", context)
      let block = "10.\(Int.random(in: 64..<250))"
      let host = RecreationHost(
        engine: engine,
        client: try await EngineClient.connect(to: EngineEndpoint(socketPath: engine.socketPath)),
        networks: ["one", "two"], block: block)
      let result: Result<Void, any Error>
      do {
        try await engine.docker("network", "create", "--subnet", "\(host.prefix).0/24", "one")
        try await engine.docker("network", "create", "--subnet", "\(block).2.0/24", "two")
        try await engine.docker(
          "run", "-d", "--name", "peer", "--network", "one", "--ipc", "shareable", "-v",
          "/peer-data", "base:1", "sleep", "99999")
        result = .success(try await body(host))
      } catch {
        result = .failure(error)
      }
      let all = try await engine.docker("ps", "-aq").split(separator: "\n").map(String.init)
      if !all.isEmpty { try await engine.docker(["rm", "-f"] + all) }
      try await engine.docker("network", "prune", "-f")
      try result.get()
    }
  }

  func make(_ asked: RandomContainer) async throws -> ContainerID {
    do {
      return try await bring(asked)
    } catch let error as RealEngineError {
      throw RealEngineError(attempt: "\(asked.options)", reason: "\(error)")
    }
  }

  private func bring(_ asked: RandomContainer) async throws -> ContainerID {
    let id = try await engine.docker(["create"] + asked.options + [asked.image] + asked.command)
    for (network, options) in asked.connections {
      try await engine.docker(["network", "connect"] + options + [network, id])
    }
    switch asked.life {
    case .exited:
      try await engine.docker("start", id)
      // An `unless-stopped` one would begin anew for ever.
      try await engine.docker("stop", "-t", "0", id)
    case .running, .paused:
      try await engine.docker("start", id)
      if asked.life == .paused { try await engine.docker("pause", id) }
    case .created, .restarting, .restartedAlways, .removedOnExit: break
    }
    return ContainerID(id)
  }

  func describe(_ id: ContainerID) async throws -> ContainerRecipe {
    try ContainerRecipe(describedBy: #require(try await client.description(of: id)))
  }

  /// Puts a file into each of its volumes that can be found on the disk; their names.
  func writeIntoVolumes(of recipe: ContainerRecipe, marking text: String) async throws -> [String] {
    let own = recipe.volumes.filter { name in !Self.isOfPeer(name, in: engine) }
    for name in own {
      let file = "\(engine.dataRoot)/volumes/\(name)/_data/mark"
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    }
    return own
  }

  private static func isOfPeer(_ name: String, in engine: RealEngine) -> Bool {
    FileManager.default.fileExists(atPath: "\(engine.dataRoot)/volumes/\(name)/_data/mark")
  }

  /// The volumes that the container of this name mounts and that have its mark.
  func volumesHolding(_ text: String) async throws -> [String] {
    let id = try await engine.docker("inspect", "--format", "{{.Id}}", text)
    let mounted = try #require(try await client.container(ContainerID(id))).volumes
    return mounted.filter { name in
      let file = "\(engine.dataRoot)/volumes/\(name)/_data/mark"
      return FileManager.default.contents(atPath: file) == Data(text.utf8)
    }
  }

  func remove(_ id: ContainerID) async throws {
    _ = try await client.stop(id, timeout: 0)
    let reply = try await client.removeContainer(id)
    #expect(reply == .removed(untagged: [], deleted: []))
  }

  func recreate(
    _ recipe: ContainerRecipe, _ what: Comment, removing: Bool = true
  ) async throws -> ContainerID {
    if removing { try await remove(recipe.id) }
    let reply = try await client.createContainer(from: recipe)
    guard case .created(let id, _) = reply else {
      throw RealEngineError(attempt: "creating \(recipe.name), \(what)", reason: "\(reply)")
    }
    #expect(id != recipe.id, what)
    return id
  }

  func startAsBefore(
    _ id: ContainerID, _ recipe: ContainerRecipe, _ what: Comment
  ) async throws {
    #expect(try await client.start(id) == .done, what)
    if recipe.wasPaused {
      #expect(try await client.pause(id) == .done, what)
      #expect(try await client.pause(id) == .already, what)
    }
    let state = try #require(try await client.container(id)).state
    if recipe.wasRunning || recipe.wasPaused { #expect(state == recipe.state, what) }
  }
}
