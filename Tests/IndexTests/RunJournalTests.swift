import Foundation
import Index
import Inventory
import Testing

struct RunJournalTests {
  private func run(_ steps: Int, engine: String = "E|/r") -> RunRecord {
    RunRecord(
      id: 0, engineKey: engine, engineName: "host", policy: "p", startedAt: Timestamp(seconds: 5),
      end: .running, predicted: Bytes(atLeast: 1, atMost: 2),
      steps: (0..<steps).map {
        StepRecord(
          number: $0, action: ActionKind.allCases[$0 % 4],
          object: $0 % 2 == 0 ? .container(ContainerID("c\($0)")) : .image(ImageID("i\($0)")),
          title: "t\($0)", bytes: Bytes(exactly: Int64($0)))
      })
  }

  @Test func everyOutcomeSurvives() throws {
    let index = try HostIndex.inMemory()
    let outcomes: [Outcome] = [
      .done, .gone, .changed("a"), .inUse("b"), .failed("c"), .notTried("d"), .unknown,
    ]
    var expected = run(outcomes.count + 1)
    expected.id = try index.beginRun(expected)
    for (number, outcome) in outcomes.enumerated() {
      try index.intend(run: expected.id, step: number, at: Timestamp(seconds: 6))
      try index.settle(run: expected.id, step: number, as: outcome)
      expected.steps[number].intendedAt = Timestamp(seconds: 6)
      expected.steps[number].outcome = outcome
    }
    #expect(try index.run(expected.id) == expected)
    #expect(try index.unfinishedRuns(of: "E|/r") == [expected])

    try index.endRun(
      expected.id, as: .interrupted, freed: Bytes(exactly: 9), at: Timestamp(seconds: 7))
    (expected.end, expected.freed) = (.interrupted, Bytes(exactly: 9))
    expected.finishedAt = Timestamp(seconds: 7)
    #expect(try index.run(expected.id) == expected)
    #expect(try index.unfinishedRuns(of: "E|/r").isEmpty)
  }

  @Test func runsAreListedNewestFirstAndUnfinishedOnesByEngine() throws {
    let index = try HostIndex.inMemory()
    let first = try index.beginRun(run(2))
    let second = try index.beginRun(run(1, engine: "other"))
    #expect(first < second)
    #expect(try index.runs(limit: 10).map(\.id) == [second, first])
    #expect(try index.runs(limit: 1).map(\.id) == [second])
    #expect(try index.runs(limit: 10).allSatisfy { $0.steps.isEmpty })
    #expect(try index.unfinishedRuns(of: "other").map(\.id) == [second])
    #expect(try index.run(99) == nil)
  }

  /// What is on disk while a process works is what a kill at that moment leaves: files copied in the
  /// middle of the work must open, and hold all that had returned before the copy began.
  @Test func whatHadReturnedIsThereAfterAKillAtAnyMoment() async throws {
    let scratch = Scratch()
    defer { scratch.remove() }
    let index = try HostIndex(at: scratch.path)
    let id = try index.beginRun(run(200))
    for step in 0..<200 {
      try index.intend(run: id, step: step, at: Timestamp(seconds: Int64(step)))
      try index.settle(run: id, step: step, as: .done)
      guard step % 10 == 0 else { continue }
      let copy = scratch.directory + "/copy\(step)"
      try FileManager.default.createDirectory(
        atPath: copy, withIntermediateDirectories: true)
      for suffix in ["", "-wal"] {
        try FileManager.default.copyItem(
          atPath: scratch.path + suffix, toPath: copy + "/index.db" + suffix)
      }
      let steps = try #require(try HostIndex(at: copy + "/index.db").run(id)).steps
      #expect(steps.prefix(step + 1).allSatisfy { $0.outcome == .done })
      #expect(steps.dropFirst(step + 1).allSatisfy { $0.outcome == nil })
    }
  }

  @Test func readersSeeARunWhileItIsWritten() throws {
    let scratch = Scratch()
    defer { scratch.remove() }
    let writer = try HostIndex(at: scratch.path)
    let reader = try HostIndex(at: scratch.path)
    let id = try writer.beginRun(run(3))
    try writer.settle(run: id, step: 1, as: .gone)
    #expect(try reader.run(id)?.steps.map(\.outcome) == [nil, .gone, nil])
  }
}
