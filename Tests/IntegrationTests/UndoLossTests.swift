import Foundation
import Index
import TestSupport
import Testing

/// What comes back without what was in it is said, and is a failure where more had been promised.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct UndoLossTests {
  /// Sweeps a container `web` that wrote something, and its volume `data`.
  private func sweep(
    _ engine: RealEngine, _ life: StoreBuilder.ContainerLife = .running, archive: String = ""
  ) async throws -> BalaiCommand {
    let balai = BalaiCommand(engine: engine)
    let store = StoreBuilder(filling: engine)
    try await store.base("base:1")
    try await store.container(
      life, of: "base:1", named: "web", writing: 1_000, volumes: ["data:/data"])
    let file = engine.directory + "/policy.yaml"
    try """
    version: 1
    grace: 0s
    stop: {containers: [{all: true}]}
    remove: {containers: [{all: true}], volumes: [{name: "data"}]}
    \(archive)
    """.write(toFile: file, atomically: true, encoding: .utf8)
    let swept = try await balai("prune", "-f", "-p", file)
    try #require(swept.status == 0, "\(swept.output)\(swept.errors)")
    return balai
  }

  /// What an undo has brought back of each object, by the journal.
  private func words(of run: String, _ balai: BalaiCommand) async throws -> Set<String> {
    let shown = try await balai("history", run, "--format", "json")
    let json = try JSONSerialization.jsonObject(with: Data(shown.output.utf8)) as? [String: Any]
    let steps = try #require(json?["steps"] as? [[String: Any]], "\(shown.errors)")
    return Set(
      steps.map { "\($0["action"] ?? "") \($0["outcome"] ?? "") \($0["restorability"] ?? "")" })
  }

  private static let lost: Set<String> = [
    "remove-volume done lost: data", "remove-container done lost: writable layer",
  ]

  @Test func whatWasArchivedAndComesBackEmptyIsAFailure() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(
        engine, archive: "archive: {writable-layers: true, volumes: true}")
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      let copies = try index.archivedCopies()
      #expect(copies.count == 2)
      for copy in copies {
        try FileManager.default.removeItem(atPath: copy.file)
        try index.forget(copy)
      }
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 3, "\(undone.output)\(undone.errors)")
      #expect(undone.output.contains("came back without what was in"), "\(undone.output)")
      #expect(try await words(of: "2", balai) == Self.lost)
      let again = try await balai("undo", "1", "-f")
      #expect(again.status == 3 && again.output.contains("there already"), "\(again.output)")
    }
  }

  @Test func whatThePlanCalledLostIsNoFailureOfItsUndo() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine)
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try await words(of: "2", balai) == Self.lost)
    }
  }

  @Test func whatCameBackWholeIsThereAfterItsCopyHasExpired() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(
        engine, archive: "archive: {writable-layers: true, volumes: true}")
      #expect(try await balai("undo", "1", "-f").status == 0)
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      for copy in try index.archivedCopies() { try index.forget(copy) }
      let again = try await balai("undo", "1", "-f", "volume:data")
      #expect(again.status == 0 && again.output.contains("there already"), "\(again.output)")
    }
  }

  @Test func containerThatRemovesItselfComesBackWithoutWhatItHeld() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine, .removedOnExit)
      let look = try await balai("undo", "1", "-n")
      #expect(look.output.contains("its description; without what it wrote"), "\(look.output)")
      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try await engine.docker("ps", "--format", "{{.Names}}") == "web")
      #expect(try await words(of: "2", balai).isSuperset(of: Self.lost))
    }
  }
}
