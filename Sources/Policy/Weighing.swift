package import Inventory

/// Why an object has its verdict, and what would give it another one.
package struct Weighing: Hashable, Sendable {
  package let object: ObjectID
  package let decision: Decision
  package let reason: Reason
  /// Every rule of the lists for its kind: those of `keep`, of `stop`, of `remove`.
  package let rules: [WeighedRule]
  /// Lower-case phrases, such as `without the rule keep.images[0]: remove (remove.images[1])`. What
  /// follows a colon was judged again under that condition, not guessed. They hold names that come
  /// from strangers: not yet safe to print.
  package let changes: [String]
}

/// How one rule fares with one object.
package struct WeighedRule: Hashable, Sendable {
  package let rule: RuleReference
  /// What the rule's list does: keep, stop or remove.
  package let verb: Decision
  package let matches: Bool
  /// The keys that do not match, as they are written: `unused-for: 14d`. Empty where it matches, and
  /// where a stop rule meets a container that is not active.
  package let failing: [String]
  /// From when on it matches if nothing happens to the object; nil where time alone changes nothing.
  package let matchesFrom: Timestamp?
}

extension RetentionPolicy {
  /// Weighs every rule that concerns an object, and what would change its verdict; nil where a
  /// snapshot has no such object.
  ///
  /// Verdict and reason are those of `verdicts(on:at:runningIn:)`. Judges the whole snapshot several
  /// times: for one object at a time.
  package func weighing(
    of object: ObjectID, on snapshot: Snapshot, at now: Timestamp, runningIn own: ContainerID?
  ) -> Weighing? {
    let hearing = Hearing(object: object, policy: self, snapshot: snapshot, now: now, own: own)
    let verdicts = hearing.verdicts()
    guard let finding = verdicts.finding(on: object) else { return nil }
    let rules = hearing.weighedRules(verdicts)
    return Weighing(
      object: object, decision: finding.decision, reason: finding.reason, rules: rules,
      changes: hearing.changes(of: finding, rules, verdicts))
  }
}

/// What was found on one object.
struct Finding {
  let decision: Decision
  let reason: Reason

  /// `remove (remove.images[1])`.
  var text: String {
    let why = reason.code == .noRule ? "no rule selects it" : reason.detail
    return "\(decision.rawValue) (\(reason.rule?.keyPath ?? why))"
  }
}

extension Verdicts {
  func finding(on object: ObjectID) -> Finding? {
    switch object {
    case .container(let id):
      containers[id].map { Finding(decision: $0.decision, reason: $0.reason) }
    case .image(let id): images[id].map { Finding(decision: $0.decision, reason: $0.reason) }
    case .volume(let name):
      volumes[name].map { Finding(decision: $0.decision, reason: $0.reason) }
    case .network(let id):
      networks[id].map { Finding(decision: $0.decision, reason: $0.reason) }
    case .buildCache(let id):
      buildCache[id].map { Finding(decision: $0.decision, reason: $0.reason) }
    }
  }
}

extension RuleLists {
  /// How each rule fares; `stop` is nil where stop rules have nothing to look at.
  func weighed(
    keep: Condition.Subject, stop: Condition.Subject? = nil, remove: Condition.Subject,
    at now: Timestamp
  ) -> [WeighedRule] {
    self.keep.map { $0.weighed(.keep, keep, at: now) }
      + self.stop.map { $0.weighed(.stop, stop, at: now) }
      + self.remove.map { $0.weighed(.remove, remove, at: now) }
  }
}

extension Rule {
  fileprivate func weighed(
    _ verb: Decision, _ subject: Condition.Subject?, at now: Timestamp
  ) -> WeighedRule {
    guard let subject else {
      return WeighedRule(
        rule: reference, verb: verb, matches: false, failing: [], matchesFrom: nil)
    }
    let failing = failing(subject, at: now)
    let beginnings = failing.compactMap { $0.condition.beginning(for: subject) }
    return WeighedRule(
      rule: reference, verb: verb, matches: failing.isEmpty, failing: failing.map(\.text),
      matchesFrom: beginnings.count == failing.count ? beginnings.max() : nil)
  }
}
