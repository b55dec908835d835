package import Inventory
package import Policy

/// Makes plans: snapshot, policy and time give an ordered list of removals with exact bytes.
///
/// This room is pure: no clock, no engine, no output. The order is the one in which the engine agrees
/// to every step without force: stop; remove containers; build-cache records, children before parents;
/// images, children before parents and tag by tag; volumes; networks.
package enum Planner {
  /// Plans what `policy` selects, and where it has a `space`, of that only as much as it needs.
  ///
  /// A plan beyond the policy's `limits` is made all the same, so that it can be shown, and marked: see
  /// `RemovalPlan.checkLimits`.
  ///
  /// - Parameters:
  ///   - now: the time that all ages are counted to.
  ///   - container: the container that Balai runs in, which is never touched, nor its image.
  /// - Throws: `PlanError.everyImage` when every tagged image would go and no rule says `all: true`;
  ///   `PlanError.unknownSpace` when a budget needs a file system that cannot be seen.
  package static func plan(
    _ snapshot: Snapshot, _ policy: RetentionPolicy, at now: Timestamp,
    runningIn container: ContainerID? = nil
  ) throws(PlanError) -> RemovalPlan {
    var verdicts = policy.verdicts(on: snapshot, at: now, runningIn: container)
    var outcome: BudgetOutcome?
    if let space = policy.space {
      (verdicts, outcome) = try budgeted(verdicts, on: snapshot, under: space, at: now)
    }
    if !policy.removesAllImages { try refuseEveryImage(snapshot, verdicts, policy) }
    let draft = Draft(snapshot, verdicts, policy.archive)
    return RemovalPlan(
      engine: snapshot.engine, policy: PolicyReference(name: policy.name, digest: policy.digest),
      createdAt: now, stopTimeout: policy.stopTimeout, steps: draft.steps,
      kept: KeptObject.all(snapshot, verdicts, policy), notes: PlanNotes.of(draft, on: snapshot),
      budget: outcome, breaches: breaches(of: policy.limits, by: draft.steps, on: snapshot),
      archive: policy.archive.map { ArchivePlan($0) }, seenAt: snapshot.takenAt)
  }

  /// All that a policy's rules select, whatever its `space` and its `limits` make of it: what has to be
  /// measured for a plan.
  package static func selection(
    _ snapshot: Snapshot, _ policy: RetentionPolicy, at now: Timestamp,
    runningIn container: ContainerID? = nil
  ) -> [ObjectID] {
    let verdicts = policy.verdicts(on: snapshot, at: now, runningIn: container)
    return Draft(snapshot, verdicts).steps.removed
  }

  private static func refuseEveryImage(
    _ snapshot: Snapshot, _ verdicts: Verdicts, _ policy: RetentionPolicy
  ) throws(PlanError) {
    let tagged = snapshot.images.filter { !$0.isUntagged }
    let goes = tagged.filter { image in
      if case .remove = verdicts.images[image.id] { true } else { false }
    }
    if !tagged.isEmpty, goes.count == tagged.count {
      throw .everyImage(count: tagged.count, policy: policy.name)
    }
  }
}

extension Image {
  /// What a person calls it: its first tag, else its first digest, else its short id.
  package var title: String { references.first ?? digests.first ?? id.short }
}
