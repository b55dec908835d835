import Inventory

/// Judges images: first each for itself, then along the parent links.
struct ImageJudge {
  private let policy: RetentionPolicy
  private let now: Timestamp
  private let images: [Image]
  private let parents: Set<ImageID>
  private let engine: EngineIdentity
  /// Names of the containers that stay, by the image they use.
  private let users: [ImageID: [String]]
  private let ownImages: Set<ImageID>
  private let projects: ProjectImages
  private let isQuiet: Bool
  /// For each keep rule with `newest`, by its place in the list: the images that it holds.
  private var newest: [Int: Set<ImageID>] = [:]

  init(
    policy: RetentionPolicy, now: Timestamp, own: ContainerID?, snapshot: Snapshot,
    containers: [ContainerID: ContainerVerdict]
  ) {
    self.policy = policy
    self.now = now
    images = snapshot.images
    parents = snapshot.parentIDs
    engine = snapshot.engine
    var users: [ImageID: [String]] = [:]
    var ownImages: Set<ImageID> = []
    let witnesses = ContainerJudge(policy: policy, now: now, own: own).witnesses(on: snapshot)
    for container in snapshot.containers {
      if case .remove = containers[container.id] { continue }
      let used = Self.imagesUsed(by: container, of: snapshot.images)
      for id in Set(used).union(witnesses[container.id] ?? []) {
        users[id, default: []].append(container.name)
      }
      if own?.means(container.id) == true { ownImages.formUnion(used) }
    }
    projects = ProjectImages(of: snapshot, containers)
    isQuiet = policy.quietUntil(snapshot).map { now < $0 } ?? false
    self.users = users
    self.ownImages = ownImages
    for (index, rule) in policy.rules.images.keep.enumerated() {
      guard let count = rule.newest else { continue }
      let matching = images.filter { rule.matches(inUse($0), at: now) }
      newest[index] = NewestPerRepository.images(matching, chosenBy: rule, count: count)
    }
  }

  func judge() -> [ImageID: ImageVerdict] {
    var verdicts: [ImageID: ImageVerdict] = [:]
    verdicts.reserveCapacity(images.count)
    for image in images { verdicts[image.id] = verdict(on: image) }
    return ParentLinks(images).settle(verdicts) { orphan in
      policy.takesBuildSteps && orphan.isNameless
        ? .keep(Reason(.noRule, detail: orphan.facts(at: now)))
        : verdict(on: orphan, isParent: false)
    }
  }

  /// Its image by id alone: where its image's name now belongs to another image, the tag has moved
  /// on. Only where an engine tells no id, the name has to do.
  static func imagesUsed(by container: Container, of images: [Image]) -> [ImageID] {
    guard container.imageID.short.isEmpty else { return [container.imageID] }
    let name = ReferencePattern.familiar(container.image)
    return images.filter { image in
      (image.references + image.digests).map(ReferencePattern.familiar).contains {
        $0 == name || $0 == name + ":latest"
      }
    }.map(\.id)
  }

  private func inUse(_ image: Image, isParent: Bool? = nil) -> ImageInUse {
    ImageInUse(
      image: image, isParent: isParent ?? parents.contains(image.id),
      isInUse: users[image.id] != nil, isLocalOnly: engine.isLocalOnly(image))
  }

  private func verdict(on image: Image, isParent: Bool? = nil) -> ImageVerdict {
    if ownImages.contains(image.id) {
      return .keep(Reason(.runsBalai, detail: "balai runs from it"))
    }
    if let names = users[image.id] {
      return .keep(Reason(.inUse, detail: "used by \(names.shortList)"))
    }
    if let project = projects.needing(image) {
      return .keep(Reason(.projectNeeds, detail: "a container of \(project) names it"))
    }
    let judged = inUse(image, isParent: isParent)
    let facts = image.facts(at: now)
    for (index, rule) in policy.rules.images.keep.enumerated() {
      if newest[index]?.contains(image.id) ?? rule.matches(judged, at: now) {
        return .keep(Reason(.keepRule, rule: rule.reference, detail: facts))
      }
    }
    if policy.spares(image.graceStart, at: now) {
      let grace = "within the grace of \(Age.text(policy.grace))"
      return .keep(Reason(.grace, detail: "\(facts), \(grace)"))
    }
    if isQuiet, judged.isDangling, RetentionPolicy.isRecent(image.lastTouched, at: now) {
      return .keep(Reason(.activity, detail: "\(facts), \(RetentionPolicy.activity)"))
    }
    return removal(of: judged, facts)
  }

  /// How each rule for images fares with one of them, once what is removed is gone.
  func weighedRules(
    for image: Image, _ verdicts: [ImageID: ImageVerdict]
  ) -> [WeighedRule] {
    let hasChild = images.contains { $0.parent == image.id && verdicts[$0.id]?.decision != .remove }
    let (before, after) = (inUse(image), inUse(image, isParent: hasChild))
    // One that loses its last child is judged with it and without it.
    var weighed = zip(
      policy.rules.images.weighed(keep: before, remove: before, at: now),
      policy.rules.images.weighed(keep: after, remove: after, at: now)
    ).map { $0.matches ? $0 : $1 }
    for (index, held) in newest where weighed[index].matches && !held.contains(image.id) {
      let rule = policy.rules.images.keep[index]
      let clauses = rule.clauses.filter { if case .newest = $0.condition { true } else { false } }
      weighed[index] = WeighedRule(
        rule: rule.reference, verb: .keep, matches: false, failing: clauses.map(\.text),
        matchesFrom: nil)
    }
    return weighed
  }

  private func removal(of judged: ImageInUse, _ facts: String) -> ImageVerdict {
    var selected: Set<String> = []
    var first: RuleReference?
    for rule in policy.rules.images.remove where rule.matches(judged, at: now) {
      guard rule.takesReferences else {
        return .remove(Reason(.removeRule, rule: rule.reference, detail: facts))
      }
      let references = rule.selected(of: judged.image)
      if first == nil { first = rule.reference }
      selected.formUnion(references)
    }
    guard let first else { return .keep(Reason(.noRule, detail: facts)) }
    let image = judged.image
    let all = image.removableReferences
    if selected.count == Set(all).count {
      return .remove(Reason(.removeRule, rule: first, detail: facts))
    }
    let part = "\(selected.count) of its \(all.count) references"
    return .untag(selected.sorted(), Reason(.removeRule, rule: first, detail: "\(part); \(facts)"))
  }
}

extension Image {
  /// When it was last used, as far as known, for people.
  fileprivate func facts(at now: Timestamp) -> String {
    LastTouch([("last used", lastUsed), ("last tagged", lastTagged), ("first seen", firstSeen)])
      .words(at: now)
  }
}
