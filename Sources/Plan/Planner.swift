package import Inventory
package import Policy

/// Makes plans: snapshot, policy and time give an ordered list of removals with exact bytes.
///
/// This room is pure: no clock, no engine, no output. The order is the one in which the engine agrees
/// to every step without force: stop; remove containers; images, children before parents and tag by
/// tag.
package enum Planner {
  /// Plans what `policy` selects.
  ///
  /// - Parameters:
  ///   - now: the time that all ages are counted to.
  ///   - container: the container that Balai runs in, which is never touched, nor its image.
  /// - Throws: `PlanError.everyImage` when every tagged image would go and no rule says `all: true`.
  package static func plan(
    _ snapshot: Snapshot, _ policy: RetentionPolicy, at now: Timestamp,
    runningIn container: ContainerID? = nil
  ) throws(PlanError) -> RemovalPlan {
    let verdicts = policy.verdicts(on: snapshot, at: now, runningIn: container)
    if !policy.removesAllImages { try refuseEveryImage(snapshot, verdicts, policy) }
    var draft = Draft(snapshot)
    let doomed = snapshot.containers.compactMap { container in
      verdicts.containers[container.id].map { (container, $0) }
    }.sorted { ($0.0.name, $0.0.id) < ($1.0.name, $1.0.id) }
    for (container, verdict) in doomed { draft.stop(container, verdict) }
    for (container, verdict) in doomed { draft.remove(container, verdict) }
    draft.untag(snapshot.images, verdicts)
    draft.remove(snapshot.images, verdicts, engine: snapshot.engine)
    return RemovalPlan(
      engine: snapshot.engine, policy: PolicyReference(name: policy.name, digest: policy.digest),
      createdAt: now, stopTimeout: policy.stopTimeout, steps: draft.steps,
      kept: kept(snapshot, verdicts), notes: notes(snapshot, draft.steps))
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

  private static func kept(_ snapshot: Snapshot, _ verdicts: Verdicts) -> [KeptObject] {
    var kept: [KeptObject] = []
    for container in snapshot.containers.sorted(by: { ($0.name, $0.id) < ($1.name, $1.id) }) {
      guard case .keep(let reason) = verdicts.containers[container.id] else { continue }
      kept.append(
        KeptObject(object: .container(container.id), title: container.name, reason: reason))
    }
    for image in snapshot.images.sorted(by: { ($0.title, $0.id) < ($1.title, $1.id) }) {
      guard case .keep(let reason) = verdicts.images[image.id] else { continue }
      kept.append(KeptObject(object: .image(image.id), title: image.title, reason: reason))
    }
    return kept
  }

  private static func notes(_ snapshot: Snapshot, _ steps: [PlannedStep]) -> [String] {
    guard steps.contains(where: { $0.action == .removeImage }) else { return [] }
    var notes: [String] = []
    if snapshot.buildCache?.contains(where: \.isShared) ?? false {
      notes.append(
        "the build cache holds layers of images too: what the images free may stay on disk until "
          + "the cache is pruned")
    }
    if snapshot.engine.imageStore == .containerd {
      notes.append(
        "the engine uses the containerd image store, which does not tell the size of what images "
          + "share: their figures are intervals")
    }
    return notes
  }
}

extension Image {
  /// What a person calls it: its first tag, else its first digest, else its short id.
  package var title: String { references.first ?? digests.first ?? id.short }
}
