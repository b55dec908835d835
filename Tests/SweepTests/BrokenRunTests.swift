import Engine
import Foundation
import Inventory
import Plan
import Sweep
import TestSupport
import Testing

struct BrokenRunTests {
  private func host(_ count: Int = 40) -> FakeEngine.Contents {
    var contents = FakeEngine.Contents()
    for number in 0..<count {
      contents.containers["c\(number)"] = FakeEngine.Box(
        name: "c\(number)", image: "sha256:i", state: "exited")
    }
    return contents
  }

  @Test func lostEngineEndsTheRunAndNothingIsFalselyDone() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    let (fake, stub) = (bench.fake, bench.stub)
    let result = try await bench.carryOut(plan) { record in
      if record.number == 5 { stub.close() }
    }
    #expect(result.run.end == .engineLost && result.engineError != nil)
    let left = Set(fake.now.containers.keys)
    for step in result.run.steps {
      if step.outcome == .done { #expect(!left.contains(step.object.id)) }
      #expect(step.outcome != nil)
    }
    #expect(result.run.steps.contains { $0.outcome == .notTried("the engine was lost") })
  }

  @Test func replyThatIsCutIsDoneOnlyWhereTheEngineDidIt() async throws {
    let bench = try await SweepBench(host(2))
    let plan = try await bench.plan()
    // The engine removes one of the two, and garbles its answer for both.
    bench.fake.change {
      $0.meanwhile["DELETE /containers/c0"] = { $0.containers["c0"] = nil }
      for name in ["c0", "c1"] {
        $0.faults["DELETE /containers/\(name)"] = StubReply(manner: .garbled("nonsense\r\n\r\n"))
      }
    }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["remove-container c0"] == .done)
    guard case .failed = result.outcomes["remove-container c1"] else {
      Issue.record("\(result.outcomes)")
      return
    }
    #expect(result.run.end == .complete)
  }

  @Test func interruptedRunBeginsNothingNew() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    let interruption = Interruption()
    let result = try await bench.carryOut(plan, interruption: interruption) { record in
      if record.number == 3 { interruption.request() }
    }
    #expect(result.run.end == .interrupted)
    let done = result.run.steps.filter { $0.outcome == .done }
    let notTried = result.run.steps.filter { $0.outcome == .notTried("the run was interrupted") }
    #expect(done.count + notTried.count == plan.steps.count)
    #expect(!notTried.isEmpty && !done.isEmpty)
    #expect(bench.fake.now.containers.count == notTried.count)
  }

  @Test func journalHasEveryStepAndItsOutcome() async throws {
    let bench = try await SweepBench(host(10))
    let result = try await bench.carryOut(bench.plan())
    #expect(result.isJournalWhole)
    let stored = try #require(try bench.index.run(result.run.id))
    #expect(stored.steps == result.run.steps)
    #expect(stored.end == .complete && stored.freed == result.run.freed)
    #expect(try bench.index.unfinishedRuns(of: bench.client.identity.key).isEmpty)
  }

  @Test func killedRunIsClosedWithTheEngineAsWitness() async throws {
    let bench = try await SweepBench(host(3))
    let plan = try await bench.plan()
    // As a run leaves it that was killed with two removals in flight, one of which had happened.
    let steps = plan.steps.map {
      StepRecord(
        number: $0.number, action: $0.action, object: $0.object, title: $0.title, frees: $0.frees)
    }
    let id = try bench.index.beginRun(
      RunRecord(
        id: 0, engineKey: bench.client.identity.key, engineName: "fake", policy: "all",
        startedAt: plan.createdAt, end: .running, predicted: plan.frees, steps: steps))
    try bench.index.intend(run: id, step: 0, at: plan.createdAt)
    try bench.index.intend(run: id, step: 1, at: plan.createdAt)
    bench.fake.change { $0.containers["c0"] = nil }

    let lock = try SweepLock(on: bench.client.identity, in: bench.lockDirectory)
    let closed = try await Sweeper(
      bench.client, bench.index, clock: { plan.createdAt }
    ).closeInterruptedRuns(holding: lock, watching: .zero)
    #expect(closed.map(\.id) == [id])
    let run = try #require(try bench.index.run(id))
    #expect(run.end == .abandoned)
    #expect(
      run.steps.map(\.outcome) == [
        .done, .unknown, .notTried("the run was killed before"),
      ])
    #expect(bench.fake.now.containers.count == 2, "closing a journal removes nothing")
    #expect(try bench.index.unfinishedRuns(of: bench.client.identity.key).isEmpty)
  }

  /// Without an index there is no state directory to be named instead.
  @Test func lockThatOnlyTheHostCouldHoldSaysWhatToDoWithoutAnIndex() async throws {
    let bench = try await SweepBench(host(0))
    let places = [bench.lockDirectory + "/missing"]
    do {
      _ = try SweepLock(on: bench.client.identity, in: nil, sharedIn: places)
      Issue.record("there is no place for it")
    } catch {
      guard case .noSharedLock = error else {
        Issue.record("\(error)")
        return
      }
      #expect(!"\(error)".contains("--state-dir") && "\(error)".contains("leave out --no-index"))
    }
    _ = try SweepLock(on: bench.client.identity, in: bench.lockDirectory, sharedIn: places)
  }

  @Test func secondSweepOfTheSameEngineIsLockedOut() async throws {
    let bench = try await SweepBench(host(1))
    let engine = bench.client.identity
    do {
      let lock = try SweepLock(on: engine, in: bench.lockDirectory)
      #expect(throws: SweepError.locked(engine: "fake", process: getpid())) {
        _ = try SweepLock(on: engine, in: bench.lockDirectory)
      }
      var other = engine
      other.rootDirectory = "/other"
      _ = try SweepLock(on: other, in: bench.lockDirectory)
      _ = consume lock
    }
    _ = try SweepLock(on: engine, in: bench.lockDirectory)
  }
}
