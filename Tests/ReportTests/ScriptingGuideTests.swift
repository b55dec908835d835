import Foundation
import Inventory
import Testing

@testable import Report

/// `docs/scripting.md` is the contract with scripts: what it shows is what Balai writes.
@Suite struct ScriptingGuideTests {
  /// The documents that the guide shows, by the name that stands above each.
  static let samples: [(name: String, text: String)] = [
    (
      "plan",
      Samples.json().plan(
        Samples.plan(steps: [Samples.steps[3]], kept: [Samples.kept[0]]))
    ),
    ("df", Samples.json(verbose: true).diskUsage(Samples.usage)),
    ("groups", Samples.json().groups(Samples.groups, by: .repository)),
    ("explain", Samples.json().explanation(Samples.explanation)),
    ("images", Samples.json().images([Samples.imageRows[0]])),
    ("ps", Samples.json().containers([Samples.containerRows[1]])),
    ("run", Samples.json().run(Samples.run(outcomes: [.done, .failed("device is busy")]))),
    ("history", Samples.json().history([Samples.run()])),
    ("index", Samples.json().index(Samples.snapshot, knowing: Samples.remembered)),
    ("policy-ls", Samples.json().policies(Samples.policies)),
    ("policy-check", Samples.json().policyChecks(Samples.checks)),
    ("policy-show", Samples.json().policy(named: "mine", text: "version: 1\n")),
    ("policy-diff", Samples.json().difference(Samples.difference)),
    ("policy-test", (try? Samples.json().caseRuns([Samples.caseRun()])) ?? ""),
    (
      "error",
      Samples.json().failure(
        "cannot reach the engine at unix:///var/run/docker.sock", status: .engineUnavailable)
    ),
  ]

  private static func opening(_ name: String) -> String { "<!-- sample: \(name) -->\n```json\n" }

  @Test func everySampleIsWhatBalaiWrites() throws {
    var guide = try String(contentsOf: GoldenFile.scriptingGuide, encoding: .utf8)
    for sample in Self.samples {
      let start = try #require(
        guide.range(of: Self.opening(sample.name)), "no sample of \(sample.name)")
      let end = try #require(guide.range(of: "```\n", range: start.upperBound..<guide.endIndex))
      if GoldenFile.isRecording {
        guide.replaceSubrange(start.upperBound..<end.lowerBound, with: sample.text)
      } else {
        #expect(guide[start.upperBound..<end.lowerBound] == sample.text)
      }
    }
    #expect(guide.components(separatedBy: "<!-- sample: ").count - 1 == Self.samples.count)
    if GoldenFile.isRecording {
      try Data(guide.utf8).write(to: GoldenFile.scriptingGuide)
      Issue.record("recorded the samples of the guide; look at them and run again")
    }
  }

  @Test func everySampleIsJSON() throws {
    for sample in Self.samples {
      let value = try JSONSerialization.jsonObject(with: Data(sample.text.utf8))
      let object = try #require(value as? [String: Any])
      #expect(sample.name == "error" || object["formatVersion"] as? Int == 1)
    }
  }

  @Test func exitStatusesAreTheDocumentedOnes() throws {
    let guide = try String(contentsOf: GoldenFile.scriptingGuide, encoding: .utf8)
    let rows = guide.matches(of: /\| (\d+) \| (.+) \|\n/).map { "\($0.1) \($0.2)" }
    #expect(rows == ExitStatus.allCases.map { "\($0.rawValue) \($0.meaning)" })
  }
}
