import Inventory
import Policy
import TestSupport
import Testing

@testable import Plan

/// Laws of space budgets, over random stores and policies.
struct BudgetLawTests {
  private static let seeds = 0..<120 as Range<UInt64>
  private static let orders = SpaceBudget.Order.allCases.map(\.rawValue)
  private let now = RandomSnapshot.now

  /// A store, a policy for it without and with a budget, and the plan of each.
  private struct Bench {
    var snapshot: Snapshot
    let rules: RandomPolicy
    let space: String
    let whole: RemovalPlan
    let plan: RemovalPlan
    let now = RandomSnapshot.now

    /// Nil where the rules alone are refused, or free nothing.
    init?(seed: UInt64, share: Int64? = nil, reserving: Bool = false) throws {
      var random = SeededGenerator(seed: seed &+ 77)
      snapshot = RandomSnapshot(seed: seed, buildCache: seed % 3 == 0 ? 12 : 0).snapshot
      snapshot.shareNamespaces(seed: seed)
      snapshot.space = DiskSpace(capacity: 1 << 40, available: 1 << 30, free: 1 << 30)
      rules = RandomPolicy(seed: seed)
      guard let whole = try? Planner.plan(snapshot, try Self.read(rules, ""), at: now) else {
        return nil
      }
      self.whole = whole
      let most = whole.certainGain.disk
      guard most > 0 else { return nil }
      // Up to a quarter more than there is.
      let wanted = share.map { most * $0 / 100 } ?? .random(in: 1...most * 5 / 4, using: &random)
      let held = StorageLedger(snapshot).held.total.content.atLeast
      var keys = ["order: \(random.pick(BudgetLawTests.orders))"]
      if !reserving, random.chance(oneIn: 3), wanted < held {
        keys.append("max-used-space: \(held - wanted)b")
      } else {
        keys.append("min-free-space: \((1 << 30) + max(1, wanted / 2))b")
        keys.append("target-free-space: \((1 << 30) + wanted)b")
      }
      if reserving { keys.append("reserved-space: \(max(0, held - most / 2))b") }
      space = "space: { \(keys.joined(separator: ", ")) }\n"
      // A budget can take every tagged image only where the rules alone do.
      plan = try Planner.plan(snapshot, try Self.read(rules, space), at: now)
    }

    static func read(_ rules: RandomPolicy, _ space: String) throws -> RetentionPolicy {
      try RetentionPolicy(reading: rules.text + space, from: "random", named: "random")
    }

    var budget: BudgetOutcome {
      get throws { try #require(plan.budget) }
    }

    /// Whether removing these, and nothing else, meets all goals.
    func isMet(by removed: Set<ObjectID>) throws -> Bool {
      var ledger = StorageLedger(snapshot)
      var gain = CertainGain()
      for object in whole.steps.removed where removed.contains(object) {
        gain.add(ledger.release(object).total)
      }
      return try budget.lines.filter(\.isUnderPressure).allSatisfy { line in
        line.goal == .usedSpace
          ? line.now - gain.content <= line.target : line.now + gain.disk >= line.target
      }
    }
  }

  @Test(arguments: seeds)
  func containerStaysOfWhichOneThatIsSparedUsesANamespace(seed: UInt64) throws {
    guard let bench = try Bench(seed: seed) else { return }
    let removed = Set(bench.plan.steps.removed)
    for user in bench.snapshot.containers where !removed.contains(.container(user.id)) {
      for host in (user.hosts ?? [:]).values {
        #expect(!removed.contains(.container(host)), "\(user.name)")
      }
    }
  }

  @Test(arguments: seeds)
  func targetIsMetByExactGainsOrEverythingIsTaken(seed: UInt64) throws {
    guard let bench = try Bench(seed: seed) else { return }
    let removed = Set(bench.plan.steps.removed)
    let isMet = try bench.isMet(by: removed)
    #expect(try bench.budget.isMissed == !isMet)
    if !isMet { #expect(bench.plan.steps == bench.whole.steps) }
    let gain = bench.plan.certainGain
    for line in try bench.budget.lines {
      #expect(
        line.reached
          == (line.goal == .usedSpace ? line.now - gain.content : line.now + gain.disk))
    }
  }

  @Test(arguments: seeds)
  func noStepIsToSpare(seed: UInt64) throws {
    guard let bench = try Bench(seed: seed), try !bench.budget.isMissed else { return }
    let removed = Set(bench.plan.steps.removed)
    let dependencies = Dependencies(bench.snapshot, among: removed)
    #expect(!bench.plan.steps.contains { $0.action == .removeNetwork })
    for object in removed {
      let rest = removed.subtracting(dependencies.groupNeeding(object))
      #expect(try !bench.isMet(by: rest), "\(object) could stay")
    }
  }

