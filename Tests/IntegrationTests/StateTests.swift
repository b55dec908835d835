import Foundation
import Index
import Inventory
import Plan
import TestSupport
import Testing

/// What Balai keeps between runs does not stand in its way: neither what a killed run left, nor a disk
/// that takes no more.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct StateTests {
  /// A small file system of its own as the state directory.
  private func withSmallState(
    of engine: RealEngine, _ options: String = "size=1m",
    _ body: (BalaiCommand) async throws -> Void
  ) async throws {
    let balai = BalaiCommand(engine: engine)
    try await run("mkdir '\(balai.stateDirectory)'")
    try await run("mount -t tmpfs -o \(options) tmpfs '\(balai.stateDirectory)'")
    let result: Result<Void, any Error>
    do { result = .success(try await body(balai)) } catch { result = .failure(error) }
    try await run("umount -l '\(balai.stateDirectory)'")
    try result.get()
  }

  private func run(_ line: String) async throws {
    let run = try await ProcessRun.of("/bin/sh", ["-c", line])
    try #require(run.status == 0, "\(line): \(run.errors)")
  }

  private func firstSeen(_ balai: BalaiCommand) async throws -> [String] {
    struct Document: Decodable {
      struct Image: Decodable { let firstSeen: String }
      let images: [Image]
    }
    let run = try await balai("images", "--format", "json")
    #expect(run.status == 0, "\(run.errors)")
    return try JSONDecoder().decode(Document.self, from: Data(run.output.utf8)).images
      .map(\.firstSeen)
  }

  /// Leaves an index as a killed process does: with a run that only its write-ahead log has.
  private func leaveRunInTheLog(of balai: BalaiCommand) async throws {
    let index = try HostIndex(at: balai.stateDirectory + "/index.db")
    _ = try index.beginRun(
      RunRecord(
        id: 0, engineKey: "elsewhere", engineName: "elsewhere", policy: "default",
        startedAt: Timestamp(seconds: 1), end: .running, predicted: .zero))
    try await run("cd '\(balai.stateDirectory)' && mkdir ../log && cp index.db index.db-wal ../log")
    withExtendedLifetime(index) {}
  }

  @Test(arguments: [
    ("size=1m", "cat /dev/zero >filler 2>/dev/null || true"),
    ("size=10m,nr_inodes=7", "for i in 1 2 3 4 5 6; do touch filler$i 2>/dev/null || true; done"),
  ])
  func fullDiskStopsNoSweepAndNothingIsForgotten(options: String, filling: String) async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      try await withSmallState(of: engine, options) { balai in
        let known = try await firstSeen(balai)
        try await leaveRunInTheLog(of: balai)
        try await run("mv '\(engine.directory)'/log/* '\(balai.stateDirectory)'")
        try await run("cd '\(balai.stateDirectory)' && \(filling)")
        #expect(try await firstSeen(balai) == known)
        #expect(try await balai("history", "-q").output == "1\n")
        let plan = try await balai("plan", "-p", "stop-rm-rmi")
        #expect(plan.status == 0 && plan.output.contains("remove image"), "\(plan.errors)")
        #expect(plan.errors.split(separator: "\n").count == 1, "\(plan.errors)")
        #expect(plan.errors.contains("its disk is full"))
        #expect(
          try await balai("index").status == 1, "an index that is not written is not up to date")

        let conversation = try Conversation("balai prune -p stop-rm-rmi", with: balai)
        try #require(conversation.waitForQuestion(), "\(conversation.shown)")
        try await run("cd '\(balai.stateDirectory)' && rm -f filler*")
        #expect(conversation.answer("y") == 0, "\(conversation.shown)")
        #expect(try await engine.everything().isEmpty)
        let kept = try await balai("history", "2")
        #expect(kept.status == 0 && kept.output.contains("done"), "\(kept.output)\(kept.errors)")
      }
    }
  }

  @Test func sweepWithoutAnyRoomSaysThatItsJournalIsLost() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      try await withSmallState(of: engine) { balai in
        try await run("cat /dev/zero >'\(balai.stateDirectory)/filler' 2>/dev/null || true")
        let swept = try await balai("prune", "-f", "-p", "stop-rm-rmi", "--format", "json")
        #expect(swept.status == 0, "\(swept.errors)")
        #expect(swept.output.contains("\"run\": null"), "\(swept.output)")
        #expect(swept.errors.contains("the journal of this run could not be written"))
        #expect(try await engine.everything().isEmpty)
      }
    }
  }

  @Test func stateThatMayOnlyBeReadStopsNoSweep() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      try await withSmallState(of: engine, "size=10m") { balai in
        let known = try await firstSeen(balai)
        try await run("mount -o remount,ro '\(balai.stateDirectory)'")
        #expect(try await firstSeen(balai) == known)
        let swept = try await BalaiCommand.run(
          ["prune", "-f", "-p", "stop-rm-rmi"],
          environment: [
            "DOCKER_HOST": engine.host, "BALAI_STATE_DIR": balai.stateDirectory,
            "XDG_RUNTIME_DIR": engine.directory,
          ])
        #expect(
          swept.status == 0 && swept.errors.contains("read-only file system"), "\(swept.errors)")
        #expect(try await engine.everything().isEmpty)
        let left = try FileManager.default.contentsOfDirectory(atPath: engine.directory + "/balai")
        #expect(left.contains { $0.hasPrefix("sweep-") }, "the lock was taken: \(left)")
      }
    }
  }

  @Test(arguments: ["table", "json"])
  func sweepWithNothingToDoClosesTheJournalOfAKilledOneAndLeavesNone(
    format: String
  ) async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let file = engine.directory + "/plan.json"
      #expect(try await balai("plan", "-o", file).status == 0)
      let plan = try RemovalPlan(readingFile: file)
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      let killed = try index.beginRun(
        RunRecord(
          id: 0, engineKey: plan.engine.key, engineName: "here", policy: "default",
          startedAt: plan.createdAt, end: .running, predicted: .zero))
      #expect(try await balai("prune", "-n", "--format", format).status == 0)
      #expect(try index.run(killed)?.end == .running, "a dry run writes nothing")

      let swept = try await balai("prune", "-f", "--format", format)
      #expect(swept.status == 0)
      #expect(swept.errors.contains("run \(killed) was killed before it ended"), "\(swept.errors)")
      #expect(try index.run(killed)?.end == .abandoned)
      #expect(try index.runs(limit: 9).map(\.id) == [killed])
      #expect(format == "table" || swept.output.contains("\"run\": null"), "\(swept.output)")
    }
  }

  @Test func firstLookAtAnEngineIsSaidToBeTheFirst() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let words = "this engine is seen for the first time"
      let first = try await balai("plan")
      #expect(first.errors.contains(words) && !first.output.contains(words))
      #expect(try await balai("plan").errors.isEmpty)
      let json = try await BalaiCommand.run([
        "prune", "-n", "--format", "json", "-H", engine.host, "--state-dir",
        engine.directory + "/other",
      ])
      #expect(json.status == 0 && json.errors.isEmpty)
    }
  }
}
