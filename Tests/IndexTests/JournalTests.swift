import GRDB
import Inventory
import Testing

@testable import Index

struct JournalTests {
  let index: HostIndex

  init() throws { index = try HostIndex.inMemory() }

  @Test func runIsReadBackAsItWasWritten() throws {
    var run = makeRun(steps: 0)
    let objects: [ObjectID] = [
      .container(containerID(1)), .image(imageID(1)), .volume("v"), .network("n"), .buildCache("b"),
    ]
    let outcomes: [Outcome?] = [
      nil, .done, .gone, .changed("it runs"), .inUse("by c1"), .failed("no space"),
      .notTried("the engine is gone"), .unknown,
    ]
    #expect(outcomes.count >= ActionKind.allCases.count)
    for (number, outcome) in outcomes.enumerated() {
      run.steps.append(
        StepRecord(
          number: number, action: ActionKind.allCases[number % ActionKind.allCases.count],
          object: objects[number % objects.count], title: "t\(number)",
          frees: Footprint(
            content: Bytes(atLeast: 1, atMost: Int64(number + 1)),
            disk: number % 2 == 0 ? nil : Bytes(orMore: Int64(number) * 4_096)),
          intendedAt: outcome == nil ? nil : hour(number), outcome: outcome))
    }
    run.finishedAt = hour(9)
    run.end = .engineLost
    run.freed = Footprint(content: Bytes(atLeast: 3, atMost: 4), disk: nil)
    run.id = try index.beginRun(run)
    #expect(try index.run(run.id) == run)
    #expect(try index.run(run.id + 1) == nil)
  }

  /// Content and blocks, known or not, with an upper end or without: none leaks into the other.
  @Test(arguments: UInt64(1)...20)
  func figuresOfARunAreReadBackAsTheyWereWritten(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    func bytes() -> Bytes {
      let least = Int64.random(in: 0...1 << 50, using: &random)
      return switch Int.random(in: 0..<3, using: &random) {
      case 0: Bytes(exactly: least)
      case 1: Bytes(orMore: least)
      default: Bytes(atLeast: least, atMost: Int64.random(in: 0...1 << 50, using: &random))
      }
    }
    func footprint() -> Footprint {
      Footprint(content: bytes(), disk: Bool.random(using: &random) ? bytes() : nil)
    }
    var run = makeRun(steps: 5)
    run.predicted = footprint()
    for step in run.steps.indices { run.steps[step].frees = footprint() }
    run.id = try index.beginRun(run)
    #expect(try index.run(run.id) == run)

    let measured: Int64? =
      Bool.random(using: &random) ? .random(in: -999...999, using: &random) : nil
    run.freed = footprint()
    (run.end, run.measured, run.finishedAt) = (.complete, measured, hour(1))
    try index.endRun(
      run.id, as: .complete, freed: try #require(run.freed), measured: measured, at: hour(1))
    #expect(try index.run(run.id) == run)
    run.id = try index.beginRun(run)
    #expect(try index.run(run.id) == run, "a run that is written only when it has ended")
  }

  @Test func stepIsIntendedThenSettled() throws {
    let id = try index.beginRun(makeRun(steps: 3))
    try index.intend(run: id, step: 0, at: hour(1))
    try index.settle(run: id, step: 0, as: .done)
    try index.intend(run: id, step: 1, at: hour(2))
    let steps = try #require(try index.run(id)).steps
    #expect(steps.map(\.intendedAt) == [hour(1), hour(2), nil])
    #expect(steps.map(\.outcome) == [.done, nil, nil])
  }

  @Test func runIsUnfinishedUntilItEnds() throws {
    let first = try index.beginRun(makeRun(steps: 1))
    let second = try index.beginRun(makeRun(steps: 2))
    let foreign = try index.beginRun(makeRun(steps: 1, engine: makeEngine("BBBB")))
    let unfinished = try index.unfinishedRuns(of: makeEngine().key)
    #expect(unfinished.map(\.id) == [first, second])
    #expect(unfinished.map(\.steps.count) == [1, 2])
    try index.endRun(
      first, as: .complete, freed: Footprint(content: Bytes(exactly: 7), disk: nil), measured: nil,
      at: hour(3))
    #expect(try index.unfinishedRuns(of: makeEngine().key).map(\.id) == [second])
    #expect(try index.unfinishedRuns(of: makeEngine("BBBB").key).map(\.id) == [foreign])
    let ended = try #require(try index.run(first))
    #expect(ended.end == .complete)
    #expect(ended.finishedAt == hour(3))
    #expect(ended.freed == Footprint(content: Bytes(exactly: 7), disk: nil))
  }

  @Test func runsAreListedNewestFirstWithoutSteps() throws {
    let ids = try (0..<4).map { _ in try index.beginRun(makeRun(steps: 2)) }
    #expect(ids == [1, 2, 3, 4])
    #expect(try index.runs(limit: 3).map(\.id) == [4, 3, 2])
    #expect(try index.runs(limit: 10).allSatisfy { $0.steps.isEmpty })
    #expect(try index.runs(limit: 0).isEmpty)
    #expect(try index.runs(limit: -1).isEmpty)
  }

  @Test func lineAboutAStepThatIsNotPlannedIsRefused() throws {
    let id = try index.beginRun(makeRun(steps: 1))
    let intend = indexError { () throws(IndexError) in
      try index.intend(run: id, step: 1, at: start)
    }
    #expect(intend == .noSuchStep(path: HostIndex.nowhere, run: id, step: 1))
    let settle = indexError { () throws(IndexError) in
      try index.settle(run: id + 1, step: 0, as: .done)
    }
    #expect(settle == .noSuchStep(path: HostIndex.nowhere, run: id + 1, step: 0))
  }

  @Test func dateThatNoBalaiWroteIsDamage() throws {
    let id = try index.beginRun(makeRun(steps: 1))
    for date in [Int64.min, .max] {
      try index.writing { try $0.execute(sql: "UPDATE run SET startedAt = ?", arguments: [date]) }
      let error = indexError { () throws(IndexError) in try index.run(id) }
      guard case .damaged = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func wordThatNoBalaiWroteIsDamage() throws {
    let id = try index.beginRun(makeRun(steps: 1))
    try index.writing { try $0.execute(sql: "UPDATE runStep SET action = 'dance'") }
    let error = indexError { () throws(IndexError) in try index.run(id) }
    guard case .damaged = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let refused = indexError { () throws(IndexError) in
      try index.writing { try $0.execute(sql: "UPDATE runStep SET outcome = 'dance'") }
    }
    #expect(refused != nil)
  }
}

func makeRun(steps: Int, engine: EngineIdentity = makeEngine()) -> RunRecord {
  RunRecord(
    id: 0, engineKey: engine.key, engineName: engine.hostName, policy: "default", startedAt: start,
    end: .running, predicted: Footprint(content: Bytes(exactly: 100), disk: nil),
    steps: (0..<steps).map {
      StepRecord(
        number: $0, action: .removeImage, object: .image(imageID($0)), title: "app:\($0)",
        frees: Footprint(content: Bytes(exactly: 10), disk: nil))
    })
}
