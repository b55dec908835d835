import Inventory

/// Judges what containers and builds leave behind: volumes, networks, build-cache records.
struct LeftoverJudge {
  private let policy: RetentionPolicy
  private let now: Timestamp
  private let records: [BuildCacheRecord]
  private let isQuiet: Bool
  let volumes: [Leftover]
  let networks: [Leftover]
  let buildCache: [Leftover]

  init(
    policy: RetentionPolicy, now: Timestamp, snapshot: Snapshot,
    containers: [ContainerID: ContainerVerdict]
  ) {
    self.policy = policy
    self.now = now
    records = snapshot.buildCache ?? []
    isQuiet = policy.quietUntil(snapshot).map { now < $0 } ?? false
    let volumeUsers = Users(of: \.volumes, among: snapshot.containers, containers)
    let networkUsers = Users(of: \.networks, among: snapshot.containers, containers)
    volumes = snapshot.volumes.map { Leftover($0, usedBy: volumeUsers, at: now) }
    networks = snapshot.networks.map { Leftover($0, usedBy: networkUsers, at: now) }
    buildCache = records.map { Leftover($0, at: now) }
  }

  func judgeVolumes() -> [String: ObjectVerdict] { judge(volumes, by: policy.rules.volumes) }

  func judgeNetworks() -> [String: ObjectVerdict] { judge(networks, by: policy.rules.networks) }

  func judgeBuildCache() -> [String: ObjectVerdict] {
    BuildCacheLinks(records).settle(judge(buildCache, by: policy.rules.buildCache))
  }

  /// Should an engine list a thing twice, a verdict that keeps it stands.
  private func judge(
    _ leftovers: [Leftover], by rules: RuleLists<LeftoverCondition>
  ) -> [String: ObjectVerdict] {
    Dictionary(leftovers.map { ($0.object.id, verdict(on: $0, by: rules)) }) { first, second in
      first.decision == .keep ? first : second
    }
  }

  private func verdict(
    on leftover: Leftover, by rules: RuleLists<LeftoverCondition>
  ) -> ObjectVerdict {
    if let hold = leftover.hold { return .keep(hold) }
    if let rule = rules.keep.first(where: { $0.matches(leftover, at: now) }) {
      return .keep(Reason(.keepRule, rule: rule.reference, detail: leftover.facts))
    }
    if policy.spares(leftover.graceStart, at: now) {
      let grace = "within the grace of \(Age.text(policy.grace))"
      return .keep(Reason(.grace, detail: "\(leftover.facts), \(grace)"))
    }
    if isQuiet, case .buildCache = leftover.object,
      RetentionPolicy.isRecent(leftover.graceStart, at: now)
    {
      return .keep(Reason(.activity, detail: "\(leftover.facts), \(RetentionPolicy.activity)"))
    }
    if let rule = rules.remove.first(where: { $0.matches(leftover, at: now) }) {
      return .remove(Reason(.removeRule, rule: rule.reference, detail: leftover.facts))
    }
    var detail = leftover.facts
    if case .volume = leftover.object, !leftover.isAnonymous,
      !rules.remove.contains(where: { $0.names(leftover) })
    {
      detail += ", a named volume that no rule names"
    }
    return .keep(Reason(.noRule, detail: detail))
  }
}
