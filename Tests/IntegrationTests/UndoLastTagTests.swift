import Foundation
import TestSupport
import Testing

/// An image that went with one of its tags, since somebody took the others in the same moment, comes
/// back with that tag.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct UndoLastTagTests {
  /// Prunes all, while somebody takes `other` between the last look at `tag` and its removal.
  private func prune(
    _ tag: String, losing other: String, _ policy: String, _ balai: BalaiCommand,
    on engine: RealEngine
  ) async throws -> ProcessRun {
    let socket = EngineSocket(engine.socketPath)
    let proxy = try FaultProxy(before: engine.socketPath) { call, _ in
      if call.method == "DELETE", call.target.contains("/images/\(tag)") {
        _ = try? socket.call("DELETE", "/images/" + other)
      }
      return .pass
    }
    defer { proxy.stop() }
    return try await BalaiCommand.run(
      ["prune", "-f", "-p", policy],
      environment: [
        "DOCKER_HOST": "unix://" + proxy.socketPath, "BALAI_STATE_DIR": balai.stateDirectory,
      ])
  }

  @Test func fromItsCopy() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      let id = try await store.base("base:1")
      try await store.tag("base:1", as: "base:2")
      let policy = engine.directory + "/policy.yaml"
      try "{version: 1, grace: 0s, remove: {images: [{all: true}]}, archive: {images: all}}"
        .write(toFile: policy, atomically: true, encoding: .utf8)
      let swept = try await prune("base:1", losing: "base:2", policy, balai, on: engine)
      #expect(swept.status == 3, "\(swept.output)\(swept.errors)")
      #expect(swept.output.contains("the whole image went with it"), "\(swept.output)")
      #expect(try await engine.everything().isEmpty)

      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try await engine.docker("images", "-q", "--no-trunc", "base:1") == id.rawValue)
    }
  }

  @Test(.enabled(if: RealRegistry.isAvailable, "there is no docker-registry here"))
  func fromItsRegistry() async throws {
    try await RealEngine.with { engine in
      let registry = try await RealRegistry.start(beside: engine)
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      let name = registry.address + "/app:1"
      let id = try await store.base(name)
      try await engine.docker("push", name)
      try await store.tag(name, as: "app:2")
      let swept = try await prune(name, losing: "app:2", "stop-rm-rmi", balai, on: engine)
      #expect(swept.status == 3, "\(swept.output)\(swept.errors)")
      #expect(try await engine.everything().isEmpty)

      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try await engine.docker("images", "-q", "--no-trunc", name) == id.rawValue)
    }
  }
}
