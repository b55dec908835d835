package import Engine
package import Index
package import Inventory
package import Plan

/// Carries out plans: looks again, writes down what it is about to do, asks the engine, writes down
/// what came of it.
///
/// The only code that removes anything. It does what the plan lists or less, never more: what is not
/// as it was planned is left alone, with the reason. It never forces: what the engine refuses to let
/// go stays.
package struct Sweeper: Sendable {
  let client: EngineClient
  let index: HostIndex
  let clock: @Sendable () -> Timestamp
  private let freeSpace: @Sendable () -> Int64?
  private let observer: @Sendable (StepRecord) -> Void

  /// - Parameters:
  ///   - clock: the time for the journal.
  ///   - freeSpace: bytes free on the engine's file system now; nil where that is not on this host.
  ///   - observer: is told of every step as soon as its outcome is known.
  package init(
    _ client: EngineClient, _ index: HostIndex, clock: @escaping @Sendable () -> Timestamp,
    freeSpace: @escaping @Sendable () -> Int64? = { nil },
    observer: @escaping @Sendable (StepRecord) -> Void = { _ in }
  ) {
    self.client = client
    self.index = index
    self.clock = clock
    self.freeSpace = freeSpace
    self.observer = observer
  }

  /// Carries out `plan`, wave by wave.
  ///
  /// - Parameters:
  ///   - snapshot: the engine as it is now: a plan can be older.
  ///   - lock: proof that nobody else sweeps this engine.
  ///   - interruption: ends the run early.
  /// - Throws: `PlanError.otherEngine` before anything is touched.
  package func carryOut(
    _ plan: RemovalPlan, on snapshot: Snapshot, holding lock: borrowing SweepLock,
    until interruption: Interruption = Interruption()
  ) async throws(PlanError) -> SweepResult {
    try plan.check(for: client.identity)
    let journal = Journal(of: record(of: plan), in: index)
    let context = StepContext(
      client: client, stopTimeout: plan.stopTimeout, order: StepOrder(plan),
      preflight: Preflight(plan, snapshot), journal: journal, clock: clock)
    let freeBefore = freeSpace()
    var lost: EngineError?
    for wave in Wave.all(of: plan) {
      lost = await carryOut(wave, context, journal, interruption)
      if lost != nil || interruption.isRequested { break }
    }
    let why = lost == nil ? "the run was interrupted" : "the engine was lost"
    let rest = await journal.run.steps.filter { $0.outcome == nil }
    for step in rest { observer(await journal.settle(step.number, as: .notTried(why))) }
    let end: RunEnd = lost != nil ? .engineLost : rest.isEmpty ? .complete : .interrupted
    let freed = await freed(journal.run, snapshot, context)
    let measured = freeBefore.flatMap { before in freeSpace().map { $0 - before } }
    let closed = await journal.end(
      as: end, freed: freed, measured: measured, at: clock())
    return SweepResult(run: closed.run, isJournalWhole: closed.isWritten, engineError: lost)
  }

  private func record(of plan: RemovalPlan) -> RunRecord {
    RunRecord(
      id: 0, engineKey: client.identity.key, engineName: client.identity.hostName,
      policy: plan.policy.name, startedAt: clock(), end: .running, predicted: plan.frees,
      steps: plan.steps.map {
        StepRecord(
          number: $0.number, action: $0.action, object: $0.object, title: $0.title, frees: $0.frees,
          restorability: $0.restorability)
      })
  }

  /// Carries out the groups of one wave, several at a time; answers the error that lost the engine.
  private func carryOut(
    _ wave: Wave, _ context: StepContext, _ journal: Journal, _ interruption: Interruption
  ) async -> EngineError? {
    await withTaskGroup(of: EngineError?.self) { group in
      var waiting = wave.groups.makeIterator()
      var lost: EngineError?
      func begin() {
        guard lost == nil, !interruption.isRequested, let steps = waiting.next() else { return }
        group.addTask { await carryOut(steps, context, journal, interruption) }
      }
      for _ in 0..<wave.concurrency { begin() }
      while let error = await group.next() {
        lost = lost ?? error
        begin()
      }
      return lost
    }
  }

  /// Carries out the steps about one object, one after the other.
  private func carryOut(
    _ steps: [PlannedStep], _ context: StepContext, _ journal: Journal,
    _ interruption: Interruption
  ) async -> EngineError? {
    for step in steps {
      if interruption.isRequested { return nil }
      var lost: EngineError?
      var outcome: Outcome?
      do throws(EngineError) {
        outcome = try await context.obstacle(to: step)
        if outcome == nil {
          await journal.intend(step.number, at: clock())
          outcome = try await context.perform(step)
        }
      } catch {
        let record = await journal.record(of: step.number)
        outcome = await self.outcome(of: record, after: error)
        lost = error.meansEngineLost ? error : nil
      }
      observer(await journal.settle(step.number, as: outcome ?? .unknown))
      if let lost { return lost }
    }
    return nil
  }

  /// What came of a step whose conversation with the engine broke.
  private func outcome(of step: StepRecord, after error: EngineError) async -> Outcome {
    guard step.intendedAt != nil else {
      return error.meansEngineLost ? .notTried("the engine was lost") : .failed("\(error)")
    }
    do throws(EngineError) {
      return try await isDone(step) ? .done : .failed("\(error)")
    } catch {
      return .unknown
    }
  }

  /// What really went, weighed by the ledger: what the steps that were done let go of, and of images
  /// the layers that the engine says it deleted. Where an engine does not name layers (containerd image
  /// store, Podman), what the images that are gone held alone.
  private func freed(
    _ run: RunRecord, _ snapshot: Snapshot, _ context: StepContext
  ) async -> Footprint {
    var ledger = StorageLedger(snapshot)
    let namesLayers =
      client.identity.kind == .docker && client.identity.imageStore == .graphDriver
    var freed = Footprint.zero
    for step in run.steps where step.outcome == .done && step.action.isRemoval {
      let released = ledger.release(step.object)
      if namesLayers, step.action == .removeImage {
        freed += released.total(without: .layers)
      } else {
        freed += released.total
      }
    }
    return namesLayers
      ? freed + ledger.weight(ofLayers: await context.deleted.chainIDs) : freed
  }
}

extension ActionKind {
  fileprivate var isRemoval: Bool {
    switch self {
    case .removeContainer, .removeImage, .removeVolume, .removeNetwork, .removeBuildCache: true
    case .stop, .untag: false
    }
  }
}

/// A run with its end.
package struct SweepResult: Sendable {
  package let run: RunRecord
  /// Whether the index holds all of it; otherwise the disk was full or the index not writable.
  package let isJournalWhole: Bool
  /// Why the engine was lost, where it was.
  package let engineError: EngineError?

  /// Whether something could not be removed, though it was as planned.
  package var hasFailures: Bool {
    run.steps.contains { step in
      switch step.outcome {
      case .failed, .unknown: true
      case .done, .gone, .changed, .inUse, .notTried, nil: false
      }
    }
  }
}
