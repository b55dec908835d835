import Inventory

/// A key of a rule.
enum RuleKey: String, CaseIterable, Hashable, Sendable {
  case all
  case label
  case name
  case status
  case reference
  case dangling
  case createdBefore = "created-before"
  case stoppedFor = "stopped-for"
  case runningFor = "running-for"
  case unusedFor = "unused-for"
  case newest
}

/// Which of a policy's lists a rule stands in.
struct RulePlace: Hashable, Sendable {
  enum Verb: String, CaseIterable, Sendable { case keep, stop, remove }
  enum Kind: String, CaseIterable, Sendable { case containers, images }

  let verb: Verb
  let kind: Kind

  /// The keys that can have an effect there.
  var keys: [RuleKey] {
    switch (kind, verb) {
    case (.containers, .keep):
      [.all, .label, .name, .status, .createdBefore, .stoppedFor, .runningFor]
    case (.containers, .stop): [.all, .label, .name, .status, .createdBefore, .runningFor]
    case (.containers, .remove): [.all, .label, .name, .status, .createdBefore, .stoppedFor]
    case (.images, .keep):
      [.all, .label, .reference, .dangling, .createdBefore, .unusedFor, .newest]
    case (.images, _): [.all, .label, .reference, .dangling, .createdBefore, .unusedFor]
    }
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
    let known = keys.map(\.rawValue)
    guard let misplaced = RuleKey(rawValue: key) else {
      let suggestion = Suggestion.nearest(to: key, in: known)
      let all = suggestion == nil ? "; known here: " + known.joined(separator: ", ") : ""
      return ValueError("unknown key \(key.inQuotes)\(all)", suggestion: suggestion)
    }
    switch (misplaced, verb) {
    case (.runningFor, .remove) where kind == .containers:
      return ValueError(
        "can never match here: a container is stopped before it is removed; say running-for in a "
          + "stop rule")
    case (.stoppedFor, .stop):
      return ValueError("can never match here: stop rules look at active containers only")
    case (.newest, _) where kind == .images:
      return ValueError("newest says what to keep: it can only stand in keep.images")
    default:
      let other: Kind = kind == .containers ? .images : .containers
      return ValueError("is a key for \(other.rawValue), not for \(kind.rawValue)")
    }
  }
}
