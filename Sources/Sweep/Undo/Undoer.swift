import Archive
package import Engine
package import Index
package import Inventory

/// Brings back what a run took away, as far as that can be done, and journals it like a sweep.
///
/// It creates, pulls, loads and tags, and never takes anything away: a name or a tag that something
/// else has meanwhile stays where it is. What is there already is left as it is, so an undo can be
/// repeated.
package struct Undoer: Sendable {
  let client: EngineClient
  let index: HostIndex
  let clock: @Sendable () -> Timestamp
  /// The value of `X-Registry-Auth` for a reference; nil: anonymous.
  let authorization: @Sendable (String) async throws(EngineError) -> String?
  private let patience: Duration
  private let observer: @Sendable (StepRecord) -> Void

  /// - Parameters:
  ///   - authorization: what a registry is to be told for a pull of a reference.
  ///   - patience: how long a run waits for an engine that went away in the middle of it.
  ///   - observer: is told of every step as soon as its outcome is known.
  package init(
    _ client: EngineClient, _ index: HostIndex, clock: @escaping @Sendable () -> Timestamp,
    authorization: @escaping @Sendable (String) async throws(EngineError) -> String?,
    patience: Duration = .seconds(60),
    observer: @escaping @Sendable (StepRecord) -> Void = { _ in }
  ) {
    self.client = client
    self.index = index
    self.clock = clock
    self.authorization = authorization
    self.patience = patience
    self.observer = observer
  }

  /// Carries out `plan`, step by step.
  ///
  /// - Parameter lock: proof that nobody else sweeps this engine.
  /// - Throws: `SweepError.otherEngine` before anything is touched.
  package func carryOut(
    _ plan: UndoPlan, holding lock: borrowing SweepLock,
    until interruption: Interruption = Interruption()
  ) async throws(SweepError) -> SweepResult {
    guard plan.run.engineKey == client.identity.key else {
      throw .otherEngine(run: plan.run.id, engine: plan.run.engineName)
    }
    let journal = Journal(of: record(of: plan), in: index)
    let reconnection = Reconnection(client, patience: patience, interruption: interruption)
    var restorer = Restorer(of: plan.run, client: client, authorization: authorization)
    var lost: EngineError?
    var incomplete: Set<Int> = []
    for (number, step) in plan.steps.enumerated() {
      if interruption.isRequested || lost != nil { break }
      let outcome: Outcome
      (outcome, lost) = await carryOut(step, number, restorer, journal, reconnection)
      restorer.note(outcome, of: step)
      if step.fallsShort, [.done, .gone].contains(outcome) { incomplete.insert(number) }
      observer(await journal.settle(number, as: outcome))
    }
    let rest = await journal.run.steps.filter { $0.outcome == nil }
    let (end, why) = Sweeper.end(lost: lost, interruption, isWhole: rest.isEmpty)
    for step in rest { observer(await journal.settle(step.number, as: .notTried(why))) }
    let closed = await journal.end(as: end, freed: .zero, at: clock())
    return SweepResult(
      run: closed.run, isJournalWhole: closed.isWritten, incomplete: incomplete, engineError: lost)
  }

  private func record(of plan: UndoPlan) -> RunRecord {
    RunRecord(
      id: 0, engineKey: client.identity.key, engineName: client.identity.hostName,
      policy: plan.run.policy, startedAt: clock(), end: .running, predicted: .zero,
      undoes: plan.run.id,
      steps: plan.steps.enumerated().map { number, step in
        StepRecord(
          number: number, action: step.record.action, object: step.record.object,
          title: step.record.title, frees: .zero, restorability: step.gives)
      })
  }

  /// Carries out one step. Where the engine is lost meanwhile, it is waited for; since a step first
  /// looks whether its object is there, it can then be carried out once more.
  private func carryOut(
    _ step: UndoStep, _ number: Int, _ restorer: Restorer, _ journal: Journal,
    _ reconnection: Reconnection
  ) async -> (Outcome, lost: EngineError?) {
    if case .none(let why) = step.means {
      // An image may have lost its tags alone.
      guard case .image = step.record.object, step.keepsake != nil else {
        return (.failed(why), nil)
      }
    }
    var step = step
    var mayTryAgain = true
    while true {
      await journal.intend(number, at: clock(), keeping: nil)
      do throws(EngineError) {
        return (try await restorer.restore(step), nil)
      } catch {
        guard error.meansEngineLost else { return (.failed("\(error)"), nil) }
        guard await reconnection.isBack() else { return (.unknown, error) }
        guard mayTryAgain else { return (.failed("\(error)"), nil) }
        mayTryAgain = false
        step.earlier = .brokenOff
      }
    }
  }
}
