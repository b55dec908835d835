import GRDB
package import Inventory

/// What Balai remembers between runs: every engine's images with their layers, containers, volumes
/// and networks, when each was first seen and last used, what its files took up on the disk, and the
/// journal of every sweep.
///
/// One SQLite file serves many engines. It is in WAL mode, so that one process writes while others
/// read, and every commit is on the disk when the method returns: a kill at any moment loses nothing
/// that was reported. One connection is enough: a process either reads or writes.
package final class HostIndex: Sendable {
  /// Nil: it is in memory.
  package let path: String?
  let queue: DatabaseQueue
  let reserve: Reserve?

  /// Opens the index at a path and brings its tables up to date; makes file (0600) and directory
  /// (0700) where they don't exist.
  ///
  /// A file that is not an index, or that a newer Balai wrote, is refused before anything in it
  /// changes.
  package convenience init(at path: String) throws(IndexError) {
    try self.init(at: path) { _ in }
  }

  /// - Parameter setUp: for tests: what to do with the connection before its first use.
  init(at path: String, setUp: @escaping @Sendable (Database) throws -> Void) throws(IndexError) {
    self.path = path
    let reserve = Reserve(for: path)
    self.reserve = reserve
    do {
      queue = try Self.withRoom(from: reserve, path) {
        try IndexFile.prepare(path)
        return try IndexFile.whileLocked(path) {
          let queue = try DatabaseQueue(path: path, configuration: Self.configuration(setUp))
          try Self.bringUpToDate(queue, path: path)
          reserve.make()
          return queue
        }
      }
    } catch {
      reserve.takeBack()
      throw IndexError(error, path: path)
    }
  }

  deinit { close() }

  /// Ends the connection; whatever is asked of this index afterwards fails.
  package func close() {
    try? queue.close()
    reserve?.takeBack()
  }

  /// - Parameter fill: what to put into it before its tables are brought up to date.
  init(inMemory fill: (DatabaseQueue) throws -> Void) throws(IndexError) {
    path = nil
    reserve = nil
    do {
      queue = try DatabaseQueue(configuration: Self.configuration { _ in })
      try fill(queue)
      try Self.bringUpToDate(queue, path: Self.nowhere)
    } catch {
      throw IndexError(error, path: Self.nowhere)
    }
  }

  /// An index that is gone when it is let go: for a run that must not or cannot write a file.
  package static func inMemory() throws(IndexError) -> HostIndex { try HostIndex { _ in } }

  /// What needs not be asked from this engine again: the contents of all images that it had, and
  /// its containers as they were in the last survey.
  package func remembered(of engine: EngineIdentity) throws(IndexError) -> Remembered {
    try reading { try Remembered(of: engine, in: $0) }
  }

  /// Whether this engine has ever been surveyed.
  package func knows(_ engine: EngineIdentity) throws(IndexError) -> Bool {
    try reading { try EngineRow.id(of: engine, in: $0) != nil }
  }

  /// Takes in a survey, all or nothing, and gives back its snapshot with what only the index knows:
  /// first seen, last used, last tagged, contents, and departed images.
  ///
  /// An image's last use never goes back, and is never before that of an image built from it. A
  /// volume or network was last used at the last survey in which a container, running or not,
  /// referred to it, or at the last event of one. What may have been used in a stretch that no event
  /// covers counts as used until its end. An object that the survey lacks is remembered as gone; one that comes back is
  /// first seen anew, since it may have been pulled just now.
  package func record(_ survey: Survey) throws(IndexError) -> Snapshot {
    try writing { try SurveyRecorder(survey, in: $0).record() }
  }

  func reading<Value>(_ body: (Database) throws -> Value) throws(IndexError) -> Value {
    do {
      return try Self.withRoom(from: reserve, path) { try queue.read(body) }
    } catch {
      throw IndexError(error, path: path ?? Self.nowhere)
    }
  }

  /// One transaction, on the disk when this returns.
  ///
  /// - Parameter most: how many files of the reserve may be given up for it.
  func writing<Value>(
    givingUp most: Int = .max, _ body: (Database) throws -> Value
  ) throws(IndexError) -> Value {
    do {
      return try Self.withRoom(from: reserve, path, givingUp: most) { try queue.write(body) }
    } catch {
      throw IndexError(error, path: path ?? Self.nowhere)
    }
  }

  /// Tries again with a part of the reserve given up, for as long as the disk is full and a part is
  /// left.
  private static func withRoom<Value>(
    from reserve: Reserve?, _ path: String?, givingUp most: Int = .max, _ body: () throws -> Value
  ) throws -> Value {
    var given = 0
    while true {
      do {
        return try body()
      } catch {
        guard let reserve, let path, case .full = IndexError(error, path: path), given < most,
          reserve.giveUpOne()
        else { throw error }
        given += 1
      }
    }
  }

  static let nowhere = "in memory"

  static func configuration(
    _ setUp: @escaping @Sendable (Database) throws -> Void
  ) -> Configuration {
    var configuration = Configuration()
    configuration.label = "index"
    // A second Balai waits for the first one's transaction, which takes well under a second.
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase(setUp)
    return configuration
  }

  private static func bringUpToDate(_ queue: DatabaseQueue, path: String) throws {
    let migrator = IndexSchema.migrator
    let isComplete = try queue.read { db in
      if try migrator.hasBeenSuperseded(db) { throw IndexError.newer(path: path) }
      let application = try Int64.fetchOne(db, sql: "PRAGMA application_id")
      let foreign = "SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations'"
      if application != IndexSchema.applicationID, try Int.fetchOne(db, sql: foreign) != 0 {
        throw IndexError.notAnIndex(path: path)
      }
      return try migrator.hasCompletedMigrations(db)
    }
    try queue.writeWithoutTransaction { db in
      // A log of a MiB at most, since on a full disk it lives on the reserve; and nothing outside
      // of the state directory, whose disk may be full as well.
      try db.execute(
        sql: """
          PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 256;
          PRAGMA temp_store = MEMORY
          """)
    }
    if !isComplete { try migrator.migrate(queue) }
  }
}
