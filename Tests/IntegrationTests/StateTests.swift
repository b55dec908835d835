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