  @Test(arguments: seeds)
  func whatABudgetTakesIsPartOfWhatTheRulesSelectAndIsClosed(seed: UInt64) throws {
    guard let bench = try Bench(seed: seed, reserving: seed % 2 == 0) else { return }
    let whole = Set(bench.whole.steps.map(\.object))
    #expect(Set(bench.plan.steps.map(\.object)).isSubset(of: whole))
    let removed = Set(bench.plan.steps.removed)
    let dependencies = Dependencies(bench.snapshot, among: Set(bench.whole.steps.removed))
    for object in removed {
      #expect(dependencies.group(of: object).isSubset(of: removed))
    }
    for kept in bench.plan.kept { #expect(!removed.contains(kept.object)) }
  }

  @Test(arguments: seeds)
  func whatIsReservedIsNeverTouched(seed: UInt64) throws {
    guard let bench = try Bench(seed: seed, reserving: true) else { return }
    let held = StorageLedger(bench.snapshot).held.total.content.atLeast
    let reserved = try Bench.read(bench.rules, bench.space).space?.reservedSpace?.amount(of: 0)
    #expect(held - bench.plan.frees.content.atMost >= (reserved ?? .max))
  }

  @Test(arguments: seeds)
  func withoutPressureThePlanIsEmptyAndSaysSo(seed: UInt64) throws {
    guard var bench = try Bench(seed: seed) else { return }
    bench.snapshot.space?.available = 1 << 40
    let policy = try Bench.read(bench.rules, "space: { min-free-space: 50% }\n")
    let plan = try Planner.plan(bench.snapshot, policy, at: now)
    let budget = try #require(plan.budget)
    #expect(plan.isEmpty && !budget.isUnderPressure && !budget.isMissed)
    #expect(budget.spared == bench.whole.steps.removed.count)
    #expect(plan.kept.contains { $0.reason.code == .enoughSpace })
  }

  @Test(arguments: seeds)
  func afterTheSweepThereIsNoPressureAndTheNextPlanIsEmpty(seed: UInt64) throws {
    guard var bench = try Bench(seed: seed), try !bench.budget.isMissed else { return }
    let gain = bench.plan.certainGain
    bench.snapshot.space?.available += gain.disk
    bench.snapshot.remove(Set(bench.plan.steps.removed))
    let policy = try Bench.read(bench.rules, bench.space)
    let next = try Planner.plan(bench.snapshot, policy, at: now)
    #expect(next.isEmpty && next.budget?.isUnderPressure == false)
  }

  @Test(arguments: seeds)
  func whatAKeepRuleHoldsStaysUnderPressureToo(seed: UInt64) throws {
    guard let bench = try Bench(seed: seed, share: 60) else { return }
    var kept = bench.rules
    kept.keepImages.append(RandomPolicy.keepImageRule(seed: seed &+ 1))
    kept.keepContainers.append(RandomPolicy.keepContainerRule(seed: seed &+ 1))
    let rules = try Bench.read(kept, "")
    let selected = Planner.selection(bench.snapshot, rules, at: now)
    let plan = try? Planner.plan(bench.snapshot, try Bench.read(kept, bench.space), at: now)
    let removed = Set(plan?.steps.removed ?? [])
    #expect(removed.isSubset(of: selected))
  }

  /// Blocks and content of what a made-up engine has on its disk are known whatever the ledger says.
  @Test(arguments: seeds, orders)
  func theDiskHasTheTargetFreeAfterTheSweep(seed: UInt64, order: String) throws {
    let store = ReadStore(seed: seed)
    var random = SeededGenerator(seed: seed)
    var snapshot = store.snapshot
    snapshot.space = DiskSpace(capacity: 1 << 30, available: 5_000, free: 5_000)
    let all = store.measure(of: Set(store.objects)).blocks - store.measure(of: []).blocks
    let target = Int64.random(in: 5_001...5_000 + all, using: &random)
    let policy = try RetentionPolicy(
      reading: """
        version: 1
        grace: 0s
        remove:
          containers: [{all: true}]
          images: [{all: true}]
          volumes: [{name: "*"}]
          build-cache: [{all: true}]
        space: { min-free-space: \(target)b, order: \(order) }
        """, from: "f", named: "n")
    let plan = try Planner.plan(snapshot, policy, at: now)
    let left = Set(store.objects).subtracting(plan.steps.removed)
    let freed = store.measure(of: Set(store.objects)).blocks - store.measure(of: left).blocks
    #expect(5_000 + freed >= target && plan.budget?.isMissed == false)
    #expect(plan.budget?.lines.first?.reached == 5_000 + freed)
  }
}

extension RemovalPlan {
  fileprivate var certainGain: CertainGain {
    steps.reduce(into: CertainGain()) { $0.add($1.frees) }
  }
}

extension Snapshot {
  /// Takes objects away, with what an engine takes along.
  fileprivate mutating func remove(_ gone: Set<ObjectID>) {
    let ids = containers.map(\.id).filter { gone.contains(.container($0)) }
    let companions = Set(volumesRemoved(with: ids))
    let images = images
    containers.removeAll { gone.contains(.container($0.id)) }
    self.images.removeAll { gone.contains(.image($0.id)) }
    departedImages += images.filter { image in
      gone.contains(.image(image.id)) && containers.contains { $0.imageID == image.id }
    }
    volumes.removeAll { gone.contains(.volume($0.name)) || companions.contains($0.name) }
    buildCache?.removeAll { gone.contains(.buildCache($0.id)) }
  }
}
