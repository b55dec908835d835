import Inventory
import Policy
import TestSupport
import Testing

@testable import Plan

/// What a budget takes beside the least that any choice could, found by trying all of them.
struct BudgetOptimumTests {
  private static let rules = """
    version: 1
    grace: 0s
    remove:
      containers: [{all: true}]
      images: [{all: true}]
      build-cache: [{all: true}]

    """

  /// How many times the bytes of the best choice a budget takes.
  struct Ratio {
    /// Of all choices.
    var toAny: Double
    /// Of those that give up nothing that comes later in the order.
    var inOrder: Double
    /// How many times the objects of the choice with the fewest.
    var objects: Double
  }

  /// Ten objects at most; nil where nothing can go.
  func ratio(seed: UInt64, order: SpaceBudget.Order) throws -> Ratio? {
    var random = SeededGenerator(seed: seed &+ 5)
    var snapshot = RandomSnapshot(
      seed: seed, images: 6, containers: 3, volumes: 0, buildCache: seed % 2 == 0 ? 3 : 0
    ).snapshot
    snapshot.space = DiskSpace(capacity: 1 << 40, available: 1, free: 1)
    let ledger = StorageLedger(snapshot)
    let policy = { (space: String) in
      try RetentionPolicy(reading: Self.rules + space, from: "f", named: "n")
    }
    let removals = Planner.selection(snapshot, try policy(""), at: RandomSnapshot.now)
    func gain(_ set: Set<ObjectID>) -> Int64 {
      var (rest, gain) = (ledger, CertainGain())
      for object in removals where set.contains(object) {
        gain.add(rest.release(object).total)
      }
      return gain.disk
    }
    let most = gain(Set(removals))
    guard most > 0, removals.count <= 10 else { return nil }
    let wanted = Int64.random(in: 1...most, using: &random)
    let plan = try Planner.plan(
      snapshot, try policy("space: { min-free-space: \(wanted + 1)b, order: \(order.rawValue) }\n"),
      at: RandomSnapshot.now)
    let chosen = Set(plan.steps.removed)
    let dependencies = Dependencies(snapshot, among: Set(removals))
    let queue = GivingUpOrder(
      of: removals, by: order, snapshot, dependencies, ledger, at: RandomSnapshot.now
    ).objects
    let last = queue.lastIndex { chosen.contains($0) } ?? 0
    let early = queue[...last].reduce(into: Set<ObjectID>()) {
      $0.formUnion(dependencies.group(of: $1))
    }
    var (best, bestEarly, fewest) = (most, most, removals.count)
    let groups = removals.map { object in
      let group = dependencies.group(of: object)
      return removals.indices.reduce(0) { group.contains(removals[$1]) ? $0 | 1 << $1 : $0 }
    }
    for bits in 0..<(1 << removals.count) {
      let members = removals.indices.filter { bits >> $0 & 1 == 1 }
      guard members.allSatisfy({ groups[$0] & ~bits == 0 }) else { continue }
      let set = Set(members.map { removals[$0] })
      let freed = gain(set)
      guard freed >= wanted else { continue }
      best = min(best, freed)
      fewest = min(fewest, set.count)
      if set.isSubset(of: early) { bestEarly = min(bestEarly, freed) }
    }
    let freed = Double(gain(chosen))
    return Ratio(
      toAny: freed / Double(best), inOrder: freed / Double(bestEarly),
      objects: Double(chosen.count) / Double(fewest))
  }

  private func ratios(_ order: SpaceBudget.Order) throws -> [Ratio] {
    try (0..<60 as Range<UInt64>).compactMap { try ratio(seed: $0, order: order) }
  }

  /// Without shared layers it could not be more: leaving out any one object would miss the target. These
  /// stores share most layers; 1.49 is the worst of them.
  @Test(arguments: SpaceBudget.Order.allCases.filter { $0 != .largest })
  func aBudgetTakesAtMostTwiceTheBytesThatItsOrderAllows(order: SpaceBudget.Order) throws {
    let ratios = try ratios(order)
    #expect(ratios.count > 40)
    for ratio in ratios { #expect(ratio.inOrder >= 1 && ratio.inOrder <= 2) }
    // Beside choices in any order it is 1.3 times as much in the mean, and 8 times at worst.
    #expect(ratios.reduce(0) { $0 + $1.toAny } / Double(ratios.count) < 1.35)
  }

  /// Giving up the largest first is meant to touch few objects, not few bytes.
  @Test func largestFirstTakesNotMuchMoreObjectsThanAnyChoice() throws {
    let ratios = try ratios(.largest)
    for ratio in ratios { #expect(ratio.objects <= 3) }
    #expect(ratios.reduce(0) { $0 + $1.objects } / Double(ratios.count) < 1.5)
  }
}
