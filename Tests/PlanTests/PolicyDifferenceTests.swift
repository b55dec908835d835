import Inventory
import Plan
import Policy
import TestSupport
import Testing

struct PolicyDifferenceTests {
  private let now = RandomSnapshot.now

  /// What the two sides say of an object is what their plans do with it, a space budget included.
  @Test(arguments: 0..<40 as Range<UInt64>)
  func sidesSayWhatThePlansDo(seed: UInt64) throws {
    var snapshot = RandomSnapshot(seed: seed, buildCache: 0).snapshot
    snapshot.space = DiskSpace(capacity: 1 << 34, available: 1 << 33, free: 1 << 33)
    let all = "version: 1\ngrace: 0s\nremove:\n  images: [{all: true}]\n"
    let held = StorageLedger(snapshot).held.total.content.atLeast
    let budget = all + "space: { max-used-space: \(max(1, held * 3 / 4))b }\n"
    func judged(_ text: String) throws -> (policy: RetentionPolicy, plan: RemovalPlan) {
      let policy = try RetentionPolicy(reading: text, from: "f", named: "n")
      return (policy, try Planner.plan(snapshot, policy, at: now))
    }
    let (one, other) = (try judged(all), try judged(budget))
    let rows = PolicyDifference(one, other, on: snapshot, at: now).rows
    let (first, second) = (Set(one.plan.steps.removed), Set(other.plan.steps.removed))
    #expect(Set(rows.map(\.object)) == first.symmetricDifference(second))
    for row in rows {
      #expect((row.first.decision == .remove) == first.contains(row.object))
      #expect((row.second.decision == .remove) == second.contains(row.object))
    }
  }
}
