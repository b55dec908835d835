import Engine
import Foundation
import Inventory
import TestSupport
import Testing

/// What a real engine lets go, and what it keeps.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct VolumeNetworkCacheRemovalTests {
  @Test func volumeGoesOnlyWhereNoContainerRefersToIt() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let stopped = try await store.container(
        .exited, of: "base:1", volumes: ["kept:/kept", "/anonymous"])
      try await store.container(.created, of: "base:1", volumes: ["kept:/kept"])
      try await engine.docker("volume", "create", "--label", "a=b", "spare")
      let client = try await connect(to: engine)

      let kept = try #require(try await client.container(stopped)).volumes
      #expect(kept.count == 2 && kept.contains("kept"))
      for name in kept {
        guard case .conflict(let words) = try await client.removeVolume(name) else {
          Issue.record("\(name) is not in use")
          continue
        }
        #expect(words.contains("in use"))
        #expect(try await client.volume(name) != nil)
      }
      #expect(try await client.volume("spare")?.labels == ["a": "b"])
      #expect(try await client.removeVolume("spare") == .removed(untagged: [], deleted: []))
      #expect(try await client.volume("spare") == nil)
      #expect(try await client.removeVolume("spare") == .gone)

      // Its anonymous volume stays, and is nobody's any more.
      _ = try await client.removeContainer(stopped)
      let anonymous = try #require(kept.first { $0 != "kept" })
      #expect(try await client.volume(anonymous)?.isAnonymous == true)
      #expect(try await client.removeVolume(anonymous) == .removed(untagged: [], deleted: []))
    }
  }

  @Test func listTellsVolumesAndNetworksOfContainersThatDoNotRunToo() async throws {
    try await RealEngine.with { engine in
      try await withNetworks(["net"], on: engine) { ids in
        let store = StoreBuilder(filling: engine)
        try await store.base("base:1")
        for (name, network) in [("byName", "net"), ("byID", ids[0]), ("byShortID", short(ids[0]))] {
          try await engine.docker(
            "create", "--name", name, "--network", network, "-v", "named:/n", "-v", "/anonymous",
            "base:1", "true")
        }
        try await engine.docker("run", "--name", "ran", "--network", ids[0], "base:1", "true")
        let client = try await connect(to: engine)
        let listed = try await client.containers()
        #expect(listed.count == 4)
        for container in listed {
          #expect(container.networks == ["net"], "\(container.name)")
          let alone = try #require(try await client.container(container.id))
          #expect(alone.networks == container.networks)
          #expect(alone.volumes == container.volumes)
          let anonymous = container.volumes.filter { $0 != "named" }
          #expect(anonymous.count == (container.name == "ran" ? 0 : 1))
          for name in anonymous { #expect(try await client.volume(name) != nil) }
        }
      }
    }
  }

  @Test func networkGoesUnlessOneThatRunsIsAttachedOrItIsTheEnginesOwn() async throws {
    try await RealEngine.with { engine in
      try await withNetworks(["busy", "idle", "free"], on: engine) { ids in
        try await StoreBuilder(filling: engine).base("base:1")
        try await engine.docker("run", "--network", "idle", "base:1", "true")
        try await engine.docker("run", "-d", "--network", "busy", "base:1", "sleep", "100000")
        let client = try await connect(to: engine)

        guard case .conflict(let words) = try await client.removeNetwork(ids[0]) else {
          Issue.record("a container on it runs, and it went")
          return
        }
        #expect(words.contains("active endpoints"))
        let survey = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
        let own = survey.snapshot.networks.filter(\.isBuiltIn)
        #expect(own.count == 2)
        for network in own {
          #expect(try await client.network(network.id) == network)
          guard case .conflict = try await client.removeNetwork(network.id) else {
            Issue.record("\(network.name) went")
            continue
          }
        }
        for id in ids[1...] {
          #expect(try await client.removeNetwork(id) == .removed(untagged: [], deleted: []))
          #expect(try await client.network(id) == nil)
          #expect(try await client.removeNetwork(id) == .gone)
        }
      }
    }
  }

  @Test func networkThatIsNamedLikeAnIdIsNotTakenForIt() async throws {
    try await RealEngine.with { engine in
      let id = try await engine.docker("network", "create", "--internal", "first")
      try await engine.docker("network", "rm", "first")
      try await withNetworks([id], on: engine) { impostor in
        let client = try await connect(to: engine)
        #expect(try await client.network(id) == nil)
        #expect(try await client.removeNetwork(id) == .gone)
        #expect(try await client.network(impostor[0])?.name == id)
        #expect(try await client.network(short(impostor[0])) == nil)
      }
    }
  }

  @Test func cacheGoesRecordByRecordChildrenFirst() async throws {
    try await RealEngine.with { engine in
      let client = try await builtTwice("one:1", "two:1", on: engine)
      var records = try await client.usage().buildCache
      #expect(records.contains { !$0.parents.isEmpty } && records.count > 4)
      var rounds = 0
      while !records.isEmpty, rounds < 20 {
        rounds += 1
        let parents = Set(records.flatMap(\.parents))
        for record in records where parents.contains(record.id) {
          #expect(try await remove(record, with: client) == .kept)
        }
        for record in records where !parents.contains(record.id) {
          let reply = try await remove(record, with: client)
          if reply == .removed(bytes: record.size) { continue }
          // Kept, then, and only because a build had not quite let go of it.
          #expect(reply == .kept)
          let now = try await client.usage().buildCache.first { $0.id == record.id }
          #expect(now != nil && now != record)
        }
        let left = try await client.usage().buildCache
        #expect(Set(left.map(\.id)).isSubset(of: records.map(\.id)))
        records = left
      }
      #expect(records.isEmpty)
      #expect(try await engine.docker("images", "-q").split(separator: "\n").count == 3)
    }
  }

  @Test func recordThatABuildHasUsedSinceIsKept() async throws {
    try await RealEngine.with { engine in
      let client = try await builtTwice("one:1", "two:1", on: engine)
      let planned = try await client.usage().buildCache
      // The same again: all of it comes from the cache.
      try await build("again:1", in: engine.directory + "/context-two", on: engine)
      let now = try await client.usage().buildCache
      let later = planned.filter { old in
        now.contains { $0.id == old.id && $0.lastUsed != old.lastUsed }
      }
      #expect(later.contains { $0.type == "regular" })
      for record in later { #expect(try await remove(record, with: client) == .kept) }
      let left = Set(try await client.usage().buildCache.map(\.id))
      #expect(left.isSuperset(of: now.map(\.id)))
      // Nor does it go where the plan did not know of any use.
      for var record in later {
        record.lastUsed = nil
        #expect(try await remove(record, with: client) == .kept)
      }
    }
  }

  /// Two images with a layer of their own each on the same base, built by BuildKit.
  private func builtTwice(
    _ names: String..., on engine: RealEngine
  ) async throws -> EngineClient {
    try await StoreBuilder(filling: engine).base("base:1")
    for name in names {
      let context = engine.directory + "/context-" + name.prefix { $0 != ":" }
      try FileManager.default.createDirectory(
        atPath: context, withIntermediateDirectories: true)
      try Data("FROM base:1\nCOPY file /a\nRUN touch /b\n".utf8)
        .write(to: URL(fileURLWithPath: context + "/Dockerfile"))
      try Data(name.utf8).write(to: URL(fileURLWithPath: context + "/file"))
      try await build(name, in: context, on: engine)
    }
    return try await connect(to: engine)
  }

  private func build(
    _ name: String, in context: String, on engine: RealEngine
  ) async throws {
    try await engine.docker(
      "build", "--quiet", "--network", "none", "--tag", name, context, buildKit: true)
  }

  private func remove(
    _ record: BuildCacheRecord, with client: EngineClient
  ) async throws -> BuildCacheReply {
    let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    return try await client.removeBuildCache(record.id, unusedSince: record.lastUsed, at: now)
  }

  private func connect(to engine: RealEngine) async throws -> EngineClient {
    try await EngineClient.connect(to: EngineEndpoint(socketPath: engine.socketPath))
  }

  /// Networks leave a bridge on the machine that does not go with the engine.
  private func withNetworks(
    _ names: [String], on engine: RealEngine, _ body: ([String]) async throws -> Void
  ) async throws {
    var ids: [String] = []
    for name in names {
      ids.append(try await engine.docker("network", "create", "--internal", name))
    }
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(ids))
    } catch {
      result = .failure(error)
    }
    let running = try await engine.docker("ps", "-q").split(separator: "\n").map(String.init)
    if !running.isEmpty { try await engine.docker(["kill"] + running) }
    for id in ids { _ = try? await engine.docker("network", "rm", id) }
    try result.get()
  }

  private func short(_ id: String) -> String { String(id.prefix(12)) }
}
