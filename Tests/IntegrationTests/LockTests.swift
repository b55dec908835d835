import Engine
import Foundation
import Inventory
import Sweep
import TestSupport
import Testing

/// One sweep of an engine at a time, whoever begins it and wherever their state is.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct LockTests {
  private func lock(_ engine: RealEngine) async throws -> SweepLock {
    let client = try await EngineClient.connect(to: EngineEndpoint(socketPath: engine.socketPath))
    return try SweepLock(on: client.identity, in: nil, sharedIn: ["/run/lock"])
  }

  @Test func sweepWithAnotherStateDirectoryIsLockedOutAndReadersAreNot() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      let balai = BalaiCommand(engine: engine)
      let before = try await engine.everything()
      do {
        let lock = try await lock(engine)
        for arguments in [["--wait", "1s"], [], ["--no-index"]] {
          let second = try await BalaiCommand.run(
            ["prune", "-f", "-p", "stop-rm-rmi"] + arguments,
            environment: [
              "DOCKER_HOST": engine.host, "BALAI_STATE_DIR": engine.directory + "/other",
            ])
          #expect(second.status == 11, "\(second.errors)")
          #expect(second.errors.contains("process \(getpid())"), "\(second.errors)")
          let waits = second.errors.components(separatedBy: "; waiting").count - 1
          #expect(waits == (arguments.first == "--wait" ? 1 : 0), "\(second.errors)")
        }
        for reader in ["plan", "df", "images", "ps", "index", "history"] {
          #expect(try await balai(reader).status == 0, "\(reader)")
        }
        #expect(try await balai("explain", "base:1").status == 0)
        #expect(try await balai("prune", "-n").status == 0)
        _ = consume lock
      }
      #expect(try await engine.everything() == before)
      #expect(try await balai("prune", "-f", "-p", "stop-rm-rmi").status == 0)
    }
  }

  @Test func whoWaitsBeginsWhenTheOtherEnds() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      let held = try await lock(engine)
      let waiting = try Conversation(
        "balai prune -f -p stop-rm-rmi --wait 1h", with: BalaiCommand(engine: engine))
      try #require(waiting.wait(for: "; waiting"), "\(waiting.shown)")
      #expect(try await !engine.everything().isEmpty)
      _ = consume held
      #expect(waiting.end() == 0, "\(waiting.shown)")
      #expect(try await engine.everything().isEmpty)
    }
  }

  /// Both were planned before either of them began.
  @Test func undoThatWaitedForAnotherOneLeavesWhatThatBroughtBack() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await StoreBuilder(filling: engine).base("base:1")
      try await engine.docker("volume", "create", "data")
      try await engine.docker(
        "run", "--rm", "--network", "none", "-v", "data:/data", "base:1", "sh", "-c",
        "echo kept >/data/file")
      let policy = engine.directory + "/volumes.yaml"
      try """
      version: 1
      grace: 0s
      remove: {volumes: [{name: data}]}
      archive: {volumes: true}
      """.write(toFile: policy, atomically: true, encoding: .utf8)
      let swept = try await balai("prune", "-f", "-p", policy)
      try #require(swept.status == 0, "\(swept.errors)")
      let held = try await lock(engine)
      let undos = try (0..<2).map { _ in
        try Conversation("balai undo 1 -f --wait 1h", with: balai)
      }
      for undo in undos { try #require(undo.wait(for: "; waiting"), "\(undo.shown)") }
      _ = consume held
      for undo in undos { #expect(undo.end() == 0, "\(undo.shown)") }
      let file = try await engine.docker(
        "run", "--rm", "--network", "none", "-v", "data:/data", "base:1", "cat", "/data/file")
      #expect(file == "kept")
    }
  }

  @Test func deadlineBeforeASweepIsADocumentWhereThatIsAskedFor() async throws {
    try await RealEngine.with { engine in
      let held = try await lock(engine)
      let balai = BalaiCommand(engine: engine)
      let late = try await balai(
        "prune", "-f", "--wait", "1h", "--deadline", "1s", "--format", "json")
      _ = consume held
      struct Document: Decodable {
        struct Failure: Decodable { let message: String, status: Int }
        let error: Failure
      }
      let text = late.errors.drop { $0 != "{" }
      let document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
      #expect(late.status == 6 && document.error.status == 6)
      #expect(document.error.message == "the deadline came: nothing was done")
    }
  }

  @Test func interruptEndsTheWaiting() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      let before = try await engine.everything()
      let held = try await lock(engine)
      let waiting = try Conversation(
        "balai prune -f -p stop-rm-rmi --wait 1h", with: BalaiCommand(engine: engine))
      try #require(waiting.wait(for: "; waiting"), "\(waiting.shown)")
      #expect(waiting.answer("\u{3}") == 130, "\(waiting.shown)")
      _ = consume held
      #expect(try await engine.everything() == before)
    }
  }

  @Test func withoutAnIndexNothingIsWrittenAndThatIsSaid() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      let balai = BalaiCommand(engine: engine)
      let words = "without an index nothing is known of before"
      for line in [["plan"], ["df"], ["images"], ["ps"], ["explain", "base:1"], ["prune", "-n"]] {
        let run = try await BalaiCommand.run(
          line + ["--no-index"],
          environment: ["DOCKER_HOST": engine.host, "BALAI_STATE_DIR": balai.stateDirectory])
        #expect(run.status == 0 && run.errors.components(separatedBy: words).count == 2, "\(line)")
      }
      #expect(try await balai("index", "--no-index").status == 64)
      let swept = try await balai(
        "--no-index", "prune", "-f", "-p", "stop-rm-rmi", "--format", "json")
      #expect(swept.status == 0 && swept.output.contains("\"run\": null"), "\(swept.errors)")
      #expect(swept.errors.contains("leaves no journal, and cannot be undone"), "\(swept.errors)")
      #expect(try await engine.everything().isEmpty)
      #expect(!FileManager.default.fileExists(atPath: balai.stateDirectory))
    }
  }
}
