import Engine
import Index
import Inventory
import Report
import Sweep

/// Runs of an engine that were killed before they ended. Every command that speaks to the engine closes
/// their journals, and changes nothing on the engine for it.
struct KilledRuns {
  private let client: EngineClient
  private let index: HostIndex
  private let stateDirectory: String
  private let console: Console

  /// - Parameter index: in a file; closing them in a copy would close nothing.
  init(
    _ client: EngineClient, _ index: HostIndex, _ stateDirectory: String,
    telling console: Console
  ) {
    self.client = client
    self.index = index
    self.stateDirectory = stateDirectory
    self.console = console
  }

  /// Closes them if no sweep is at work. What stands against it is said on stderr and stops nothing: the
  /// next command tries again.
  func closeUnlessSwept() async {
    // What is wrong with the index is found by whoever needs it.
    guard let isOpen = try? index.hasUnfinishedRuns(of: client.identity.key), isOpen else { return }
    do {
      let lock = try SweepLock(taking: client.identity, besides: stateDirectory)
      try await close(holding: lock)
    } catch SweepError.locked {
      return
    } catch {
      console.log("the journal of a run that was killed stays open: \(SafeText("\(error)"))\n")
    }
  }

  /// Closes them, and says so on stderr.
  func close(holding lock: borrowing SweepLock) async throws(EngineError) {
    let sweeper = Sweeper(client, index, clock: { .now })
    for run in try await sweeper.closeInterruptedRuns(holding: lock) {
      console.log(
        "run \(run.id) was killed before it ended; its journal is closed now, see 'balai history "
          + "\(run.id)'\n")
    }
  }
}
