import Index
import Inventory
import Sweep

/// The index that a command works with: the file, or, where its disk takes no more, a copy in memory.
///
/// A full disk is what a sweep is called for: it must not stop one. The copy knows all that the file
/// says, as far as that can be read; what it lacks is new, and so within every grace period.
struct WorkingIndex {
  private let path: String
  private(set) var now: HostIndex
  /// Why it is a copy; nil: it is the file.
  private(set) var obstacle: IndexError?

  init(at path: String) throws(IndexError) {
    self.path = path
    do throws(IndexError) {
      now = try HostIndex(at: path)
    } catch {
      guard error.meansNoRoom else { throw error }
      now = try HostIndex.inMemory(knowing: path)
      obstacle = error
    }
  }

  /// Takes in a survey as `HostIndex` does.
  mutating func record(_ survey: Survey) throws(IndexError) -> Snapshot {
    do throws(IndexError) {
      return try now.record(survey)
    } catch {
      guard error.meansNoRoom, obstacle == nil else { throw error }
      now = try now.inMemory()
      obstacle = error
      return try now.record(survey)
    }
  }

  /// A sweep's run with its number in the file, 0 where it is not there, and whether all of it is.
  ///
  /// One that was carried out from memory is written now: its removals may have made room.
  func settled(_ result: SweepResult) -> (run: RunRecord, isWritten: Bool) {
    var run = result.run
    guard obstacle != nil else { return (run, result.isJournalWhole) }
    let id = try? HostIndex(at: path).beginRun(run)
    run.id = id ?? 0
    return (run, id != nil)
  }
}
