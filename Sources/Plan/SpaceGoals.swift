import Inventory
import Policy

/// What is freed for certain, in the two ways in which a budget counts.
struct CertainGain: Hashable {
  /// Blocks where they are known, content elsewhere: what the file system gets back.
  var disk: Int64 = 0
  var content: Int64 = 0

  mutating func add(_ freed: Footprint) {
    disk = Bytes(exactly: disk).atLeast(with: freed.disk ?? freed.content)
    content = Bytes(exactly: content).atLeast(with: freed.content)
  }
}

extension Bytes {
  fileprivate func atLeast(with other: Bytes) -> Int64 { (self + other).atLeast }
}

/// How much a policy's `space` wants to be freed, from the figures of one snapshot.
struct SpaceGoals {
  /// What is to be freed; zero where there is no pressure of that kind.
  let disk: Int64
  let content: Int64
  /// Whether inodes are short. How many an object has is not measured, so no part is known to do.
  let isForInodes: Bool
  /// Content that may go at most; nil: any.
  let headroom: Int64?
  /// As they are now, with nothing freed.
  private let lines: [BudgetOutcome.Line]

  init(_ budget: SpaceBudget, space: DiskSpace?, held: Bytes, root: String) throws(PlanError) {
    let needy = budget.amounts.first { key, amount in
      key.contains("-free-") || !amount.isAbsolute
    }
    if space == nil, let needy { throw .unknownSpace(key: needy.key, root: root) }
    let capacity = space?.capacity ?? 0
    var lines: [BudgetOutcome.Line] = []
    if let space, let least = budget.minFreeSpace?.amount(of: capacity) {
      let target = max(least, budget.targetFreeSpace?.amount(of: capacity) ?? least)
      lines.append(
        .init(
          goal: .freeSpace, whole: capacity, limit: least, now: space.available, target: target,
          reached: space.available))
    }
    if let most = budget.maxUsedSpace?.amount(of: capacity) {
      // What is held for certain: a budget acts on no suspicion.
      lines.append(
        .init(
          goal: .usedSpace, whole: space?.capacity, limit: most, now: held.atLeast, target: most,
          reached: held.atLeast))
    }
    if let all = space?.inodes, let free = space?.freeInodes,
      let least = budget.minFreeInodes?.amount(of: all)
    {
      lines.append(
        .init(
          goal: .freeInodes, whole: all, limit: least, now: free, target: least, reached: nil))
    }
    self.lines = lines
    let pressing = lines.filter(\.isUnderPressure)
    disk = pressing.first { $0.goal == .freeSpace }.map { $0.target - $0.now } ?? 0
    content = pressing.first { $0.goal == .usedSpace }.map { $0.now - $0.target } ?? 0
    isForInodes = pressing.contains { $0.goal == .freeInodes }
    headroom = budget.reservedSpace.map { max(0, held.atLeast - $0.amount(of: capacity)) }
  }

  var areUnderPressure: Bool { lines.contains(where: \.isUnderPressure) }

  func areMet(by gain: CertainGain) -> Bool { gain.disk >= disk && gain.content >= content }

  /// Whether a gain is more than what can be spared of another.
  func areMissed(without loss: CertainGain, of gain: CertainGain) -> Bool {
    gain.disk - loss.disk < disk || gain.content - loss.content < content
  }

  /// The figures as they are once so much has been freed.
  func lines(after gain: CertainGain) -> [BudgetOutcome.Line] {
    lines.map { line in
      let reached: Int64? =
        switch line.goal {
        case .freeSpace: line.now + gain.disk
        case .usedSpace: max(0, line.now - gain.content)
        // Where nothing goes, nothing is gained; else nobody can say.
        case .freeInodes: gain == CertainGain() ? line.now : nil
        }
      return .init(
        goal: line.goal, whole: line.whole, limit: line.limit, now: line.now, target: line.target,
        reached: reached)
    }
  }
}
