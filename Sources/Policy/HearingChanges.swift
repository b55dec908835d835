import Inventory

extension Hearing {
  /// What would give the object another verdict.
  func changes(of finding: Finding, _ rules: [WeighedRule], _ verdicts: Verdicts) -> [String] {
    switch finding.reason.code {
    case .keepRule: without(.keep, rules)
    case .grace: afterGrace(verdicts)
    case .inUse: unused(verdicts)
    case .noRule: selected(nearMisses(.remove, rules, verdicts))
    case .active: stopped() + nearMisses(.stop, rules, verdicts)
    case .removesItself: without(.stop, rules) + nearMisses(.remove, rules, verdicts)
    case .engineOwned, .enoughSpace: []
    case .activity: afterQuietPeriod()
    case .projectNeeds: withoutProjects(verdicts)
    case .swarmTask: ["when swarm has stopped it: scale or remove its service"]
    case .parentOfKept: childless(verdicts)
    case .runsBalai: judged("when balai runs elsewhere") { $0.own = nil }
    case .stopRule:
      without(.stop, rules) + stoppedForGrace(rules) + nearMisses(.remove, rules, verdicts)
        + [Self.anyKeepRule]
    case .removeRule:
      without(.stop, rules) + without(.remove, rules) + [Self.anyKeepRule] + keepers(finding)
    case .parentOfRemoved: [Self.anyKeepRule, "an image that was built from it and stays"]
    }
  }

  private static let anyKeepRule = "a keep rule that matches it"

  /// What else than a rule keeps an object of its kind.
  private func keepers(_ finding: Finding) -> [String] {
    switch object {
    case .image where finding.decision == .untag:
      ["a remove rule that selects its other references"]
    case .container: []
    case .image, .volume, .network: ["a container that uses it and stays"]
    case .buildCache: ["a build that uses it", "a record that was made from it and stays"]
    }
  }

  /// Without all the rules of a list that match: one of them alone would decide the same.
  private func without(_ verb: Decision, _ rules: [WeighedRule]) -> [String] {
    let matching = rules.filter { $0.verb == verb && $0.matches }.map(\.rule)
    guard !matching.isEmpty else { return [] }
    let names = matching.map(\.keyPath).joined(last: "and")
    return judged("without the rule\(matching.count == 1 ? "" : "s") \(names)") {
      $0.policy.rules.leaveOut(Set(matching))
    }
  }

  private func afterGrace(_ verdicts: Verdicts) -> [String] {
    guard let start = graceStart(verdicts) else {
      // Without an index the age of an image is never known, and no waiting helps.
      return judged("with grace: 0s, since nobody knows its age") { $0.policy.grace = .zero }
    }
    let end = (start + policy.grace).roundedUp
    return judged("when the grace is over, at \(end.rfc3339)") { $0.now = end }
  }

  private func afterQuietPeriod() -> [String] {
    guard let end = policy.quietUntil(snapshot)?.roundedUp else { return [] }
    return judged("when nothing was built or pulled until \(end.rfc3339)") { $0.now = end }
  }

  private func withoutProjects(_ verdicts: Verdicts) -> [String] {
    let members = snapshot.containers.filter {
      $0.project != nil && verdicts.containers[$0.id]?.decision != .remove
    }
    return judged("when no container of its project is left") {
      $0.snapshot.drop(members, at: now)
    }
  }

  private func unused(_ verdicts: Verdicts) -> [String] {
    if case .buildCache = object {
      return judged("when no build uses it any more") {
        $0.snapshot.endBuilds(using: object, at: now)
      }
    }
    let users = users(verdicts)
    let names = users.map(\.name).shortList
    let when = users.count == 1 ? "container \(names) is gone" : "containers \(names) are gone"
    return judged("when \(when)") { $0.snapshot.drop(users, at: now) }
  }

  private func childless(_ verdicts: Verdicts) -> [String] {
    let children = children(verdicts)
    guard !children.isEmpty else { return [] }
    let names = children.map(\.name).shortList
    let made = if case .image = object { "built" } else { "made" }
    let areGone = children.count == 1 ? "is gone" : "are gone"
    return judged("when \(names), \(made) from it, \(areGone)") {
      $0.snapshot.drop(children.map(\.object))
    }
  }

  private func stopped() -> [String] {
    guard let container else { return [] }
    if case .unknown = container.state { return ["a state that balai knows"] }
    if container.autoRemove { return ["when it stops, the engine removes it (--rm)"] }
    return judged("when it is stopped") { $0.snapshot.stop(container.id, at: now) }
  }

  private func stoppedForGrace(_ rules: [WeighedRule]) -> [String] {
    guard let container, rules.contains(where: { $0.verb == .remove && $0.matches }) else {
      return []
    }
    let end = (now + policy.grace).roundedUp
    return judged("when it has been stopped for the grace, at \(end.rfc3339)") {
      $0.snapshot.stop(container.id, at: now)
      $0.now = end
    }
  }

  /// The rules that only one key keeps from selecting it; where that key is an age, from when on.
  private func nearMisses(
    _ verb: Decision, _ rules: [WeighedRule], _ verdicts: Verdicts
  ) -> [String] {
    rules.filter { $0.verb == verb && $0.failing.count == 1 }.flatMap { rule in
      let miss = "\(rule.rule.keyPath) would select it but for \(rule.failing[0])"
      guard let time = rule.matchesFrom?.roundedUp else { return [miss] }
      return judged("\(miss); if nothing uses it until \(time.rfc3339)") {
        $0.carryOut(verdicts)
        $0.now = time
      }
    }
  }

  /// What near misses say, or, where no rule comes near, what rule would select it.
  private func selected(_ nearMisses: [String]) -> [String] {
    guard nearMisses.isEmpty else { return nearMisses }
    let list = "remove.\(object.kind == "build-cache" ? object.kind : object.kind + "s")"
    let isNamed = snapshot.volumes.contains { .volume($0.name) == object && !$0.isAnonymous }
    return ["a rule under \(list) that \(isNamed ? "names" : "selects") it"]
  }

  /// Does to the containers what was decided: later nothing else uses what they use.
  private mutating func carryOut(_ verdicts: Verdicts) {
    let gone = snapshot.containers.filter { verdicts.containers[$0.id]?.decision == .remove }
    snapshot.drop(gone, at: now)
    for (container, verdict) in verdicts.containers where verdict.decision == .stop {
      snapshot.stop(container, at: now)
    }
  }
}

extension Timestamp {
  /// The next whole second, for people.
  fileprivate var roundedUp: Timestamp {
    let seconds = microseconds / 1_000_000
    return Timestamp(seconds: microseconds > seconds * 1_000_000 ? seconds + 1 : seconds)
  }
}
