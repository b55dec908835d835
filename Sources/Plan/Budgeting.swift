import Inventory
import Policy

extension Planner {
  /// Leaves of a policy's verdicts only what its `space` asks for, and says what came of it.
  static func budgeted(
    _ verdicts: Verdicts, on snapshot: Snapshot, under budget: SpaceBudget, at now: Timestamp
  ) throws(PlanError) -> (Verdicts, BudgetOutcome) {
    let ledger = StorageLedger(snapshot)
    let goals = try SpaceGoals(
      budget, space: snapshot.space, held: ledger.held.total.content,
      root: snapshot.engine.rootDirectory)
    let removals = Draft(snapshot, verdicts).steps.removed
    guard goals.areUnderPressure else {
      let spared = verdicts.sparing({ _ in true }, because: "there is space enough")
      let outcome = BudgetOutcome(
        lines: goals.lines(after: CertainGain()), spared: removals.count, obstacles: [])
      return (spared, outcome)
    }
    let choice = BudgetChoice(
      from: removals, for: goals, by: budget.order, snapshot, ledger, at: now)
    let lines = goals.lines(after: choice.gain)
    if goals.isForInodes || lines.contains(where: \.isMissed) {
      let rest = verdicts.sparing(
        { choice.reserved.contains($0) }, because: "space is short, but reserved-space holds it")
      return (
        rest,
        BudgetOutcome(
          lines: lines, spared: choice.reserved.count,
          obstacles: obstacles(snapshot, rest, ledger))
      )
    }
    let taken = snapshot.withCompanions(choice.chosen)
    let rest = verdicts.sparing(
      { !taken.contains($0) }, because: "the space target is met without it")
    let spared = removals.count { !choice.chosen.contains($0) }
    return (rest, BudgetOutcome(lines: lines, spared: spared, obstacles: []))
  }

  /// Beyond these nobody reads on.
  private static let mostObstacles = 5

  /// What stays, the largest first.
  private static func obstacles(
    _ snapshot: Snapshot, _ verdicts: Verdicts, _ ledger: StorageLedger
  ) -> [BudgetOutcome.Obstacle] {
    let kept = verdicts.keepReasons.map { object, reason in
      (object: object, reason: reason, holds: ledger.content(heldBy: object))
    }
    let largest = kept.filter { $0.holds.atLeast > 0 }.sorted {
      $0.holds.atLeast == $1.holds.atLeast
        ? $0.object < $1.object : $0.holds.atLeast > $1.holds.atLeast
    }
    return largest.prefix(mostObstacles).map { object, reason, holds in
      let rule = reason.rule.map { " (\($0.keyPath))" } ?? ""
      return .init(
        object: object, title: snapshot.title(of: object), why: reason.detail + rule,
        holds: holds)
    }
  }
}

extension Snapshot {
  /// With the volumes that an engine removes together with containers.
  fileprivate func withCompanions(_ chosen: Set<ObjectID>) -> Set<ObjectID> {
    let containers = containers.map(\.id).filter { chosen.contains(.container($0)) }
    return chosen.union(volumesRemoved(with: containers).map { .volume($0) })
  }
}

extension Verdicts {
  /// Keeps what would be touched and is to be spared; a verdict that keeps stands.
  fileprivate func sparing(_ isSpared: (ObjectID) -> Bool, because detail: String) -> Verdicts {
    let reason = Reason(.enoughSpace, detail: detail)
    var rest = self
    for (id, verdict) in containers where verdict.decision != .keep && isSpared(.container(id)) {
      rest.containers[id] = .keep(reason)
    }
    for (id, verdict) in images where verdict.decision != .keep && isSpared(.image(id)) {
      rest.images[id] = .keep(reason)
    }
    for (name, verdict) in volumes where verdict.isRemoval && isSpared(.volume(name)) {
      rest.volumes[name] = .keep(reason)
    }
    for (id, verdict) in networks where verdict.isRemoval && isSpared(.network(id)) {
      rest.networks[id] = .keep(reason)
    }
    for (id, verdict) in buildCache where verdict.isRemoval && isSpared(.buildCache(id)) {
      rest.buildCache[id] = .keep(reason)
    }
    return rest
  }

  fileprivate var keepReasons: [(ObjectID, Reason)] {
    containers.filter { $1.decision == .keep }.map { (.container($0), $1.reason) }
      + images.filter { $1.decision == .keep }.map { (.image($0), $1.reason) }
      + volumes.filter { $1.decision == .keep }.map { (.volume($0), $1.reason) }
      + buildCache.filter { $1.decision == .keep }.map { (.buildCache($0), $1.reason) }
  }
}

extension StorageLedger {
  /// Content that an object holds, alone or with others.
  fileprivate func content(heldBy object: ObjectID) -> Bytes {
    guard let hold = holds[object] else { return .zero }
    let layers = hold.node.map { nodes[$0].size } ?? .zero
    let packed = hold.packed.map { Bytes(atLeast: 0, atMost: $0.size) } ?? .zero
    return hold.own.total.content + layers + packed
  }
}
