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
  private let patience: Duration
  private let archiving: Archiving?
  private let own: ContainerID?
  private let volumeContent: @Sendable (String) async -> Int64?
  private let observer: @Sendable (StepRecord) -> Void

  /// - Parameters:
  ///   - clock: the time for the journal.
  ///   - patience: how long a run waits for an engine that went away in the middle of it.
  ///   - freeSpace: bytes free on the engine's file system now; nil where that is not on this host.
  ///   - own: the container that Balai runs in: it is left alone, though a plan that was made elsewhere
  ///     lists it.
  ///   - volumeContent: bytes in a volume now; nil where nobody can say at once. What the snapshot says
  ///     counts then.
  ///   - archiving: where copies are saved; a plan that saves some is not carried out without.
  ///   - observer: is told of every step as soon as its outcome is known.
  package init(
    _ client: EngineClient, _ index: HostIndex, clock: @escaping @Sendable () -> Timestamp,
    freeSpace: @escaping @Sendable () -> Int64? = { nil },
    patience: Duration = .seconds(60), runningIn own: ContainerID? = nil,
    volumeContent: @escaping @Sendable (String) async -> Int64? = { _ in nil },
    archiving: Archiving? = nil,
    observer: @escaping @Sendable (StepRecord) -> Void = { _ in }
  ) {
    self.client = client
    self.index = index
    self.clock = clock
    self.freeSpace = freeSpace
    self.patience = patience
    self.own = own
    self.volumeContent = volumeContent
    self.archiving = archiving
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
      preflight: Preflight(plan, snapshot, runningIn: own), journal: journal,
      archivist: archiving.map { Archivist(client, $0, until: interruption, clock: clock) },
      volumeContent: volumeContent, clock: clock)
    let runner = StepRunner(
      context: context,
      reconnection: Reconnection(client, patience: patience, interruption: interruption),
      interruption: interruption, observer: observer)
    let freeBefore = freeSpace()
    var lost: EngineError?
    for wave in Wave.all(of: plan) {
      lost = await runner.carryOut(wave)
      if lost != nil || interruption.isRequested { break }
    }
    let rest = await journal.run.steps.filter { $0.outcome == nil }
    let (end, why) = Self.end(lost: lost, interruption, isWhole: rest.isEmpty)
    for step in rest { observer(await journal.settle(step.number, as: .notTried(why))) }
    let freed = self.freed(await journal.run, snapshot, await context.deleted.chainIDs)
    let measured = freeBefore.flatMap { before in freeSpace().map { $0 - before } }
    let closed = await journal.end(
      as: end, freed: freed, measured: measured, at: clock())
    return SweepResult(
      run: closed.run, isJournalWhole: closed.isWritten, keepsakes: await journal.keepsakes,
      engineError: lost)
  }

  /// How a run ended, and why the rest of it was not tried.
  static func end(
    lost: EngineError?, _ interruption: Interruption, isWhole: Bool
  ) -> (RunEnd, why: String) {
    if lost != nil { return (.engineLost, "the engine was lost") }
    if isWhole { return (.complete, "") }
    return switch interruption.cause {
    case .deadline: (.deadline, "the deadline came")
    case .signal, nil: (.interrupted, "the run was interrupted")
    }
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
}

/// A run with its end.
package struct SweepResult: Sendable {
  package let run: RunRecord
  /// Whether the index holds all of it; otherwise the disk was full or the index not writable.
  package let isJournalWhole: Bool
  /// What was kept of the steps' objects, by the number of the step: for a journal that is written
  /// anew.
  package var keepsakes: [Int: Keepsake] = [:]
  /// The steps of an undo whose objects are there without what a copy had been to bring back.
  package var incomplete: Set<Int> = []
  /// Why the engine was lost, where it was.
  package let engineError: EngineError?

  /// Whether something could not be removed, though it was as planned; of an undo, whether something
  /// did not come back, or not as whole as its plan had promised, for whatever reason.
  package var hasFailures: Bool {
    !incomplete.isEmpty
      || run.steps.contains { step in
        switch step.outcome {
        case .failed, .unknown: true
        case .changed, .inUse: run.undoes != nil
        case .done, .gone, .notTried, nil: false
        }
      }
  }
}
