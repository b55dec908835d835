import Inventory
import Report
import Synchronization

/// Adds up the steps of a sweep, or of an undo, for its progress bar.
final class SweepTally: Sendable {
  private let progress: SweepProgress
  private let frees: Bool
  private let sum = Mutex((done: 0, freed: Bytes.zero))

  /// - Parameter frees: whether what is done frees room.
  init(_ progress: SweepProgress, frees: Bool) {
    self.progress = progress
    self.frees = frees
  }

  func note(_ step: StepRecord) {
    let (done, freed) = sum.withLock { sum in
      sum.done += 1
      if step.outcome == .done { sum.freed += step.frees.content }
      return sum
    }
    progress.update(done: done, freed: frees ? freed : nil, current: step.title)
  }
}
