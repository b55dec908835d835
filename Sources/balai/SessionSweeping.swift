import Foundation
import Index
import Inventory
import Report
import Sweep

/// What a sweep and an undo have in common: they close what a killed run left, and tell what came of
/// their own.
extension Session {
  /// Closes the journals of runs that were killed, and says so on stderr.
  func closeInterruptedRuns(
    _ console: Console, holding lock: borrowing SweepLock
  ) async throws {
    // Closing them in a copy would close nothing.
    guard !index.isInMemory else { return }
    let sweeper = Sweeper(client, index.now, clock: { .now })
    for run in try await sweeper.closeInterruptedRuns(holding: lock) {
      console.log(
        "run \(run.id) was killed before it ended; its journal is closed now, see 'balai history "
          + "\(run.id)'\n")
    }
  }

  /// Prints what came of a run, and answers the status that the process ends with; `otherwise` where
  /// all went as it should.
  func report(
    _ result: SweepResult, _ presentation: Presentation, _ console: Console, signals: Signals,
    otherwise: ExitStatus
  ) throws -> ExitStatus {
    let (run, isWritten) = index.settled(result)
    try console.write(presentation.result(of: run))
    if !isWritten { console.log(index.lossOfJournal) }
    if let error = result.engineError { throw error }
    if let signal = signals.received { return signal == SIGINT ? .interrupted : .terminated }
    if run.end == .deadline { return .deadline }
    return result.hasFailures ? .someFailed : otherwise
  }
}
