import Foundation
import GRDB
import Inventory

/// What Balai remembers between runs: what was on each engine, how large its layers are, when it was
/// first seen and last used, and every run with its steps.
///
/// The door of the Index room: one SQLite file for any number of engines. Writes are transactions; a
/// process that is killed leaves the file as it was before or after one of them. Several processes may
/// have it open; a writer waits for another one for a while.
package final class HostIndex: Sendable {
  let database: DatabaseQueue
  let path: String

  /// Opens the index, and makes it where there is none.
  ///
  /// The directory is made with mode 0700 and the file with 0600: it holds what inspecting containers
  /// tells.
  package init(at path: String) throws(IndexError) {
    self.path = path
    try Self.makeFile(at: path)
    database = try IndexError.catching(path) { try Self.open(path) }
    try upgrade()
  }

  /// An index that ends with the process.
  package static func inMemory() throws(IndexError) -> HostIndex {
    try HostIndex(memory: IndexError.catching(":memory:") { try DatabaseQueue() })
  }

  private init(memory: DatabaseQueue) throws(IndexError) {
    database = memory
    path = ":memory:"
    try upgrade()
  }

  /// Where the index is: in the directory that was named (`--state-dir`, then `BALAI_STATE_DIR`), in
  /// `/var/lib/balai` for root, else in `$XDG_STATE_HOME/balai` (`~/.local/state/balai`).
  package static func defaultPath(
    environment: [String: String], isRoot: Bool, stateDirectory: String?
  ) -> String {
    func named(_ key: String) -> String? {
      environment[key].flatMap { $0.isEmpty ? nil : $0 }
    }
    let directory =
      if let stateDirectory {
        stateDirectory
      } else if let directory = named("BALAI_STATE_DIR") {
        directory
      } else if isRoot {
        "/var/lib/balai"
      } else if let home = named("XDG_STATE_HOME") {
        home + "/balai"
      } else {
        (named("HOME") ?? NSHomeDirectory()) + "/.local/state/balai"
      }
    return directory + "/index.db"
  }

  /// Makes directory and file with their modes before SQLite sees them; it gives its side files
  /// (`-wal`, `-shm`) the mode of the file.
  private static func makeFile(at path: String) throws(IndexError) {
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw .noDirectory(path: directory, reason: (error as NSError).localizedDescription)
    }
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .unopenable(path: path, reason: String(cString: strerror(errno)))
    }
    close(descriptor)
  }

  private static func open(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = "index"
    configuration.busyMode = .timeout(15)
    configuration.prepareDatabase { db in
      // Readers do not wait for writers. A commit survives the death of the process; after a power
      // cut the last ones may be missing, but never in part.
      try db.execute(sql: "PRAGMA journal_mode = WAL")
      try db.execute(sql: "PRAGMA synchronous = NORMAL")
    }
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  /// Brings an older file to today's schema; refuses what is not ours, or not yet.
  private func upgrade() throws(IndexError) {
    enum Finding { case foreign, newer, ours }
    let finding = try IndexError.catching(path) { () -> Finding in
      try database.read { db in
        let mark = try Int.fetchOne(db, sql: "PRAGMA application_id")
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        if tables > 0, mark != Schema.applicationID { return .foreign }
        return try Schema.migrator.hasBeenSuperseded(db) ? .newer : .ours
      }
    }
    switch finding {
    case .foreign: throw .notAnIndex(path: path)
    case .newer: throw .newer(path: path)
    case .ours: try IndexError.catching(path) { try Schema.migrator.migrate(database) }
    }
  }

  /// Keeps the file from growing beyond so many pages, as a full disk does; for tests.
  func limitPages(to count: Int) throws(IndexError) {
    try IndexError.catching(path) {
      try database.writeWithoutTransaction {
        try $0.execute(sql: "PRAGMA max_page_count = \(count)")
      }
    }
  }

  func read<T>(_ body: (Database) throws -> T) throws(IndexError) -> T {
    try IndexError.catching(path) { try database.read(body) }
  }

  func write<T>(_ body: (Database) throws -> T) throws(IndexError) -> T {
    try IndexError.catching(path) { try database.write(body) }
  }
}
