import Inventory
import Policy

/// Picks what goes for a budget out of what a policy's rules select.
///
/// In the budget's order, as much as its goals need; then whatever turns out not to be needed stays after
/// all: from the other end or the largest first, whichever leaves more. What an object needs to go first goes too. Each figure is the exact gain
/// of a whole set, shared layers included: sets are released in the order of a plan.
struct BudgetChoice {
  /// What goes. Networks, tags and bare stops free nothing and are none of it.
  let chosen: Set<ObjectID>
  /// What could have gone and was held back, since what is reserved would be touched; and what cannot
  /// go without that.
  let reserved: Set<ObjectID>
  let gain: CertainGain

  /// - Parameter removals: all that the policy selects, in the order of the plan.
  init(
    from removals: [ObjectID], for goals: SpaceGoals, by order: SpaceBudget.Order,
    _ snapshot: Snapshot, _ ledger: StorageLedger, at now: Timestamp
  ) {
    let dependencies = Dependencies(snapshot, among: Set(removals))
    let store = removals.filter { if case .network = $0 { false } else { true } }
    let queue = GivingUpOrder(
      of: store, by: order, snapshot, dependencies, ledger, at: now
    ).objects
    let steps = Self.steps(queue, dependencies, ledger, goals.headroom)
    func set(_ count: Int) -> Set<ObjectID> {
      steps[..<count].reduce(into: []) { $0.formUnion($1.added) }
    }
    func gain(_ set: Set<ObjectID>) -> CertainGain { ledger.certainGain(of: set, in: removals) }

    let all = set(steps.count)
    var chosen = all
    var freed = gain(all)
    if goals.areMet(by: freed), !goals.isForInodes {
      var (met, missed) = (steps.count, -1)
      while met - missed > 1 {
        let middle = (met + missed) / 2
        if goals.areMet(by: gain(set(middle))) { met = middle } else { missed = middle }
      }
      let needed = set(met)
      func spare(_ candidates: [ObjectID]) -> (chosen: Set<ObjectID>, freed: CertainGain) {
        var (chosen, freed) = (needed, gain(needed))
        for object in candidates where chosen.contains(object) {
          guard !ledger.isNeeded(object, by: goals, freed) else { continue }
          let spared = dependencies.groupNeeding(object).intersection(chosen)
          let rest = gain(chosen.subtracting(spared))
          guard goals.areMet(by: rest) else { continue }
          chosen.subtract(spared)
          freed = rest
        }
        return (chosen, freed)
      }
      let latestFirst = Array(queue.reversed())
      let sizes = Dictionary(
        uniqueKeysWithValues: latestFirst.map { ($0, ledger.gain(of: $0).total.content.atMost) })
      let largestFirst = latestFirst.enumerated().sorted { left, right in
        let (one, other) = (sizes[left.element] ?? 0, sizes[right.element] ?? 0)
        return (one, right.offset) > (other, left.offset)
      }.map(\.element)
      let choices = [spare(latestFirst), spare(largestFirst)]
      (chosen, freed) =
        choices[1].freed.content < choices[0].freed.content ? choices[1] : choices[0]
    }
    self.chosen = chosen
    reserved = store.reduce(into: []) { held, object in
      if !all.contains(object) {
        held.formUnion(dependencies.groupNeeding(object, beyond: held))
      }
    }
    self.gain = freed
  }

  /// What each step of the queue adds; none of what would touch the reserve.
  private static func steps(
    _ queue: [ObjectID], _ dependencies: Dependencies, _ ledger: StorageLedger, _ headroom: Int64?
  ) -> [(object: ObjectID, added: Set<ObjectID>)] {
    var taken: Set<ObjectID> = []
    var steps: [(object: ObjectID, added: Set<ObjectID>)] = []
    var ledger = ledger
    var headroom = headroom
    for object in queue where !taken.contains(object) {
      let added = dependencies.group(of: object, beyond: taken)
      if let left = headroom {
        var freed = Bytes.zero
        var next = ledger
        for member in added.sorted() { freed += next.release(member).total.content }
        guard freed.atMost <= left else { continue }
        (ledger, headroom) = (next, left - freed.atMost)
      }
      taken.formUnion(added)
      steps.append((object, added))
    }
    return steps
  }
}

extension StorageLedger {
  /// What a set frees when it goes in the order of a plan.
  fileprivate func certainGain(of set: Set<ObjectID>, in order: [ObjectID]) -> CertainGain {
    var rest = self
    var gain = CertainGain()
    for object in order where set.contains(object) { gain.add(rest.release(object).total) }
    return gain
  }

  /// Whether the goals would be missed without what an object holds alone, so that no more need be
  /// asked: with others it can only be more.
  fileprivate func isNeeded(
    _ object: ObjectID, by goals: SpaceGoals, _ freed: CertainGain
  ) -> Bool {
    let alone = gain(of: object).total
    guard alone.content.isExact, alone.disk?.isExact ?? true else { return false }
    var loss = CertainGain()
    loss.add(alone)
    return goals.areMissed(without: loss, of: freed)
  }
}
