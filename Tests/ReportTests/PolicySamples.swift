import Inventory
import Plan
import Report

@testable import Policy

/// What the policy tools show.
extension Samples {
  private static func rule(_ line: Int, _ keyPath: String, _ text: String) -> RuleReference {
    RuleReference(file: "idle.yaml", line: line, keyPath: keyPath, text: text)
  }

  static let findings = [
    PolicyFinding(
      kind: .swallowed, rule: rule(9, "remove.images[0]", "unused-for: 14d"),
      message: "can never remove anything: keep.images[0] in line 5 (all: true) keeps all of it",
      suggestion: "narrow that rule, or take this one away"),
    PolicyFinding(
      kind: .duplicate, rule: rule(12, "remove.containers[1]", "status: exited"),
      message: "says the same as remove.containers[0] in line 11",
      suggestion: "take one of them away"),
  ]

  static let difference = PolicyDifference(
    engine: engine, firstPolicy: "default", secondPolicy: "workstation",
    firstFrees: footprint(Bytes(exactly: 512)), secondFrees: footprint(Bytes(exactly: 177_000_512)),
    rows: [
      .init(
        object: .image(shop.id), title: "shop:latest",
        first: .init(decision: .keep, reason: Reason(.noRule, detail: "last used 40 days ago")),
        second: .init(
          decision: .remove,
          reason: Reason(
            .removeRule,
            rule: RuleReference(
              file: "workstation (shipped)", line: 27, keyPath: "remove.images[1]",
              text: "unused-for: 30d"), detail: "last used 40 days ago"))),
      .init(
        object: .container(cache.id), title: "cache",
        first: .init(decision: .keep, reason: Reason(.active, detail: "running for 3 hours")),
        second: .init(
          decision: .stop,
          reason: Reason(
            .stopRule,
            rule: RuleReference(
              file: "workstation (shipped)", line: 20, keyPath: "stop.containers[0]",
              text: "running-for: 1h"), detail: "running for 3 hours"))),
    ])

  static func caseRun() throws -> CaseRun {
    let policy = try RetentionPolicy(
      reading: "version: 1\nremove:\n  images:\n    - unused-for: 14d\n", from: "mine.yaml",
      named: "mine.yaml")
    let table = try CaseTable(
      reading: """
        policy: mine.yaml
        cases:
          - image: { references: "app:1", last-used: 20d }
            expect: remove
            because: remove.images[0]
          - image: { references: "app:1", last-used: 10d }
            expect: remove
        """, from: "mine.test.yaml", at: now)
    return CaseRun(
      file: table.file, policy: policy.name, results: table.results(under: policy))
  }
}
