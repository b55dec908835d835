import Inventory

/// One object before the judges, and the facts that they are told: changed facts may change the
/// verdict.
struct Hearing {
  let object: ObjectID
  var policy: RetentionPolicy
  var snapshot: Snapshot
  var now: Timestamp
  var own: ContainerID?

  func verdicts() -> Verdicts { policy.verdicts(on: snapshot, at: now, runningIn: own) }

  /// `when`, and the verdict that the object has then; nothing where it is gone then.
  func judged(_ when: String, _ change: (inout Hearing) -> Void) -> [String] {
    var other = self
    change(&other)
    guard let finding = other.verdicts().finding(on: object) else { return [] }
    return ["\(when): \(finding.text)"]
  }

  /// How each rule for its kind fares with the object.
  func weighedRules(_ verdicts: Verdicts) -> [WeighedRule] {
    switch object {
    case .container:
      guard let container else { return [] }
      let isActive = container.state.isActive
      let judge = ContainerJudge(policy: policy, now: now, own: own)
      guard let subject = judge.subjects([container], on: snapshot).first else { return [] }
      return policy.rules.containers.weighed(
        keep: subject, stop: isActive ? subject : nil,
        remove: isActive ? subject.stopped(at: now) : subject, at: now)
    case .image:
      guard let image else { return [] }
      let judge = ImageJudge(
        policy: policy, now: now, own: own, snapshot: snapshot, containers: verdicts.containers)
      return judge.weighedRules(for: image, verdicts.images)
    case .volume: return weighedRules(of: policy.rules.volumes, verdicts)
    case .network: return weighedRules(of: policy.rules.networks, verdicts)
    case .buildCache: return weighedRules(of: policy.rules.buildCache, verdicts)
    }
  }

  private func weighedRules(
    of rules: RuleLists<LeftoverCondition>, _ verdicts: Verdicts
  ) -> [WeighedRule] {
    guard let leftover = leftover(verdicts) else { return [] }
    return rules.weighed(keep: leftover, remove: leftover, at: now)
  }

  /// What the object's grace counts from; nil where nobody knows.
  func graceStart(_ verdicts: Verdicts) -> Timestamp? {
    container?.graceStart ?? image?.graceStart ?? leftover(verdicts)?.graceStart
  }

  var container: Container? { snapshot.containers.first { .container($0.id) == object } }

  private var image: Image? { snapshot.images.first { .image($0.id) == object } }

  private func leftover(_ verdicts: Verdicts) -> Leftover? {
    let judge = LeftoverJudge(
      policy: policy, now: now, snapshot: snapshot, containers: verdicts.containers)
    return (judge.volumes + judge.networks + judge.buildCache).first { $0.object == object }
  }

  /// The containers that stay and use the object.
  func users(_ verdicts: Verdicts) -> [Container] {
    let network = snapshot.networks.first { .network($0.id) == object }
    if case .container(let id) = object {
      return NamespaceUse(snapshot.containers).users(of: id, verdicts.containers)
    }
    let witnesses = ContainerJudge(policy: policy, now: now, own: own).witnesses(on: snapshot)
    return snapshot.containers.filter { container in
      guard verdicts.containers[container.id]?.decision != .remove else { return false }
      return switch object {
      case .image(let id):
        ImageJudge.imagesUsed(by: container, of: snapshot.images).contains(id)
          || witnesses[container.id]?.contains(id) == true
      case .volume(let name): container.volumes.contains(name)
      case .network: network.map { container.networks.contains($0.name) } ?? false
      case .container, .buildCache: false
      }
    }
  }

  /// What stays and was made from the object.
  func children(_ verdicts: Verdicts) -> [(object: ObjectID, name: String)] {
    switch object {
    case .image(let parent):
      snapshot.images.filter {
        $0.parent == parent && $0.id != parent && verdicts.images[$0.id]?.decision != .remove
      }.map { (.image($0.id), $0.references.first ?? $0.id.short) }
    case .buildCache(let parent):
      (snapshot.buildCache ?? []).filter {
        $0.parents.contains(parent) && $0.id != parent
          && verdicts.buildCache[$0.id]?.decision != .remove
      }.map { (.buildCache($0.id), $0.id) }
    case .container, .volume, .network: []
    }
  }
}

extension Snapshot {
  /// Takes containers away: until now they used what they used.
  mutating func drop(_ gone: [Container], at now: Timestamp) {
    let ids = Set(gone.map(\.id))
    let volumes = Set(gone.flatMap(\.volumes))
    let networks = Set(gone.flatMap(\.networks))
    let images = Set(gone.filter(\.state.isActive).map(\.imageID))
    containers.removeAll { ids.contains($0.id) }
    for place in self.volumes.indices where volumes.contains(self.volumes[place].name) {
      self.volumes[place].lastUsed = now
    }
    for place in self.networks.indices where networks.contains(self.networks[place].name) {
      self.networks[place].lastUsed = now
    }
    for place in self.images.indices where images.contains(self.images[place].id) {
      self.images[place].lastUsed = now
    }
  }

  mutating func drop(_ gone: [ObjectID]) {
    let gone = Set(gone)
    images.removeAll { gone.contains(.image($0.id)) }
    buildCache?.removeAll { gone.contains(.buildCache($0.id)) }
  }

  mutating func stop(_ container: ContainerID, at now: Timestamp) {
    for place in containers.indices where containers[place].id == container {
      containers[place] = containers[place].stopped(at: now)
    }
  }

  /// Ends every build that uses a record.
  mutating func endBuilds(using record: ObjectID, at now: Timestamp) {
    for place in buildCache?.indices ?? 0..<0 {
      guard let id = buildCache?[place].id, .buildCache(id) == record else { continue }
      buildCache?[place].inUse = false
      buildCache?[place].lastUsed = now
    }
  }
}
