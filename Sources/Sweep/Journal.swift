import Index
import Inventory

/// What a run intends and does, written to the index step by step and kept in memory beside it.
///
/// When the index cannot be written (the disk that is to be swept is full), the run goes on from
/// memory, and what is missing is written again at the end; for a while, since whatever fills the disk may
/// be at it still.
actor Journal {
  private let index: HostIndex
  private(set) var run: RunRecord
  private var isWritten: Bool
  /// Steps whose record in the index is behind the one in memory.
  private var behind: Set<Int> = []
  private(set) var keepsakes: [Int: Keepsake] = [:]
  private var settledAt: [Int: Timestamp] = [:]
  private var over: Set<Int> = []

  init(of run: RunRecord, in index: HostIndex) {
    self.index = index
    self.run = run
    do {
      self.run.id = try index.beginRun(run)
      isWritten = true
      index.makeRoom(forSteps: run.steps.count)
    } catch {
      isWritten = false
    }
  }

  /// Whether what a step was about has gone. Asked one at a time: a list of all steps that somebody
  /// holds would be copied at every change.
  func isOver(_ step: Int) -> Bool {
    [.done, .gone].contains(run.steps[step].outcome) || over.contains(step)
  }

  /// Notes that what a step was about has gone, though nobody can say who took it.
  func noteOver(_ step: Int) { over.insert(step) }

  /// What is noted of one step.
  func record(of step: Int) -> StepRecord { run.steps[step] }

  /// Whether a step relies on the file of a copy.
  func names(_ copy: ArchivedCopy) -> Bool {
    keepsakes.values.contains { $0.archive?.file == copy.file }
  }

  /// Notes that a step is about to be carried out, and what an undo needs of its object.
  func intend(_ step: Int, at time: Timestamp, keeping keepsake: Keepsake?) {
    run.steps[step].intendedAt = time
    keepsakes[step] = keepsake
    write(step) { index, run in
      try index.intend(run: run, step: step, at: time, keeping: keepsake)
    }
  }

  /// When it was noted what came of a step; nil: it was not, or nobody said when.
  func settled(_ step: Int) -> Timestamp? { settledAt[step] }

  /// Notes what came of a step, and answers its record.
  func settle(_ step: Int, as outcome: Outcome, at time: Timestamp? = nil) -> StepRecord {
    settledAt[step] = time
    run.steps[step].outcome = outcome
    write(step) { index, run in
      try index.settle(run: run, step: step, as: outcome)
    }
    return run.steps[step]
  }

  /// Closes the run; answers it, and whether all of it is in the index.
  func end(
    as end: RunEnd, freed: Footprint, measured: Int64? = nil, at time: Timestamp
  ) async -> (run: RunRecord, isWritten: Bool) {
    run.end = end
    run.freed = freed
    run.measured = measured
    run.finishedAt = time
    let isWhole = await Insistence.untilWritten {
      try catchUp()
      try index.endRun(run.id, as: end, freed: freed, measured: measured, at: time)
    }
    return (run, isWhole)
  }

  private func write(_ step: Int, _ body: (HostIndex, Int64) throws -> Void) {
    guard isWritten else { return }
    do {
      try body(index, run.id)
    } catch {
      behind.insert(step)
    }
  }

  /// Writes again what could not be written when it happened.
  private func catchUp() throws {
    if !isWritten {
      run.id = try index.beginRun(run, keeping: keepsakes)
      isWritten = true
      behind = Set(run.steps.map(\.number))
    }
    for step in behind.sorted() {
      let record = run.steps[step]
      if let time = record.intendedAt {
        try index.intend(run: run.id, step: step, at: time, keeping: keepsakes[step])
      }
      if let outcome = record.outcome { try index.settle(run: run.id, step: step, as: outcome) }
      behind.remove(step)
    }
  }
}
