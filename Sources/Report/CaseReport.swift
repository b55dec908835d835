import Inventory
package import Policy

/// What came of one table of cases.
package struct CaseRun: Hashable, Sendable {
  package let file: String
  package let policy: String
  package let results: [CaseResult]

  package init(file: String, policy: String, results: [CaseResult]) {
    self.file = file
    self.policy = policy
    self.results = results
  }

  package var passes: Bool { results.allSatisfy(\.passes) }
}

extension Presentation {
  /// One line per case; one that fails is followed by what was found and how each rule fared.
  package func caseRuns(_ runs: [CaseRun]) -> String {
    if format == .json { return json(runs).document }
    var text = ""
    for run in runs {
      for result in run.results { text += lines(self.lines(of: result, in: run)) }
    }
    let all = runs.flatMap(\.results)
    let failed = all.count { !$0.passes }
    let summary =
      failed == 0
      ? "\(Wording.count(all.count, "case")): all as expected"
      : "\(failed) of \(Wording.count(all.count, "case")) failed"
    return text + lines([summary])
  }

  private func lines(of result: CaseResult, in run: CaseRun) -> [String] {
    let tested = result.tested
    let weighing = result.weighing
    let expected = tested.expected.rawValue + (tested.because.map { " because of \($0)" } ?? "")
    let place = "\(run.file):\(tested.line): \(tested.object.kind) \(tested.title)"
    guard !result.passes else { return ["ok      \(place): \(expected)"] }
    let found = "\(weighing.decision.rawValue): \(weighing.reason.words)"
    return [
      "FAILED  \(place): expected \(expected), found \(found) [\(weighing.reason.code.rawValue)]"
    ] + weighing.rules.map { "        \(words(on: $0))" } + weighing.changes.map { "        \($0)" }
  }

  private func words(on weighed: WeighedRule) -> String {
    let rule = "\(weighed.rule.keyPath), line \(weighed.rule.line) (\(weighed.rule.text))"
    if weighed.matches { return "\(rule) matches" }
    let failing = weighed.failing.joined(separator: ", ")
    let from = weighed.matchesFrom.map { ", would from \($0.rfc3339) on" } ?? ""
    return "\(rule) does not match" + (failing.isEmpty ? "" : ": \(failing)") + from
  }

  private func json(_ runs: [CaseRun]) -> JSON {
    [
      "formatVersion": JSON.formatVersion,
      "tests": .list(runs) { run in
        [
          "file": .string(run.file), "policy": .string(run.policy), "ok": .bool(run.passes),
          "cases": .list(run.results, json),
        ]
      },
    ]
  }

  private func json(_ result: CaseResult) -> JSON {
    [
      "line": .count(result.tested.line),
      "kind": .string(result.tested.object.kind),
      "name": .string(result.tested.title),
      "ok": .bool(result.passes),
      "expected": .string(result.tested.expected.rawValue),
      "because": .text(result.tested.because),
      "found": .string(result.weighing.decision.rawValue),
      "reason": .reason(result.weighing.reason),
    ]
  }
}
