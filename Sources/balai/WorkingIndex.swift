import Index
import Inventory
import Report
import Sweep

/// The index that a command works with: the file, or, where its disk takes no more, a copy in memory,
/// or one in memory that nothing is kept of.
///
/// A full disk is what a sweep is called for: it must not stop one. The copy knows all that the file
/// says, as far as that can be read; what it lacks is new, and so within every grace period. A damaged
/// file is set aside, and a new one made.
struct WorkingIndex {
  /// Nil: nothing is to be kept.
  private let path: String?
  private(set) var now: HostIndex
  /// Why it is a copy; nil: it is the file, or nothing is to be kept.
  private(set) var obstacle: IndexError?
  private let console: Console?

  /// Whether it is in memory because that was asked for.
  var isUnkept: Bool { path == nil }
  /// Whether what is written to it is gone when it is let go.
  var isInMemory: Bool { obstacle != nil || isUnkept }

  /// - Parameter console: is told at once where a damaged file is set aside.
  init(at path: String, telling console: Console) throws(IndexError) {
    self.path = path
    self.console = console
    do throws(IndexError) {
      now = try HostIndex(at: path)
    } catch {
      now = try HostIndex.inMemory()
      try takePlace(after: error)
    }
  }

  /// One that remembers nothing, and of which nothing is kept.
  init() throws(IndexError) {
    path = nil
    console = nil
    now = try HostIndex.inMemory()
  }

  /// Takes in a survey as `HostIndex` does.
  mutating func record(_ survey: Survey) throws(IndexError) -> Snapshot {
    try using { (index) throws(IndexError) in try index.record(survey) }
  }

  /// Asks or tells it something; where it turns out to be damaged or without room, the one that takes
  /// its place.
  mutating func using<Value>(
    _ body: (HostIndex) throws(IndexError) -> Value
  ) throws(IndexError) -> Value {
    do throws(IndexError) {
      return try body(now)
    } catch {
      guard !isInMemory else { throw error }
      try takePlace(after: error)
      return try body(now)
    }
  }

  /// Puts another index in the place of one that cannot be used, or throws why not.
  private mutating func takePlace(after error: IndexError) throws(IndexError) {
    guard let path else { throw error }
    switch error {
    case .full, .readOnlyFileSystem:
      now = now.path == nil ? try HostIndex.inMemory(knowing: path) : try now.inMemory()
      obstacle = error
    case .damaged:
      now.close()
      do throws(IndexError) {
        if let damaged = try HostIndex.setAside(path, at: .now) { tell(of: damaged) }
        now = try HostIndex(at: path)
      } catch let other {
        // Its directory refuses, or another process still works with it.
        switch other {
        case .damaged, .newer, .notAnIndex: throw other
        default: break
        }
        now = try HostIndex.inMemory()
        obstacle = error
      }
    default: throw error
    }
  }

  private func tell(of damaged: String) {
    console?.log(
      "the index was damaged; it is kept as \(SafeText(damaged)), and a new one has been made\n")
  }

  /// A sweep's run with its number in the file, 0 where it is not there, and whether all of it is.
  ///
  /// One that was carried out from memory is written now: its removals may have made room. So is one
  /// whose index was damaged meanwhile, to the new one.
  func settled(_ result: SweepResult) async -> (run: RunRecord, isWritten: Bool) {
    var run = result.run
    guard let path else {
      run.id = 0
      return (run, false)
    }
    if obstacle == nil {
      if result.isJournalWhole { return (run, true) }
      now.close()
      guard let damaged = try? HostIndex.setAside(path, at: .now) else { return (run, false) }
      tell(of: damaged)
    }
    run.id = 0
    let isWritten = await Insistence.untilWritten {
      run.id = try HostIndex(at: path).beginRun(run, keeping: result.keepsakes)
    }
    return (run, isWritten)
  }
}
