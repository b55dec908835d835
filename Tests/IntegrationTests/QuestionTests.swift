import Foundation
import TestSupport
import Testing

/// The question that `balai prune` and `balai undo` ask: who is asked knows what it is about, and what happens until
/// the answer comes is seen.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct QuestionTests {
  /// Checks that a command shows a table before it asks, wherever its output goes, and once.
  private func whoeverIsAsked(
    by command: String, of balai: BalaiCommand, sees row: String, andOnce summary: String
  ) throws {
    for line in [
      command, "\(command) >\(balai.engine.directory)/output", "\(command) --format json",
    ] {
      let conversation = try Conversation(line, with: balai)
      #expect(conversation.waitForQuestion(), "\(line)")
      let table = conversation.shown
      #expect(table.contains(row), "\(line): \(table)")
      #expect(table.components(separatedBy: summary).count == 2, "\(line): \(table)")
      #expect(conversation.answer("n") == 0)
    }
  }

  @Test func planIsBeforeTheEyesOfWhoeverIsAsked() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await StoreBuilder(filling: engine).base("base:1")
      let file = engine.directory + "/output"
      try whoeverIsAsked(
        by: "balai prune -p stop-rm-rmi", of: balai, sees: "remove image", andOnce: "would free")
      let nobody = try Conversation(
        "balai prune -p stop-rm-rmi >\(file) 2>&1; echo status $?; cat \(file)", with: balai)
      _ = nobody.answer("n")
      #expect(nobody.shown.contains("status 4"), "\(nobody.shown)")
      #expect(nobody.shown.contains("say -f"), "\(nobody.shown)")
      #expect(try await engine.docker("images", "-q") != "")
    }
  }

  @Test func whatWouldComeBackIsBeforeTheEyesOfWhoeverIsAsked() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      try await store.container(.created, of: "base:1", named: "web")
      let file = engine.directory + "/output"
      let policy = engine.directory + "/policy.yaml"
      try "{version: 1, grace: 0s, remove: {containers: [{all: true}]}}"
        .write(toFile: policy, atomically: true, encoding: .utf8)
      #expect(try await balai("prune", "-f", "-p", policy).status == 0)
      try whoeverIsAsked(
        by: "balai undo 1", of: balai, sees: "bring back container", andOnce: "would take back")
      let nobody = try Conversation(
        "balai undo 1 >\(file) 2>&1; echo status $?; cat \(file)", with: balai)
      _ = nobody.answer("n")
      #expect(nobody.shown.contains("status 4"), "\(nobody.shown)")
      #expect(nobody.shown.contains("say -f to bring"), "\(nobody.shown)")
      #expect(try await engine.docker("ps", "-aq") == "")
    }
  }

  @Test func nobodyIsAskedAboutAnUndoThatBringsNothingBack() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await StoreBuilder(filling: engine).base("base:1")
      #expect(try await balai("prune", "-f", "-p", "stop-rm-rmi").status == 0)
      let conversation = try Conversation("balai undo 1", with: balai)
      let asks = conversation.waitForQuestion()
      #expect(!asks, "\(conversation.shown)")
      if asks { _ = conversation.answer("n") }
      #expect(conversation.shown.contains("no copy was saved"), "\(conversation.shown)")
      #expect(conversation.end() == 3)
    }
  }

  @Test func whatCameUpWhileAQuestionWaitedKeepsItsTags() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      for name in ["parent", "used", "plain"] {
        try await store.commit("\(name):1", from: "base:1", size: 100)
        try await store.tag("\(name):1", as: "\(name):2")
      }
      let conversation = try Conversation("balai prune -p stop-rm-rmi", with: balai)
      try #require(conversation.waitForQuestion(), "\(conversation.shown)")
      try await store.image("child:1", from: "parent:1", [.environment("K", "V")])
      try await store.container(.created, of: "used:1", named: "newcomer")
      #expect(conversation.answer("y") == 0, "\(conversation.shown)")
      let images = try await engine.docker("images", "--format", "{{.Repository}}:{{.Tag}}")
      #expect(
        Set(images.split(separator: "\n")) == [
          "base:1", "parent:1", "parent:2", "child:1", "used:1", "used:2",
        ])
    }
  }
}
