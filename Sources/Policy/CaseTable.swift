package import Inventory

/// A table of cases that is kept beside a policy: given this object, expect this verdict.
package struct CaseTable: Hashable, Sendable {
  package let file: String
  /// The policy that it speaks of, as it names it: a file, or a shipped one.
  package let policy: String
  /// What all its ages count back from.
  package let now: Timestamp
  package let cases: [PolicyCase]

  /// Reads a table's YAML, and throws all of its problems at once.
  ///
  /// - Parameter now: the time where the table does not name one.
  package init(reading text: String, from file: String, at now: Timestamp) throws(PolicyError) {
    var reader = CaseReader(file: file, now: now)
    let content = try reader.read(text)
    self.file = file
    policy = content.policy
    self.now = reader.now
    cases = content.cases
  }

  /// Judges every case, each on a host of its own.
  package func results(under policy: RetentionPolicy) -> [CaseResult] {
    cases.compactMap { one in
      policy.weighing(of: one.object, on: one.host, at: now, runningIn: nil).map {
        CaseResult(tested: one, weighing: $0)
      }
    }
  }
}

/// One case of a table.
package struct PolicyCase: Hashable, Sendable {
  /// From 1.
  package let line: Int
  package let object: ObjectID
  /// What a person calls it: not yet safe to print.
  package let title: String
  package let expected: Decision
  /// The rule that must have decided (`keep.images[0]`), or the code of the reason; nil: any.
  package let because: String?
  /// A host with the object and what the case puts beside it.
  package let host: Snapshot
}

/// What came of one case.
package struct CaseResult: Hashable, Sendable {
  package let tested: PolicyCase
  package let weighing: Weighing

  package init(tested: PolicyCase, weighing: Weighing) {
    self.tested = tested
    self.weighing = weighing
  }

  package var passes: Bool {
    guard weighing.decision == tested.expected else { return false }
    guard let because = tested.because else { return true }
    return because == weighing.reason.rule?.keyPath || because == weighing.reason.code.rawValue
  }
}
