import Inventory
import Report
import Synchronization

/// Adds up the steps of a sweep for its progress bar.
final class SweepTally: Sendable {
  private let progress: SweepProgress
  private let sum = Mutex((done: 0, freed: Bytes.zero))

  init(_ progress: SweepProgress) { self.progress = progress }

  func note(_ step: StepRecord) {
    let (done, freed) = sum.withLock { sum in
      sum.done += 1
      if step.outcome == .done { sum.freed += step.frees.content }
      return sum
    }
    progress.update(done: done, freed: freed, current: step.title)
  }
}
