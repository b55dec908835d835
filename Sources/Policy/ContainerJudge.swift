import Inventory

/// Judges containers, each for itself.
struct ContainerJudge {
  let policy: RetentionPolicy
  let now: Timestamp
  let own: ContainerID?

  func judge(_ containers: [Container]) -> [ContainerID: ContainerVerdict] {
    var verdicts: [ContainerID: ContainerVerdict] = [:]
    verdicts.reserveCapacity(containers.count)
    for container in containers { verdicts[container.id] = verdict(on: container) }
    return verdicts
  }

  private func verdict(on container: Container) -> ContainerVerdict {
    if own?.means(container.id) == true {
      return .keep(Reason(.runsBalai, detail: "balai runs in it"))
    }
    let facts = container.facts(at: now)
    if let rule = first(of: policy.rules.containers.keep, matching: container) {
      return .keep(Reason(.keepRule, rule: rule, detail: facts))
    }
    if policy.spares(container.graceStart, at: now) {
      let grace = "within the grace of \(Age.text(policy.grace))"
      return .keep(Reason(.grace, detail: "\(facts), \(grace)"))
    }
    return container.state.isActive
      ? verdictOnActive(container, facts) : verdictOnInactive(container, facts)
  }

  private func verdictOnInactive(_ container: Container, _ facts: String) -> ContainerVerdict {
    guard let rule = first(of: policy.rules.containers.remove, matching: container) else {
      return .keep(Reason(.noRule, detail: facts))
    }
    return .remove(Reason(.removeRule, rule: rule, detail: facts), stoppingFirst: nil)
  }

  private func verdictOnActive(_ container: Container, _ facts: String) -> ContainerVerdict {
    // Nobody knows what an engine does to a container in a state that Balai does not know.
    if case .unknown = container.state { return .keep(Reason(.active, detail: facts)) }
    if container.isSwarmTask {
      return .keep(Reason(.swarmTask, detail: "\(facts), a task of a swarm service"))
    }
    guard let rule = first(of: policy.rules.containers.stop, matching: container) else {
      return .keep(Reason(.active, detail: facts))
    }
    let stop = Reason(.stopRule, rule: rule, detail: facts)
    let stopped = container.stopped(at: now)
    if !policy.spares(stopped.graceStart, at: now),
      let rule = first(of: policy.rules.containers.remove, matching: stopped)
    {
      return .remove(Reason(.removeRule, rule: rule, detail: facts), stoppingFirst: stop)
    }
    if container.autoRemove {
      return .keep(
        Reason(
          .removesItself, rule: rule,
          detail: "\(facts), started with --rm: stopping it would remove it"))
    }
    return .stop(stop)
  }

  private func first(of rules: [ContainerRule], matching container: Container) -> RuleReference? {
    rules.first { $0.matches(container, at: now) }?.reference
  }
}

extension ContainerID {
  /// Whether both are one container's id, one of them perhaps in its short form.
  func means(_ other: ContainerID) -> Bool {
    guard min(rawValue.utf8.count, other.rawValue.utf8.count) >= 12 else { return self == other }
    return rawValue.hasPrefix(other.rawValue) || other.rawValue.hasPrefix(rawValue)
  }
}

extension Container {
  /// What it is and since when, for people.
  fileprivate func facts(at now: Timestamp) -> String {
    if state.isActive {
      return startedAt.map { "\(state.word) for \(Age.words(now - $0))" } ?? state.word
    }
    if state == .created, finishedAt == nil {
      return "created \(Age.words(now - created)) ago, never started"
    }
    return finishedAt.map { "\(state.word) \(Age.words(now - $0)) ago" } ?? state.word
  }
}
