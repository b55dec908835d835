import Engine
import Inventory
import Plan
import Policy
import Sweep
import TestSupport
import Testing

/// A record is removed alone, or the build cache is left alone.
struct BuildCacheStepTests {
  @Test func noRecordIsRemovedAfterTheEngineRemovedOthers() async throws {
    let bench = try await SweepBench(FakeEngine.Contents())
    let ids = (0..<3).map { "record\($0)" + String(repeating: "x", count: 18) }
    var snapshot = try await bench.snapshot()
    let records = ids.map { BuildCacheRecord(id: $0, type: "regular", size: 5) }
    snapshot.buildCache = records
    bench.fake.change { contents in
      contents.buildCache = Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0) })
      contents.faults["POST /build/prune"] = StubReply(
        200, #"{"CachesDeleted":["\#(ids.joined(separator: #"",""#))"],"SpaceReclaimed":15}"#)
      contents.meanwhile["POST /build/prune"] = { $0.buildCache = [:] }
    }
    let policy = try RetentionPolicy(
      reading: "{version: 1, grace: 0s, remove: {build-cache: [{all: true}]}}", from: "cache",
      named: "cache")
    let plan = try Planner.plan(snapshot, policy, at: Timestamp(seconds: 1_800_000_000))
    #expect(plan.steps.count == 3)
    let result = try await bench.carryOut(plan, seeing: snapshot)
    guard case .failed(let why) = result.run.steps.first?.outcome else {
      Issue.record("\(result.outcomes)")
      return
    }
    #expect(why.contains("removed") && why.contains(ids[1]), "\(why)")
    for step in result.run.steps.dropFirst() {
      #expect(
        step.outcome == .notTried("the engine removed other records than it was asked for"))
    }
    #expect(bench.stub.calls.count { $0 == "POST /build/prune" } == 1)
  }
}
