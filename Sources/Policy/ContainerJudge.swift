import Inventory

/// Judges containers: each for itself, and then those whose namespaces others use with these.
struct ContainerJudge {
  let policy: RetentionPolicy
  let now: Timestamp
  let own: ContainerID?

  func judge(_ snapshot: Snapshot) -> [ContainerID: ContainerVerdict] {
    var verdicts: [ContainerID: ContainerVerdict] = [:]
    verdicts.reserveCapacity(snapshot.containers.count)
    for subject in subjects(snapshot.containers, on: snapshot) {
      verdicts[subject.container.id] = verdict(on: subject)
    }
    NamespaceUse(snapshot.containers).keepHosts(in: &verdicts)
    return verdicts
  }

  /// Containers of a snapshot, with the images they come from where a rule asks for them.
  func subjects(_ containers: [Container], on snapshot: Snapshot) -> [ContainerFromImages] {
    Ancestry(snapshot, isAsked: policy.rules.containers.askForAncestors).subjects(containers)
  }

  /// By container, the images by which keep rules know it: were one of them removed, the next run would
  /// no longer see that a rule keeps the container, or will when its other keys match.
  func witnesses(on snapshot: Snapshot) -> [ContainerID: Set<ImageID>] {
    let patterns = policy.rules.containers.keep.flatMap(\.ancestors)
    guard !patterns.isEmpty else { return [:] }
    var witnesses: [ContainerID: Set<ImageID>] = [:]
    for subject in subjects(snapshot.containers, on: snapshot) {
      let images = subject.images.filter { image in patterns.contains { $0.names(image) } }
      if !images.isEmpty { witnesses[subject.container.id] = Set(images.map(\.id)) }
    }
    return witnesses
  }

  private func verdict(on subject: ContainerFromImages) -> ContainerVerdict {
    let container = subject.container
    if own?.means(container.id) == true {
      return .keep(Reason(.runsBalai, detail: "balai runs in it"))
    }
    let facts = container.facts(at: now)
    if let rule = first(of: policy.rules.containers.keep, matching: subject) {
      return .keep(Reason(.keepRule, rule: rule, detail: facts))
    }
    if policy.spares(container.graceStart, at: now) {
      let grace = "within the grace of \(Age.text(policy.grace))"
      return .keep(Reason(.grace, detail: "\(facts), \(grace)"))
    }
    return container.state.isActive
      ? verdictOnActive(subject, facts) : verdictOnInactive(subject, facts)
  }

  private func verdictOnInactive(
    _ subject: ContainerFromImages, _ facts: String
  ) -> ContainerVerdict {
    guard let rule = first(of: policy.rules.containers.remove, matching: subject) else {
      return .keep(Reason(.noRule, detail: facts))
    }
    return .remove(Reason(.removeRule, rule: rule, detail: facts), stoppingFirst: nil)
  }

  private func verdictOnActive(
    _ subject: ContainerFromImages, _ facts: String
  ) -> ContainerVerdict {
    let container = subject.container
    // Nobody knows what an engine does to a container in a state that Balai does not know.
    if case .unknown = container.state { return .keep(Reason(.active, detail: facts)) }
    if container.isSwarmTask {
      return .keep(Reason(.swarmTask, detail: "\(facts), a task of a swarm service"))
    }
    guard let rule = first(of: policy.rules.containers.stop, matching: subject) else {
      return .keep(Reason(.active, detail: facts))
    }
    let stop = Reason(.stopRule, rule: rule, detail: facts)
    let stopped = subject.stopped(at: now)
    if !policy.spares(stopped.container.graceStart, at: now),
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

  private func first(
    of rules: [ContainerRule], matching subject: ContainerFromImages
  ) -> RuleReference? {
    rules.first { $0.matches(subject, at: now) }?.reference
  }
}

extension RuleLists<ContainerCondition> {
  /// Whether some rule speaks of the images that containers come from.
  fileprivate var askForAncestors: Bool {
    (keep + stop + remove).contains { !$0.ancestors.isEmpty }
  }
}

extension ContainerRule {
  /// The values of its `ancestor` key.
  fileprivate var ancestors: [AncestorPattern] {
    var found: [AncestorPattern] = []
    for case .ancestor(let patterns) in clauses.map(\.condition) { found += patterns }
    return found
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
