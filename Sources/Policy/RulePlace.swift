import Inventory

/// Which of a policy's lists a rule stands in.
struct RulePlace: Hashable, Sendable {
  enum Verb: String, CaseIterable, Sendable { case keep, stop, remove }

  enum Kind: String, CaseIterable, Sendable {
    case containers, images, volumes, networks
    case buildCache = "build-cache"
  }

  let verb: Verb
  let kind: Kind

  /// Every list that a policy can have, in the order in which it is printed.
  static let all = Verb.allCases.flatMap { verb in
    kinds(for: verb).map { RulePlace(verb: verb, kind: $0) }
  }

  static func kinds(for verb: Verb) -> [Kind] { verb == .stop ? [.containers] : Kind.allCases }

  /// The keys that can have an effect there.
  var keys: [RuleKey] {
    switch (kind, verb) {
    case (.containers, .keep):
      Self.containerKeys + [.stoppedFor, .runningFor, .exitCode]
    case (.containers, .stop): Self.containerKeys + [.runningFor]
    case (.containers, .remove): Self.containerKeys + [.stoppedFor, .exitCode]
    case (.images, .keep): Self.imageKeys + [.newest, .newestBy]
    case (.images, _): Self.imageKeys
    case (.volumes, .keep): [.all, .anonymous, .name, .label, .driver, .unusedFor]
    case (.volumes, _): [.anonymous, .name, .label, .driver, .unusedFor]
    case (.networks, _): [.all, .name, .label, .driver, .createdBefore, .unusedFor]
    case (.buildCache, _): [.all, .type, .shared, .unusedFor]
    }
  }

  private static let containerKeys: [RuleKey] = [
    .all, .label, .name, .status, .ancestor, .composeProject, .createdBefore,
  ]
  private static let imageKeys: [RuleKey] = [
    .all, .label, .reference, .dangling, .intermediate, .localOnly, .largerThan, .createdBefore,
    .unusedFor,
  ]

  /// What a rule there has to say to select everything.
  var everything: String {
    keys.contains(.all) ? "all: true" : "anonymous: true, or name: \"*\" for named volumes too"
  }

  /// The states in which a rule there can find a container: `stop` looks at active ones only, and
  /// `remove` judges every container as it will be once it is stopped.
  var states: [ContainerState] {
    switch verb {
    case .keep: ContainerState.known
    case .stop: ContainerState.known.filter(\.isActive)
    case .remove: ContainerState.known.filter { !$0.isActive }
    }
  }

  /// What is wrong with a key that cannot stand there.
  func complaint(about key: String) -> ValueError {
    guard let misplaced = RuleKey(rawValue: key) else {
      return ValueError(unknown: "key", key, known: keys.map(\.rawValue))
    }
    switch (misplaced, verb) {
    case (.runningFor, .remove) where kind == .containers:
      return ValueError(
        "can never match here: a container is stopped before it is removed; say running-for in a "
          + "stop rule")
    case (.stoppedFor, .stop):
      return ValueError("can never match here: stop rules look at active containers only")
    case (.exitCode, .stop):
      return ValueError("can never match here: what stop rules look at has not ended")
    case (.newest, _) where kind == .images, (.newestBy, _) where kind == .images:
      return ValueError("\(key) says what to keep: it can only stand in keep.images")
    case (.all, _):
      return ValueError(
        "would take named volumes with the data in them; say \(everything)")
    default:
      let owners = Kind.allCases.filter {
        RulePlace(verb: .keep, kind: $0).keys.contains(misplaced)
      }
      return ValueError(
        "is a key for \(owners.map(\.rawValue).joined(last: "and")), not for \(kind.rawValue)")
    }
  }
}

extension [String] {
  /// `a`, `a and b`, `a, b and c`.
  func joined(last word: String) -> String {
    guard count > 1, let last else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " \(word) " + last
  }
}
