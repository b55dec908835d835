package import Inventory
package import Policy

/// What two policies do differently on one host.
package struct PolicyDifference: Hashable, Sendable {
  /// What one policy says of an object.
  package struct Side: Hashable, Sendable {
    package let decision: Decision
    package let reason: Reason
    /// The references that it takes away, where it leaves the image with others.
    package let untagged: [String]

    package init(decision: Decision, reason: Reason, untagged: [String] = []) {
      self.decision = decision
      self.reason = reason
      self.untagged = untagged
    }
  }

  /// An object that they treat differently.
  package struct Row: Hashable, Sendable {
    package let object: ObjectID
    /// What a person calls it: not yet safe to print.
    package let title: String
    package let first: Side
    package let second: Side

    package init(object: ObjectID, title: String, first: Side, second: Side) {
      self.object = object
      self.title = title
      self.first = first
      self.second = second
    }
  }

  package let engine: EngineIdentity
  package let firstPolicy: String
  package let secondPolicy: String
  /// What a prune with each frees.
  package let firstFrees: Footprint
  package let secondFrees: Footprint
  /// Containers, images, volumes, networks, build cache, each by name.
  package let rows: [Row]

  package init(
    engine: EngineIdentity, firstPolicy: String, secondPolicy: String, firstFrees: Footprint,
    secondFrees: Footprint, rows: [Row]
  ) {
    self.engine = engine
    self.firstPolicy = firstPolicy
    self.secondPolicy = secondPolicy
    self.firstFrees = firstFrees
    self.secondFrees = secondFrees
    self.rows = rows
  }

  /// Compares two plans of one snapshot; those must have been made at `now` with these policies.
  package init(
    _ first: (policy: RetentionPolicy, plan: RemovalPlan),
    _ second: (policy: RetentionPolicy, plan: RemovalPlan), on snapshot: Snapshot,
    at now: Timestamp, runningIn container: ContainerID? = nil
  ) {
    let one = first.policy.verdicts(on: snapshot, at: now, runningIn: container)
    let other = second.policy.verdicts(on: snapshot, at: now, runningIn: container)
    self.init(
      engine: snapshot.engine, firstPolicy: first.policy.name, secondPolicy: second.policy.name,
      firstFrees: first.plan.frees, secondFrees: second.plan.frees,
      rows: Self.rows(
        of: snapshot, (one, Self.spared(first.plan)), (other, Self.spared(second.plan))))
  }

  /// What a plan's space budget leaves although a rule selects it.
  private static func spared(_ plan: RemovalPlan) -> [ObjectID: Side] {
    let kept = plan.kept.filter { $0.reason.code == .enoughSpace }
    return Dictionary(
      kept.map { ($0.object, Side(decision: .keep, reason: $0.reason)) },
      uniquingKeysWith: { first, _ in first })
  }

  private typealias Judged = (verdicts: Verdicts, spared: [ObjectID: Side])

  private static func rows(
    of snapshot: Snapshot, _ first: Judged, _ second: Judged
  ) -> [Row] {
    let containers = snapshot.containers.map { ObjectID.container($0.id) }
    let images = snapshot.images.map { ObjectID.image($0.id) }
    let volumes = snapshot.volumes.map { ObjectID.volume($0.name) }
    let networks = snapshot.networks.map { ObjectID.network($0.id) }
    let records = (snapshot.buildCache ?? []).map { ObjectID.buildCache($0.id) }
    return [containers, images, volumes, networks, records].flatMap { objects in
      objects.compactMap { row(on: $0, of: snapshot, first, second) }
        .sorted { ($0.title, $0.object) < ($1.title, $1.object) }
    }
  }

  private static func row(
    on object: ObjectID, of snapshot: Snapshot, _ first: Judged, _ second: Judged
  ) -> Row? {
    guard let one = first.spared[object] ?? first.verdicts.side(on: object),
      let other = second.spared[object] ?? second.verdicts.side(on: object),
      one.decision != other.decision || one.untagged != other.untagged
    else { return nil }
    return Row(object: object, title: snapshot.title(of: object), first: one, second: other)
  }
}

extension Verdicts {
  fileprivate func side(on object: ObjectID) -> PolicyDifference.Side? {
    switch object {
    case .container(let id):
      containers[id].map { .init(decision: $0.decision, reason: $0.reason) }
    case .image(let id): images[id].map(PolicyDifference.Side.init)
    case .volume(let name): volumes[name].map(PolicyDifference.Side.init)
    case .network(let id): networks[id].map(PolicyDifference.Side.init)
    case .buildCache(let id): buildCache[id].map(PolicyDifference.Side.init)
    }
  }
}

extension PolicyDifference.Side {
  fileprivate init(_ verdict: ObjectVerdict) {
    self.init(decision: verdict.decision, reason: verdict.reason)
  }

  fileprivate init(_ verdict: ImageVerdict) {
    guard case .untag(let references, let reason) = verdict else {
      self.init(decision: verdict.decision, reason: verdict.reason)
      return
    }
    self.init(decision: .untag, reason: reason, untagged: references)
  }
}
