import Engine
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
}
