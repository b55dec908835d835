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
    try await KilledRuns(client, index.now, stateDirectory, telling: console).close(holding: lock)
  }

  /// Takes away what killed runs have left of their own on the engine; answers whether there was any.
  func removeLeftovers(holding lock: borrowing SweepLock) async throws -> Bool {
    try await Sweeper(client, index.now, clock: { .now })
      .removeLeftovers(seenIn: snapshot, holding: lock)
  }

  /// Prints what came of a run, and answers the status that the process ends with; `otherwise` where
  /// all went as it should.
  func report(
    _ result: SweepResult, _ presentation: Presentation, _ console: Console, signals: Signals,
    otherwise: ExitStatus
  ) async throws -> ExitStatus {
    let (run, isWritten) = await index.settled(result)
    do {
      try console.write(presentation.result(of: run))
    } catch {
      // With its terminal gone nobody reads it; `balai history` has it all.
      guard signals.status == .hungUp else { throw error }
    }
    if !isWritten { console.log(index.lossOfJournal) }
    if let error = result.engineError { throw error }
    if !isWritten, !index.isUnkept { return .couldNotRun }
    if let status = signals.status { return status }
    if run.end == .deadline { return .deadline }
    return result.hasFailures ? .someFailed : otherwise
  }
}
