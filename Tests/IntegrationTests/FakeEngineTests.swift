import Engine
import Foundation
import Inventory
import TestSupport
import Testing

/// The fake engine answers as a real one does.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct FakeEngineTests {
  /// The same questions and orders on the same small store; answers without ids and wording.
  private func conversation(_ client: EngineClient, _ names: Names) async throws -> [String] {
    var answers: [String] = []
    func note(_ what: String, _ answer: String) { answers.append("\(what): \(answer)") }
    for name in ["running", "exited", "created", "auto"] {
      let container = try await client.container(names.container[name] ?? ContainerID(name))
      note("inspect \(name)", container.map { "\($0.state.word) \($0.autoRemove)" } ?? "nil")
    }
    for name in ["running", "exited", "missing"] {
      let id = names.container[name] ?? ContainerID(name)
      note("remove \(name)", Self.word(try await client.removeContainer(id)))
    }
    for name in ["running", "created", "missing"] {
      let id = names.container[name] ?? ContainerID(name)
      note("stop \(name)", "\(try await client.stop(id, timeout: 1))")
    }
    let base = try await client.image("base:1")?.id ?? ImageID("")
    let app = try await client.image("app:1")?.id ?? ImageID("")
    note("tags", "\(try await client.image(app.rawValue)?.references ?? [])")
    let images = try await client.images()
    note("children", "\(images.filter { $0.parent == base }.map(\.references))")
    note("remove two tags by id", Self.word(try await client.removeImage(app.rawValue)))
    note("remove a parent by id", Self.word(try await client.removeImage(base.rawValue)))
    note("untag", Self.word(try await client.removeImage("app:2")))
    note("remove one in use by id", Self.word(try await client.removeImage(app.rawValue)))
    note("remove one in use by tag", Self.word(try await client.removeImage("app:1")))
    for name in ["running", "created"] {
      let id = names.container[name] ?? ContainerID(name)
      note("remove \(name)", Self.word(try await client.removeContainer(id)))
    }
    note("remove by id", Self.word(try await client.removeImage(app.rawValue)))
    note("remove again", Self.word(try await client.removeImage(app.rawValue)))
    note("last", Self.word(try await client.removeImage(base.rawValue)))
    note("containers", "\(try await client.containers().count)")
    return answers
  }

  private struct Names: Sendable {
    var container: [String: ContainerID] = [:]
  }

  private static func word(_ reply: RemovalReply) -> String {
    switch reply {
    case .removed(let untagged, let deleted):
      "removed, untagged \(untagged.count), deleted an image: \(!deleted.isEmpty)"
    case .gone: "gone"
    case .conflict: "conflict"
    case .refused(let status, _): "refused \(status)"
    }
  }

  @Test func fakeAnswersAsARealEngine() async throws {
    let real = try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      try await store.commit("app:1", from: "base:1", size: 10)
      try await store.tag("app:1", as: "app:2")
      var names = Names()
      names.container["running"] = try await store.container(.running, of: "app:1")
      names.container["exited"] = try await store.container(.exited, of: "app:1")
      names.container["created"] = try await store.container(.created, of: "app:1")
      names.container["auto"] = try await store.container(.removedOnExit, of: "base:1")
      let client = try await EngineClient.connect(
        to: EngineEndpoint(socketPath: engine.socketPath))
      let auto = try #require(names.container["auto"])
      let answers = try await conversation(client, names)
      _ = try await client.stop(auto, timeout: 1)
      return answers
    }

    var contents = FakeEngine.Contents()
    contents.images["sha256:base"] = FakeEngine.Picture(tags: ["base:1"])
    contents.images["sha256:app"] = FakeEngine.Picture(
      tags: ["app:1", "app:2"], parent: "sha256:base")
    for state in ["running", "exited", "created"] {
      contents.containers[state] = FakeEngine.Box(name: state, image: "sha256:app", state: state)
    }
    contents.containers["auto"] = FakeEngine.Box(
      name: "auto", image: "sha256:base", state: "running")
    contents.containers["auto"]?.autoRemove = true
    let stub = try FakeEngine(contents).stub()
    defer { stub.close() }
    let client = try await EngineClient.connect(to: EngineEndpoint(socketPath: stub.socketPath))
    let fake = try await conversation(client, Names())
    #expect(fake == real)
  }

  /// Takes the names of an image one by one: it has the tags `local:1`, `a:1` and `a:2`, and the digest
  /// in the repositories `a` and `b`.
  ///
  /// - Parameters:
  ///   - prefix: comes before the names of both repositories.
  ///   - pull: brings the image back with the digest of `b` alone.
  private func names(
    _ client: EngineClient, _ id: ImageID, _ prefix: String, pull: (String) async throws -> Void
  ) async throws -> [String] {
    var answers: [String] = []
    func remove(_ reference: String) async throws {
      let reply = Self.word(try await client.removeImage(reference))
      let image = try await client.image(id.rawValue)
      let left = image.map { "\($0.references.count) \($0.digests.count)" }
      answers.append("\(reply); tags and digests: \(left ?? "gone")")
    }
    let digests = try #require(try await client.image(id.rawValue)).digests
    let digest = try #require(digests.first { $0.hasPrefix(prefix + "b@") })
    for reference in [id.rawValue, "\(prefix)a:1", id.rawValue, "\(prefix)a:2", "\(prefix)a:2"] {
      try await remove(reference)
    }
    for reference in [id.rawValue, "local:1", id.rawValue] { try await remove(reference) }
    try await pull(digest)
    try await remove(digest)
    return answers
  }

  @Test(.enabled(if: RealRegistry.isAvailable, "there is no docker-registry"))
  func fakeTakesNamesAsARealEngine() async throws {
    let real = try await RealEngine.with { engine in
      let registry = try await RealRegistry.start(beside: engine)
      let prefix = registry.address + "/"
      let store = StoreBuilder(filling: engine)
      try await store.base("local:1")
      for name in ["a:1", "a:2", "b:1"] { try await store.tag("local:1", as: prefix + name) }
      for name in ["a:1", "b:1"] { try await engine.docker("push", prefix + name) }
      let client = try await EngineClient.connect(
        to: EngineEndpoint(socketPath: engine.socketPath))
      let image = try #require(try await client.image("local:1"))
      let digest = try #require(image.digests.first { $0.hasPrefix(prefix + "b@") })
      try await engine.docker("rmi", prefix + "b:1")
      try await engine.docker("pull", digest)
      return try await names(client, image.id, prefix) { digest in
        try await engine.docker("pull", digest)
      }
    }

    var contents = FakeEngine.Contents()
    let picture = FakeEngine.Picture(tags: ["local:1", "r/a:1", "r/a:2"])
    contents.images["sha256:app"] = picture
    contents.images["sha256:app"]?.digests = ["r/a@sha256:d", "r/b@sha256:d"]
    let engine = FakeEngine(contents)
    let stub = try engine.stub()
    defer { stub.close() }
    let client = try await EngineClient.connect(to: EngineEndpoint(socketPath: stub.socketPath))
    let fake = try await names(client, ImageID("sha256:app"), "r/") { digest in
      engine.change {
        $0.images["sha256:app"] = FakeEngine.Picture(tags: [])
        $0.images["sha256:app"]?.digests = [digest]
      }
    }
    #expect(fake == real)
  }

  @Test func fakeStoresAsARealEngine() async throws {
    let real = try await RealEngine.with { engine in
      let (client, names) = try await Self.fill(engine)
      do {
        let answers = try await storage(client, names) {
          Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        }
        // A network leaves a bridge on the machine that does not go with the engine.
        try await engine.docker("rm", "--force", "runs")
        try await engine.docker("network", "rm", "busy")
        return answers
      } catch {
        _ = try? await engine.docker("rm", "--force", "runs")
        _ = try? await engine.docker("network", "rm", "busy", "idle", "free")
        throw error
      }
    }

    let (contents, names) = Self.filled()
    let stub = try FakeEngine(contents).stub()
    defer { stub.close() }
    let client = try await EngineClient.connect(to: EngineEndpoint(socketPath: stub.socketPath))
    let fake = try await storage(client, names) { contents.clock }
    #expect(fake == real)
  }

  /// What the storage conversation speaks about, where names do not tell.
  private struct StorageNames: Sendable {
    /// `busy`: a running container is attached; `idle`: a stopped one; `free`; `host`.
    var network: [String: String] = [:]
    var passing = ContainerID("passing")
  }

  private func storage(
    _ client: EngineClient, _ names: StorageNames, clock: () -> Timestamp
  ) async throws -> [String] {
    var answers: [String] = []
    func note(_ what: String, _ answer: String) { answers.append("\(what): \(answer)") }
    let snapshot = try await client.survey(knowing: .nothing, at: clock()).snapshot
    for image in snapshot.images.sorted(by: { $0.references.joined() < $1.references.joined() }) {
      let layers = image.content.map { [$0.diffs.count, $0.history.count] } ?? []
      note("layers of \(image.references)", "\(layers) \(image.content?.packedSize ?? -1)")
    }
    for container in snapshot.containers.sorted(by: { $0.name < $1.name }) {
      let volumes = container.volumes.map { $0.count == 64 ? "anonymous" : $0 }
      note(container.name, "\(container.state.word) \(volumes) \(container.networks)")
    }
    note("volumes", "\(snapshot.volumes.map(\.name).filter { $0.count < 64 }.sorted())")
    note("anonymous volumes", "\(snapshot.volumes.filter(\.isAnonymous).count)")
    note("networks", "\(snapshot.networks.map(\.name).sorted())")
    let sizes = try await client.usage().volumeSizes
    note("sizes", "\(["used", "spare"].map { sizes[$0] })")

    for name in ["used", "spare", "spare", "missing"] {
      note("look at volume \(name)", "\(try await client.volume(name)?.labels ?? [:])")
      note("remove volume \(name)", Self.word(try await client.removeVolume(name)))
    }
    for name in ["busy", "host", "idle", "free", "free"] {
      let id = names.network[name] ?? ""
      note("look at network \(name)", "\(try await client.network(id)?.driver ?? "none")")
      note("remove network \(name)", Self.word(try await client.removeNetwork(id)))
    }
    let before = try await client.survey(knowing: .nothing, at: clock()).snapshot.volumes.count
    _ = try await client.stop(names.passing, timeout: 1)
    for _ in 0..<200 where try await client.container(names.passing) != nil {
      try await Task.sleep(for: .milliseconds(20))
    }
    let after = try await client.survey(knowing: .nothing, at: clock()).snapshot.volumes.count
    note("volumes that went with a container", "\(before - after)")
    try await cache(client, clock, note)
    return answers
  }

  private func cache(
    _ client: EngineClient, _ clock: () -> Timestamp, _ note: (String, String) -> Void
  ) async throws {
    let records = try await client.usage().buildCache
    let child = try #require(records.first { !$0.parents.isEmpty })
    let parent = try #require(records.first { child.parents == [$0.id] })
    func remove(_ id: String, _ lastUse: Timestamp?) async throws {
      let reply = try await client.removeBuildCache(id, unusedSince: lastUse, at: clock())
      note("remove a record of \(records.count { $0.parents == [id] }) children", "\(reply)")
    }
    note("kinds", "\(child.type) \(parent.type) \(child.inUse) \(child.parents.count)")
    try await remove(parent.id, parent.lastUsed)
    try await remove(child.id, child.lastUsed.map { $0 - .seconds(10) })
    try await remove(child.id, nil)
    try await remove(child.id, child.lastUsed)
    try await remove(child.id, child.lastUsed)
    try await remove(parent.id, parent.lastUsed)
    let left = Set(try await client.usage().buildCache.map(\.id))
    note("went", "\(Set(records.map(\.id)).subtracting(left) == [child.id, parent.id])")
  }

  private static func fill(_ engine: RealEngine) async throws -> (EngineClient, StorageNames) {
    let store = StoreBuilder(filling: engine)
    try await store.base("base:1")
    try await store.image("kit:1", from: "base:1", [.file("/a", size: 10)], buildKit: true)
    var names = StorageNames()
    for name in ["busy", "idle", "free"] {
      names.network[name] = try await engine.docker("network", "create", "--internal", name)
    }
    names.network["host"] = try await engine.docker("network", "inspect", "-f", "{{.Id}}", "host")
    try await engine.docker("volume", "create", "--label", "a=b", "spare")
    try await engine.docker(
      "run", "--detach", "--name", "runs", "--network", "busy", "base:1", "sleep", "100000")
    try await engine.docker(
      "create", "--name", "waits", "--network", "idle", "--volume", "used:/used", "base:1", "true")
    names.passing = try await store.container(
      .removedOnExit, of: "base:1", named: "passing", volumes: ["/anonymous", "used:/used"])
    return (
      try await EngineClient.connect(to: EngineEndpoint(socketPath: engine.socketPath)), names
    )
  }

  private static func filled() -> (FakeEngine.Contents, StorageNames) {
    var contents = FakeEngine.Contents()
    var names = StorageNames()
    contents.images["sha256:a"] = FakeEngine.Picture(tags: ["kit:1"])
    contents.images["sha256:a"]?.layers = [(diff: "base", size: 1000), (diff: "kit", size: 10)]
    contents.images["sha256:b"] = FakeEngine.Picture(tags: ["base:1"])
    contents.images["sha256:b"]?.layers = [(diff: "base", size: 1000)]
    for name in ["busy", "idle", "free", "host", "none"] {
      let driver = ["host": "host", "none": "null"][name] ?? "bridge"
      contents.networks["id-" + name] = Network(id: "id-" + name, name: name, driver: driver)
      names.network[name] = "id-" + name
    }
    let anonymous = String(repeating: "0a", count: 32)
    for name in ["used", "spare", anonymous] {
      contents.volumes[name] = Volume(name: name, size: 0)
    }
    contents.volumes["spare"]?.labels = ["a": "b"]
    var runs = FakeEngine.Box(name: "runs", image: "sha256:b", state: "running")
    runs.networks = ["busy"]
    var waits = FakeEngine.Box(name: "waits", image: "sha256:b", state: "created")
    (waits.networks, waits.volumes) = (["idle"], ["used"])
    var passing = FakeEngine.Box(name: "passing", image: "sha256:b", state: "running")
    (passing.networks, passing.volumes, passing.autoRemove) = (["none"], [anonymous, "used"], true)
    contents.containers = ["runs": runs, "waits": waits, "passing": passing]
    let lastUse = contents.clock - .seconds(1)
    for (id, parents, size) in [
      ("parentparentparent", [], 0), ("childchildchildchild", ["parentparentparent"], 10),
    ] as [(String, [String], Int64)] {
      contents.buildCache[id] = BuildCacheRecord(
        id: id, type: "regular", parents: parents, size: size, lastUsed: lastUse)
    }
    return (contents, names)
  }
}
