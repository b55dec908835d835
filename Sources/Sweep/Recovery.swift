package import Engine
import Index
package import Inventory

extension Sweeper {
  /// Closes the journals of runs that were killed, with the engine as the witness for what was in
  /// flight; answers them as they are now.
  ///
  /// Nothing is removed here, and nothing is tried again: the next plan lists what is still there.
  package func closeInterruptedRuns(
    holding lock: borrowing SweepLock
  ) async throws(EngineError) -> [RunRecord] {
    var closed: [RunRecord] = []
    let unfinished = (try? index.unfinishedRuns(of: client.identity.key)) ?? []
    if !unfinished.isEmpty { try await SweepsOwn.removeLeftovers(on: client) }
    for run in unfinished {
      var run = run
      for step in run.steps where step.outcome == nil {
        let outcome: Outcome =
          if step.intendedAt == nil {
            .notTried("the run was killed before")
          } else {
            try await client.hasHappened(step, in: run)
              ? .done : .failed("the run was killed before the engine did it")
          }
        run.steps[step.number].outcome = outcome
        try? index.settle(run: run.id, step: step.number, as: outcome)
      }
      run.end = .abandoned
      run.finishedAt = clock()
      run.freed = freedAtMost(run)
      try? index.endRun(
        run.id, as: .abandoned, freed: run.freed ?? .zero, measured: nil, at: clock())
      closed.append(run)
    }
    return closed
  }

  /// Every byte that the steps which happened can have freed. A step's figure counts on the steps
  /// before it, so with a gap between them it may have been less.
  private func freedAtMost(_ run: RunRecord) -> Footprint {
    let done = run.steps.filter { $0.outcome == .done }
    let sum = done.reduce(Footprint.zero) { $0 + $1.frees }
    let isPrefix = done.last.map { $0.number == done.count - 1 } ?? true
    return isPrefix
      ? sum
      : Footprint(
        content: Bytes(atLeast: 0, atMost: sum.content.atMost),
        disk: sum.disk.map { Bytes(atLeast: 0, atMost: $0.atMost) })
  }
}
