import Inventory
import Plan
import Policy
import TestSupport
import Testing

struct ExplanationTests {
  private let now = RandomSnapshot.now

  private func explain(_ text: String, _ snapshot: Snapshot) throws -> [Explanation] {
    let policy = try RetentionPolicy(
      reading: "version: 1\ngrace: 0s\nremove:\n  images: [{all: true}]\n" + text, from: "f",
      named: "n")
    return snapshot.images.compactMap {
      Explanation(of: .image($0.id), on: snapshot, under: policy, at: now)
    }
  }

  @Test func spaceBudgetIsNamedWhereItDecidesInTheEnd() throws {
    let snapshot = RandomSnapshot(seed: 3, buildCache: 0).snapshot
    let plain = try explain("", snapshot)
    let budgeted = try explain("space: { max-used-space: 1GB }\n", snapshot)
    #expect(plain.count == snapshot.images.count && budgeted.count == plain.count)
    #expect(!plain.contains { $0.notes.contains { $0.contains("space budget") } })
    #expect(budgeted.allSatisfy { $0.notes.contains { $0.contains("space budget") } })
  }

  /// With the plan an object frees what it frees alone, or more.
  @Test(arguments: 0..<30 as Range<UInt64>)
  func withThePlanNothingFreesLessThanAlone(seed: UInt64) throws {
    for explanation in try explain("", RandomSnapshot(seed: seed, buildCache: 0).snapshot) {
      #expect(explanation.withPlan.content.atLeast >= explanation.alone.content.atLeast)
    }
  }
}
