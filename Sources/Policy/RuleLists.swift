/// The rules for one kind of object, by what they do.
struct RuleLists<Condition: RuleCondition>: Hashable, Sendable {
  private(set) var keep: [Rule<Condition>] = []
  private(set) var stop: [Rule<Condition>] = []
  private(set) var remove: [Rule<Condition>] = []

  subscript(verb: RulePlace.Verb) -> [Rule<Condition>] {
    get {
      switch verb {
      case .keep: keep
      case .stop: stop
      case .remove: remove
      }
    }
    set {
      switch verb {
      case .keep: keep = newValue
      case .stop: stop = newValue
      case .remove: remove = newValue
      }
    }
  }

  mutating func leaveOut(_ references: Set<RuleReference>) {
    for verb in RulePlace.Verb.allCases {
      self[verb].removeAll { references.contains($0.reference) }
    }
  }
}

/// Every rule of a policy.
struct Rules: Hashable, Sendable {
  var containers = RuleLists<ContainerCondition>()
  var images = RuleLists<ImageCondition>()
  var volumes = RuleLists<LeftoverCondition>()
  var networks = RuleLists<LeftoverCondition>()
  var buildCache = RuleLists<LeftoverCondition>()

  /// Whether there is nothing that it could do.
  var areIdle: Bool {
    RulePlace.all.allSatisfy { $0.verb == .keep || references(at: $0).isEmpty }
  }

  func references(at place: RulePlace) -> [RuleReference] {
    switch place.kind {
    case .containers: containers[place.verb].map(\.reference)
    case .images: images[place.verb].map(\.reference)
    case .volumes: volumes[place.verb].map(\.reference)
    case .networks: networks[place.verb].map(\.reference)
    case .buildCache: buildCache[place.verb].map(\.reference)
    }
  }

  /// Takes rules out; the others keep their names.
  mutating func leaveOut(_ references: Set<RuleReference>) {
    containers.leaveOut(references)
    images.leaveOut(references)
    volumes.leaveOut(references)
    networks.leaveOut(references)
    buildCache.leaveOut(references)
  }
}
