import Foundation
import Index
import Inventory
import TestSupport
import Testing

/// A sweep that is killed in the middle of any of its writes has lost nothing that it decided or did.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct KilledWriteTests {
  private func fill(_ engine: RealEngine) async throws {
    let store = StoreBuilder(filling: engine)
    try await store.base("base:1", size: 10)
    try await store.tag("base:1", as: "base:2")
    for _ in 0..<3 { try await engine.docker("create", "--network", "none", "base:1", "true") }
  }

  @Test func sweepKilledAtAnyWriteIsClosedTruly() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      var write = 1
      var kills = 0
      var killedRuns = 0
      while true {
        try await fill(engine)
        let before = try await engine.everything()
        let killed = try await balai.killed(
          atWrite: write, "prune", "-f", "-p", "stop-rm-rmi")
        let left = try await engine.everything()
        if killed.status != BalaiCommand.killed {
          #expect(killed.status == 0 && left.isEmpty, "\(killed.errors)")
          break
        }
        kills += 1
        // As it was left: opening it with Balai may change it.
        let next = try await balai("prune", "-f", "-p", "stop-rm-rmi")
        #expect(next.status == 0, "killed at write \(write): \(next.errors)")
        #expect(try await engine.everything().isEmpty, "killed at write \(write)")
        let index = try HostIndex(at: balai.stateDirectory + "/index.db")
        #expect(
          try index.unfinishedRuns(of: try #require(try index.runs(limit: 1).first).engineKey)
            .isEmpty)
        for run in try index.runs(limit: 2) where next.errors.contains("run \(run.id) was killed") {
          killedRuns += 1
          try await check(index, run.id, before: before, left: left, write: write)
        }
        write += BalaiCommand.killStep(otherwise: 9)
      }
      #expect(kills > 3 && killedRuns > 0, "\(kills) kills, \(killedRuns) of them in a run")
    }
  }

  private func check(
    _ index: HostIndex, _ number: Int64, before: Set<String>, left: Set<String>, write: Int
  ) async throws {
    let run = try #require(try index.run(number))
    let kept = try index.keepsakes(ofRun: number)
    let isLeft = { (id: String) in left.contains { $0.hasPrefix(id) } }
    #expect(run.end == .abandoned)
    var accounted = 0
    for step in run.steps where step.action == .removeContainer || step.action == .removeImage {
      let place = "killed at write \(write): \(step.action.rawValue) \(step.title)"
      #expect(step.outcome != nil, "\(place)")
      if step.outcome == .done {
        #expect(kept[step.number] != nil, "\(place): what an undo needs is kept")
        accounted += isLeft(step.object.id) ? 0 : 1
      } else {
        // What was in flight may have come to its end after the look at what is left.
        #expect(
          isLeft(step.object.id) || step.intendedAt != nil, "\(place): \(step.outcome?.word ?? "")")
      }
    }
    let ids = Set(before.subtracting(left).map { $0.prefix { $0 != " " } })
      .filter { id in !isLeft(String(id)) }
    #expect(accounted >= ids.count, "killed at write \(write): all that went is in the journal")
  }
}
