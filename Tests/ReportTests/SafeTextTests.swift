import Foundation
import Inventory
import Plan
import TestSupport
import Testing

@testable import Policy
@testable import Report

@Suite struct SafeTextTests {
  /// What must never reach a terminal, written down apart from the code under test.
  static func mayReachATerminal(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1f, 0x7f...0x9f: false
    case 0xad, 0x61c, 0x115f, 0x1160, 0x3164: false
    case 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfff9...0xfffb: false
    case 0xe0000...0xe0fff: false
    default: true
    }
  }

  @Test func noControlOrBidiScalarEverSurvives() {
    var random = SeededGenerator(seed: 20)
    for _ in 0..<2_000 {
      let text = random.text(length: 40)
      #expect(SafeText(text).description.unicodeScalars.allSatisfy(Self.mayReachATerminal))
      #expect(
        SafeText.paragraph(text).unicodeScalars.allSatisfy {
          $0 == "\n" || Self.mayReachATerminal($0)
        })
    }
  }

  @Test func harmlessTextStaysAsItIs() {
    let text = "registry.example.com:5000/größe/日本@sha256:07ab — «ok» \\n"
    #expect(SafeText(text).description == text)
  }

  @Test(arguments: [
    ("a\nb", "a\\nb"), ("\r", "\\r"), ("\t", "\\t"), ("\u{1b}[31m", "\\x1b[31m"),
    ("\u{7}", "\\x07"), ("\u{9b}2J", "\\x9b2J"), ("a\u{202e}b", "a\\u{202e}b"),
    ("\r\n", "\\r\\n"),
  ])
  func escapesCanBeRead(raw: String, shown: String) {
    #expect(SafeText(raw).description == shown)
  }

  @Test func paragraphKeepsItsLinesOnly() {
    #expect(SafeText.paragraph("a:\r\n\tb\u{1b}\n") == "a:\n  b\\x1b\n")
  }

  /// Every report, fed with hostile names, lets none of them through: in tables nor in JSON.
  @Test(arguments: [
    "evil\u{1b}]0;x\u{7}\n\u{202e}gpj\u{9b}2J\u{2028}\u{200b}\u{7f}\u{e0041}",
    "\"'<script>\\&amp;`$(x)\u{0}{\"a\":1}",
    String(repeating: "long\u{2066}\u{1b}[8m", count: 5_000),
  ])
  func noReportPassesHostileTextOn(hostile: String) throws {
    for presentation in [
      Samples.text(verbose: true), Samples.text(truncates: false), Samples.text(idsOnly: true),
      Samples.json(verbose: true),
    ] {
      let reports = HostileReports(text: hostile).all(by: presentation)
      #expect(reports.count == 17)
      for report in reports {
        #expect(report.hasSuffix("\n"))
        #expect(
          report.unicodeScalars.allSatisfy { $0 == "\n" || Self.mayReachATerminal($0) })
        #expect(!report.contains("\ngpj"))
        if presentation.format == .json {
          _ = try JSONSerialization.jsonObject(with: Data(report.utf8))
        }
      }
    }
  }
}

/// One of every report, with the same text wherever strangers can put one.
struct HostileReports {
  let text: String

  func all(by presentation: Presentation) -> [String] {
    [
      presentation.plan(plan), presentation.diskUsage(usage), presentation.images([image]),
      presentation.containers([container]), presentation.result(of: run),
      presentation.history([run]), presentation.run(run),
      presentation.result(of: undo), presentation.history([undo]), presentation.run(undo),
      presentation.policies([PolicySummary(name: text, description: text, source: text)]),
      presentation.policyChecks([PolicyCheck(file: text, problems: [text])]),
      presentation.difference(difference), presentation.caseRuns([caseRun]),
      presentation.policy(named: text, text: text),
      presentation.index(
        Snapshot(engine: engine, takenAt: Samples.now, images: [], containers: []),
        knowing: .nothing),
      presentation.failure(text, status: .couldNotRun),
    ]
  }

