import Inventory

typealias ContainerRule = Rule<ContainerCondition>
typealias ImageRule = Rule<ImageCondition>
typealias LeftoverRule = Rule<LeftoverCondition>

/// One rule of a list: all of its clauses must hold.
struct Rule<Condition: RuleCondition>: Hashable, Sendable {
  /// One key with its values.
  struct Clause: Hashable, Sendable {
    /// As the policy says it: `unused-for: 14d`.
    let text: String
    let condition: Condition
  }

  let reference: RuleReference
  let clauses: [Clause]

  init(_ raw: RawRule, at place: RulePlace, _ reader: inout PolicyReader) {
    reference = raw.reference
    var clauses: [Clause] = []
    for entry in raw.entries {
      guard let condition = Condition(entry, at: place, &reader) else { continue }
      clauses.append(Clause(text: entry.text, condition: condition))
    }
    if let unwritten = Condition.unwritten(in: raw, at: place, &reader) {
      clauses.append(unwritten)
    }
    self.clauses = clauses
  }

  func matches(_ subject: Condition.Subject, at now: Timestamp) -> Bool {
    clauses.allSatisfy { $0.condition.holds(for: subject, at: now) }
  }

  /// The clauses that do not hold; none: it matches.
  func failing(_ subject: Condition.Subject, at now: Timestamp) -> [Clause] {
    clauses.filter { !$0.condition.holds(for: subject, at: now) }
  }
}

/// What a key of a rule asks of an object; of a key's values any one will do.
protocol RuleCondition: Hashable, Sendable {
  associatedtype Subject

  /// Reads a key's values; nil, and a problem reported, where they are none.
  init?(_ entry: RawEntry, at place: RulePlace, _ reader: inout PolicyReader)

  /// What a rule asks for besides the keys that are written in it.
  static func unwritten(
    in raw: RawRule, at place: RulePlace, _ reader: inout PolicyReader
  ) -> Rule<Self>.Clause?

  func holds(for subject: Subject, at now: Timestamp) -> Bool

  /// From when on it holds if nothing happens to the object; nil where time alone changes nothing, or
  /// nobody knows since when to count.
  func beginning(for subject: Subject) -> Timestamp?
}

extension RuleCondition {
  static func unwritten(
    in raw: RawRule, at place: RulePlace, _ reader: inout PolicyReader
  ) -> Rule<Self>.Clause? { nil }
}
