import Engine
import Inventory
import Plan

/// Carries out the steps of a sweep: keeps what an undo needs, looks again, writes down the intent,
/// asks the engine, writes down what came of it.
struct StepRunner: Sendable {
  let context: StepContext
  let reconnection: Reconnection
  let interruption: Interruption
  let observer: @Sendable (StepRecord) -> Void

  private var journal: Journal { context.journal }

  /// Carries out the groups of one wave, several at a time; answers the error that lost the engine.
  func carryOut(_ wave: Wave) async -> EngineError? {
    await withTaskGroup(of: EngineError?.self) { group in
      var waiting = wave.groups.makeIterator()
      var lost: EngineError?
      func begin() {
        guard lost == nil, !interruption.isRequested, let steps = waiting.next() else { return }
        group.addTask { await carryOut(steps) }
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
  private func carryOut(_ steps: [PlannedStep]) async -> EngineError? {
    let lost = await carryOutInTurn(steps)
    if let object = steps.first?.object {
      await context.archivist?.takeBackCopy(of: object, unlessNamedIn: journal)
    }
    return lost
  }

  private func carryOutInTurn(_ steps: [PlannedStep]) async -> EngineError? {
    for step in steps {
      if interruption.isRequested { return nil }
      let (outcome, lost) = await carryOut(step)
      guard let outcome else { return lost }
      observer(await journal.settle(step.number, as: outcome, at: context.clock()))
      if let lost { return lost }
    }
    return nil
  }

  /// Carries out one step; no outcome where the run ends before it. Where the engine is lost meanwhile,
  /// it is waited for; what it did not do is then looked at and asked for once more.
  private func carryOut(_ step: PlannedStep) async -> (Outcome?, lost: EngineError?) {
    var mayTryAgain = true
    while true {
      let wasAskedFor = await isIntended(step)
      do throws(EngineError) {
        let outcome = try await attempt(step)
        return (wasAskedFor ? outcome?.afterAnEarlierRequest : outcome, nil)
      } catch {
        guard error.meansEngineLost else { return (await outcome(of: step, after: error), nil) }
        guard await reconnection.isBack() else {
          return (await isIntended(step) ? .unknown : .notTried("the engine was lost"), error)
        }
        let isIntended = await isIntended(step)
        if interruption.isRequested, !isIntended { return (nil, nil) }
        let outcome = await outcome(of: step, after: error)
        // An engine that is there and does not answer will not do so the second time either.
        if case .noAnswer = error { return (outcome, nil) }
        guard mayTryAgain, outcome != .done, !interruption.isRequested else {
          return (outcome, nil)
        }
        mayTryAgain = false
      }
    }
  }

  private func isIntended(_ step: PlannedStep) async -> Bool {
    await journal.record(of: step.number).intendedAt != nil
  }

  /// Nil: the run was to end before the step's turn came.
  private func attempt(_ step: PlannedStep) async throws(EngineError) -> Outcome? {
    // Before the look at the object, so that nothing comes between that look and the removal.
    var keepsake = try await context.keepsake(for: step)
    if let obstacle = try await context.obstacle(to: step) { return obstacle }
    if context.order.needsCopy(step) {
      guard let archivist = context.archivist else {
        return .notTried("there is no place to save it first")
      }
      do {
        keepsake?.archive = try await archivist.copy(of: step.object)
      } catch let error as EngineError where error.meansEngineLost {
        throw error
      } catch is SavingNotBegun {
        return nil
      } catch {
        return .failed("it could not be saved first: \(error)")
      }
      // To save it took its time.
      if let obstacle = try await context.obstacle(to: step) { return obstacle }
    }
    // What an earlier attempt kept is of the object as it was when nothing had been asked for.
    if let kept = await journal.keepsakes[step.number] { keepsake = kept }
    await journal.intend(step.number, at: context.clock(), keeping: keepsake)
    let outcome = try await context.perform(step)
    if outcome == .unknown { await journal.noteOver(step.number) }
    return outcome
  }

  /// What came of a step whose conversation with the engine broke.
  private func outcome(of step: PlannedStep, after error: EngineError) async -> Outcome {
    let record = await journal.record(of: step.number)
    guard record.intendedAt != nil else { return .failed("\(error)") }
    do throws(EngineError) {
      if try await context.client.isDone(record) { return .done }
      // The engine may be at it still.
      return error.meansEngineLost ? .unknown : .failed("\(error)")
    } catch {
      // A list has it, so it is there; whether a container runs is another matter.
      if case .contradictory = error, step.action != .stop { return .failed("\(error)") }
      return .unknown
    }
  }
}

extension Outcome {
  /// What a look shows when the same run has asked for the step before: what differs or has gone by
  /// now may be its own doing.
  fileprivate var afterAnEarlierRequest: Outcome {
    switch self {
    case .gone: .done
    case .changed: .unknown
    case .done, .inUse, .failed, .notTried, .unknown: self
    }
  }
}
