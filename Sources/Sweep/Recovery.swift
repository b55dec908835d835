package import Engine
import Index
package import Inventory

extension Sweeper {
  /// Closes the journals of runs that were killed, with the engine as the witness for what was in
  /// flight; answers those whose journal is closed now, as it is now.
  ///
  /// Nothing is removed here, and nothing is tried again: the next plan lists what is still there.
  ///
  /// - Parameter watching: for how long a step that has not happened is looked at again: the request of
  ///   the killed process can still be at work in the engine.
  /// - Throws: where the engine cannot be asked; the run is left as it is then.
  package func closeInterruptedRuns(
    holding lock: borrowing SweepLock, watching: Duration = .seconds(2)
  ) async throws(EngineError) -> [RunRecord] {
    var closed: [RunRecord] = []
    for run in (try? index.unfinishedRuns(of: client.identity.key)) ?? [] {
      let run = try await settled(run, watching)
      // One that cannot be written is closed by the next command that can.
      if (try? index.closeRun(run)) != nil { closed.append(run) }
    }
    return closed
  }

  /// A killed run with an outcome for each of its steps.
  private func settled(
    _ run: RunRecord, _ watching: Duration
  ) async throws(EngineError) -> RunRecord {
    var run = run
    let inFlight = run.steps.filter { $0.outcome == nil && $0.intendedAt != nil }
    let found = try await outcomes(of: inFlight, in: run, watching)
    let rest = run.steps.filter { $0.outcome == nil && $0.intendedAt == nil }
    let gone = run.undoes == nil ? try await TracesOfSteps(client).done(among: rest) : []
    // By their places: rows can be missing from an index that somebody has changed.
    for place in run.steps.indices where run.steps[place].outcome == nil {
      let number = run.steps[place].number
      run.steps[place].outcome =
        found[number] ?? (gone.contains(number) ? .unknown : .notTried("the run was killed before"))
    }
    run.end = .abandoned
    run.finishedAt = clock()
    run.freed = freedAtMost(run)
    return run
  }

  /// What came of the steps in flight, all looked at at the same time.
  private func outcomes(
    of steps: [StepRecord], in run: RunRecord, _ watching: Duration
  ) async throws(EngineError) -> [Int: Outcome] {
    // The lock is held meanwhile, and nobody waits for an engine to read a journal.
    let witness = Witness(client.hurried(to: watching), of: run, knowing: tags(of: run))
    let end = ContinuousClock.now + watching
    let found = await withTaskGroup(of: (Int, Result<Outcome, EngineError>).self) { group in
      for step in steps {
        group.addTask { (step.number, await witness.outcome(of: step, watchedUntil: end)) }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    var outcomes: [Int: Outcome] = [:]
    for (number, result) in found { outcomes[number] = try result.get() }
    return outcomes
  }

  /// The tags that an undo puts on the images of a run again.
  private func tags(of run: RunRecord) -> [ObjectID: Set<String>] {
    guard let undone = run.undoes.flatMap({ try? index.run($0) }),
      let keepsakes = try? index.keepsakes(ofRun: undone.id)
    else { return [:] }
    var tags: [ObjectID: Set<String>] = [:]
    for step in undone.steps where step.action == .removeImage {
      tags[step.object] = Set(keepsakes[step.number]?.references.filter { !$0.contains("@") } ?? [])
    }
    return tags
  }

  /// Every byte that the steps which happened can have freed. A step's figure counts on the steps
  /// before it, so with a gap between them it may have been less.
  private func freedAtMost(_ run: RunRecord) -> Footprint {
    let maybe = run.steps.filter { $0.outcome == .done || $0.outcome == .unknown }
    let sum = maybe.reduce(Footprint.zero) { $0 + $1.frees }
    let isCertain = maybe.enumerated().allSatisfy { place, step in
      step.outcome == .done && step.number == place
    }
    return isCertain ? sum : sum.atMost
  }
}

extension Footprint {
  /// Between nothing and all of it: for what may not have gone.
  var atMost: Footprint {
    Footprint(
      content: Bytes(atLeast: 0, atMost: content.atMost),
      disk: disk.map { Bytes(atLeast: 0, atMost: $0.atMost) })
  }
}
