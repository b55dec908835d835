import Inventory

/// A key's condition about which something can be said without any object at hand.
protocol ProvableCondition: RuleCondition {
  /// Whether whatever this condition holds for, the other one holds for too; false where that is not
  /// certain.
  func implies(_ other: Self) -> Bool

  /// Whether a stop can change it, so that a `keep` rule may not hold for what a `remove` rule sees
  /// after the stop.
  var changesWithStop: Bool { get }

  /// Why no object can have all of these at once; nil where one may.
  static func contradiction(in conditions: [Self], at place: RulePlace) -> String?
}

extension ContainerCondition: ProvableCondition {
  func implies(_ other: Self) -> Bool {
    switch (self, other) {
    case (_, .all): true
    case (.label(let own), .label(let others)): own.allImply(others)
    case (.name(let own), .name(let others)): Set(own).isSubset(of: others)
    case (.status(let own), .status(let others)): Set(own).isSubset(of: others)
    case (.createdBefore(let own), .createdBefore(let other)): own.implies(other)
    case (.stoppedFor(let own), .stoppedFor(let other)): own >= other
    case (.runningFor(let own), .runningFor(let other)): own >= other
    default: self == other
    }
  }

  var changesWithStop: Bool {
    switch self {
    case .status, .stoppedFor, .runningFor: true
    default: false
    }
  }

  static func contradiction(in conditions: [Self], at place: RulePlace) -> String? {
    var states: [ContainerState]?
    var (stopped, running) = (false, false)
    for condition in conditions {
      switch condition {
      case .status(let named): states = named
      case .stoppedFor: stopped = true
      case .runningFor: running = true
      default: break
      }
    }
    if stopped, running {
      return "no container is both stopped (stopped-for) and active (running-for)"
    }
    guard let states else { return nil }
    let words = states.map(\.word).joined(last: "or")
    if stopped, states.allSatisfy(\.isActive) { return "what is \(words) has no stopped-for" }
    if running, !states.contains(where: \.isActive) { return "what is \(words) has no running-for" }
    return nil
  }
}

extension ImageCondition: ProvableCondition {
  func implies(_ other: Self) -> Bool {
    switch (self, other) {
    // The newest are only some of those that match, and once an image's children are gone it may be
    // dangling though it was not when the keep rules looked at it.
    case (_, .newest), (_, .dangling(true)): false
    case (_, .all): true
    case (.label(let own), .label(let others)): own.allImply(others)
    case (.named(let own), .named(let others)), (.taken(let own), .named(let others)),
      (.taken(let own), .taken(let others)):
      Set(own).isSubset(of: others)
    case (.createdBefore(let own), .createdBefore(let other)): own.implies(other)
    case (.unusedFor(let own), .unusedFor(let other)): own >= other
    default: self == other
    }
  }

  var changesWithStop: Bool { false }

  static func contradiction(in conditions: [Self], at place: RulePlace) -> String? {
    guard conditions.contains(.dangling(true)) else { return nil }
    for condition in conditions {
      switch condition {
      case .newest:
        return "a dangling image has no repository, so it is never among the newest of one"
      case .named(let patterns), .taken(let patterns):
        guard patterns.contains(where: \.namesDigest) else {
          return "a dangling image has no tag, and none of the patterns speaks of digests (name@*)"
        }
      default: break
      }
    }
    return nil
  }
}

extension LeftoverCondition: ProvableCondition {
  func implies(_ other: Self) -> Bool {
    switch (self, other) {
    case (_, .all): true
    case (.label(let own), .label(let others)): own.allImply(others)
    case (.name(let own), .name(let others)): Set(own).isSubset(of: others)
    case (.driver(let own), .driver(let others)): Set(own).isSubset(of: others)
    case (.type(let own), .type(let others)): Set(own).isSubset(of: others)
    case (.createdBefore(let own), .createdBefore(let other)): own.implies(other)
    case (.unusedFor(let own), .unusedFor(let other)): own >= other
    default: self == other
    }
  }

  var changesWithStop: Bool { false }

  static func contradiction(in conditions: [Self], at place: RulePlace) -> String? {
    guard place == RulePlace(verb: .remove, kind: .networks) else { return nil }
    for case .name(let globs) in conditions {
      let names = globs.compactMap(\.literal)
      if names.count == globs.count, names.allSatisfy(Network.builtInNames.contains) {
        return "the engine made \(names.joined(last: "and")) for itself, and it is never touched"
      }
    }
    return nil
  }
}

extension [LabelPattern] {
  /// Whether any labels that one of these matches, one of the others matches too.
  fileprivate func allImply(_ others: [LabelPattern]) -> Bool {
    allSatisfy { own in others.contains { own.implies($0) } }
  }
}

extension CreationLimit {
  fileprivate func implies(_ other: Self) -> Bool {
    switch (self, other) {
    case (.age(let own), .age(let other)): own >= other
    case (.date(let own), .date(let other)): own <= other
    default: false
    }
  }
}
