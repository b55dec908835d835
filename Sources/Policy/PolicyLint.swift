/// A rule that can be read and does nothing, or nothing that another rule does not do already.
package struct PolicyFinding: Hashable, Sendable, CustomStringConvertible {
  package enum Kind: String, Hashable, Sendable {
    /// No object can match it.
    case neverMatches = "never-matches"
    /// A `keep` rule keeps all that it could select.
    case swallowed
    /// The same rule stands in the list before it.
    case duplicate
  }

  package let kind: Kind
  package let rule: RuleReference
  package let message: String
  /// What to do about it.
  package let suggestion: String

  /// `14: remove.images[0]: can never match: …; take it away`.
  package var description: String { "\(rule.line): \(rule.keyPath): \(message); \(suggestion)" }
}

extension RetentionPolicy {
  /// The rules that cannot have an effect, by line. Only what is certain for every host; they make a
  /// policy no less usable.
  package var findings: [PolicyFinding] {
    let hasStopRules = !rules.containers.stop.isEmpty
    let all =
      rules.containers.findings(for: .containers, hasStopRules)
      + rules.images.findings(for: .images, hasStopRules)
      + rules.volumes.findings(for: .volumes, hasStopRules)
      + rules.networks.findings(for: .networks, hasStopRules)
      + rules.buildCache.findings(for: .buildCache, hasStopRules) + archiveFindings
    return all.sorted { $0.rule.line < $1.rule.line }
  }
}

extension RuleLists where Condition: ProvableCondition {
  fileprivate func findings(
    for kind: RulePlace.Kind, _ hasStopRules: Bool
  ) -> [PolicyFinding] {
    RulePlace.Verb.allCases.flatMap { verb in
      let place = RulePlace(verb: verb, kind: kind)
      return self[verb].indices.compactMap { finding(on: $0, at: place, hasStopRules) }
    }
  }

  /// The first thing that makes a rule idle: it would hide the others.
  private func finding(
    on index: Int, at place: RulePlace, _ hasStopRules: Bool
  ) -> PolicyFinding? {
    let rule = self[place.verb][index]
    let conditions = rule.clauses.map(\.condition)
    if let why = Condition.contradiction(in: conditions, at: place) {
      return PolicyFinding(
        kind: .neverMatches, rule: rule.reference, message: "can never match: \(why)",
        suggestion: "take one of the keys away, or make two rules of them")
    }
    if place.verb != .keep,
      let keep = keep.first(where: { rule.isSwallowed(by: $0, at: place, hasStopRules) })
    {
      let keeper = "\(keep.reference.keyPath) in line \(keep.reference.line)"
      let effect = place.verb == .stop ? "stop" : "remove"
      return PolicyFinding(
        kind: .swallowed, rule: rule.reference,
        message: "can never \(effect) anything: \(keeper) (\(keep.reference.text)) keeps all of it",
        suggestion: "narrow that rule, or take this one away")
    }
    if let first = self[place.verb][..<index].first(where: { $0.saysTheSame(as: rule) }) {
      return PolicyFinding(
        kind: .duplicate, rule: rule.reference,
        message: "says the same as \(first.reference.keyPath) in line \(first.reference.line)",
        suggestion: "take one of them away")
    }
    return nil
  }
}

extension Rule where Condition: ProvableCondition {
  /// Whether a keep rule holds for all that this rule selects.
  fileprivate func isSwallowed(
    by keep: Rule, at place: RulePlace, _ hasStopRules: Bool
  ) -> Bool {
    keep.clauses.allSatisfy { kept in
      // What is stopped first is judged by remove rules as it will be then, by keep rules as it is.
      if place.verb == .remove, hasStopRules, kept.condition.changesWithStop { return false }
      return clauses.contains { $0.condition.implies(kept.condition) }
    }
  }

  fileprivate func saysTheSame(as other: Rule) -> Bool {
    Set(clauses.map(\.condition)) == Set(other.clauses.map(\.condition))
  }
}
