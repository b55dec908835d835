package import Inventory
package import Policy

/// A limit of a policy that a plan is beyond.
package struct LimitBreach: Hashable, Sendable, Codable {
  /// `objects`, `bytes`, `image-share` or `stopped`.
  package let name: String
  /// As the policy says it.
  package let allowed: String
  package let planned: String

  package init(name: String, allowed: String, planned: String) {
    self.name = name
    self.allowed = allowed
    self.planned = planned
  }
}

extension RemovalPlan {
  /// Refuses a plan that is beyond a limit of its policy: as a whole, since what a cut would leave is
  /// nobody's wish.
  ///
  /// - Throws: `PlanError.limit`, naming the first.
  package func checkLimits() throws(PlanError) {
    guard let breach = breaches?.first else { return }
    throw .limit(name: breach.name, allowed: breach.allowed, planned: breach.planned)
  }
}

extension Planner {
  /// Refuses an engine that a policy is not meant for.
  ///
  /// - Parameter host: the address that the engine was reached at.
  /// - Throws: `PlanError.wrongEngine`, naming what was expected and what is there.
  package static func check(
    _ policy: RetentionPolicy, for engine: EngineIdentity, at host: String
  ) throws(PlanError) {
    guard let found = policy.engine?.mismatch(on: engine, at: host) else { return }
    throw .wrongEngine(key: found.key, expected: found.expected, actual: found.actual)
  }

  /// The limits that a plan's steps are beyond; nil: none.
  static func breaches(
    of limits: PolicyLimits?, by steps: [PlannedStep], on snapshot: Snapshot
  ) -> [LimitBreach]? {
    guard let limits else { return nil }
    let freed = steps.reduce(Footprint.zero) { $0 + $1.frees }.content
    let stopped = steps.count { $0.action == .stop }
    let (gone, tagged) = imagesWithTag(goingBy: steps, snapshot)
    let planned: [String: (isTooMuch: Bool, words: String)] = [
      "objects": (Int64(steps.removed.count) > limits.objects ?? .max, "\(steps.removed.count)"),
      "bytes": (
        freed.atMost > limits.bytes ?? .max,
        freed.isBounded ? "\(freed.atMost) bytes" : "an unknown number of bytes"
      ),
      "image-share": (
        gone * 100 > tagged * (limits.imageShare ?? 100),
        "\(gone) of \(tagged) images with a tag"
      ),
      "stopped": (Int64(stopped) > limits.stopped ?? .max, "\(stopped)"),
    ]
    let breaches = limits.texts.compactMap { key, allowed in
      planned[key].flatMap { planned in
        planned.isTooMuch
          ? LimitBreach(name: key, allowed: allowed, planned: planned.words) : nil
      }
    }
    return breaches.isEmpty ? nil : breaches
  }

  private static func imagesWithTag(
    goingBy steps: [PlannedStep], _ snapshot: Snapshot
  ) -> (gone: Int64, of: Int64) {
    let going = Set(steps.filter { $0.action == .removeImage }.map(\.object))
    let tagged = snapshot.images.filter { !$0.isUntagged }
    return (Int64(tagged.count { going.contains(.image($0.id)) }), Int64(tagged.count))
  }
}