  private var engine: EngineIdentity {
    EngineIdentity(
      kind: .docker, id: text, hostName: text, rootDirectory: text, serverVersion: text,
      apiVersion: text, storageDriver: text, imageStore: .containerd)
  }

  private var image: ImageUsage {
    ImageUsage(
      image: Image(id: ImageID(text), references: [text + ":" + text], size: 1), shared: .zero,
      unique: .zero, containers: [text], verdict: text, reason: text)
  }

  private var container: ContainerUsage {
    ContainerUsage(
      container: Container(
        id: ContainerID(text), name: text, image: text, imageID: ImageID(text),
        state: .unknown(text), status: text, command: text, created: Samples.now, volumes: [text]),
      unique: .zero, logs: nil, verdict: text, reason: text)
  }

  private var reason: Reason {
    Reason(
      .removeRule, rule: RuleReference(file: text, line: 1, keyPath: text, text: text),
      detail: text)
  }

  private var difference: PolicyDifference {
    PolicyDifference(
      engine: engine, firstPolicy: text, secondPolicy: text, firstFrees: .zero, secondFrees: .zero,
      rows: [
        .init(
          object: .volume(text), title: text, first: .init(decision: .keep, reason: reason),
          second: .init(decision: .untag, reason: reason, untagged: [text]))
      ])
  }

  private var caseRun: CaseRun {
    let tested = PolicyCase(
      line: 1, object: .volume(text), title: text, expected: .remove, because: text,
      host: Snapshot(engine: engine, takenAt: Samples.now, images: [], containers: []))
    let weighing = Weighing(
      object: .volume(text), decision: .keep, reason: reason,
      rules: [
        WeighedRule(
          rule: RuleReference(file: text, line: 1, keyPath: text, text: text), verb: .keep,
          matches: false, failing: [text], matchesFrom: nil)
      ], changes: [text])
    return CaseRun(
      file: text, policy: text, results: [CaseResult(tested: tested, weighing: weighing)])
  }

  private var plan: RemovalPlan {
    let step = PlannedStep(
      number: 0, wave: 0, action: .removeImage, object: .image(ImageID(text)), reference: text,
      title: text,
      reason: reason, frees: .zero, restorability: .archived,
      saves: Bytes(exactly: 1), expected: .image(ExpectedImage(image.image, children: [])))
    return RemovalPlan(
      engine: engine, policy: PolicyReference(name: text, digest: text), createdAt: Samples.now,
      stopTimeout: nil, steps: [step],
      kept: [KeptObject(object: .volume(text), title: text, reason: reason)], notes: [text],
      archive: ArchivePlan(directory: text, keepFor: 1))
  }

  private var usage: DiskUsage {
    DiskUsage(
      engine: engine, kinds: [], storage: [],
      remainder: .init(
        root: text, whole: 1, orphanedLayers: 0,
        strays: [DiskReading.Stray(path: text, blocks: 1)], engineFiles: 0), policy: text,
      byPolicy: .zero, notes: [text], images: [image],
      containers: [container],
      volumes: [
        VolumeUsage(
          volume: Volume(name: text, driver: text), holds: .zero, containers: [text], verdict: text,
          reason: text)
      ],
      buildCache: [
        BuildCacheUsage(
          record: BuildCacheRecord(
            id: text, type: text, description: text, parents: [text], size: 1),
          unique: .zero, verdict: text, reason: text)
      ])
  }

  private var run: RunRecord {
    let outcomes: [Outcome?] = [
      .done, .changed(text), .inUse(text), .failed(text), .notTried(text), .unknown, .gone, nil,
    ]
    return RunRecord(
      id: 1, engineKey: text, engineName: text, policy: text, startedAt: Samples.now,
      end: .complete, predicted: .zero,
      steps: outcomes.enumerated().map {
        StepRecord(
          number: $0, action: .removeImage, object: .network(text), title: text, frees: .zero,
          restorability: .lost(.image), outcome: $1)
      })
  }

  private var undo: RunRecord {
    var undo = run
    undo.undoes = 1
    return undo
  }
}
