import Foundation
import GRDB

extension HostIndex {
  /// An index in memory that begins with what this one knows.
  package func inMemory() throws(IndexError) -> HostIndex {
    try HostIndex { try self.queue.backup(to: $0) }
  }

  /// An index in memory that begins with what a file says that cannot be written; with nothing, where
  /// it cannot be read either.
  package static func inMemory(knowing path: String) throws(IndexError) -> HostIndex {
    if let copy = try? HostIndex(inMemory: { try Self.exclusively(path).backup(to: $0) }) {
      return copy
    }
    if let copy = try? HostIndex(inMemory: { try Self.immutably(path).backup(to: $0) }) {
      return copy
    }
    return try inMemory()
  }

  /// SQLite keeps its index of the write-ahead log in memory, not in a file beside, for a connection
  /// that shares with nobody: so it can be opened on a full disk.
  private static func exclusively(_ path: String) throws -> DatabaseQueue {
    try DatabaseQueue(
      path: uri(path, "mode=rw"),
      configuration: configuration { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") })
  }

  /// Without any file beside: for a file system that is read-only, or has no room for one more file.
  /// What only the write-ahead log has would be missed, so there must be none.
  private static func immutably(_ path: String) throws -> DatabaseQueue {
    var log = stat()
    if stat(path + "-wal", &log) == 0, log.st_size > 0 {
      throw IndexError.failed(path: path, reason: "its write-ahead log cannot be read")
    }
    var configuration = configuration { _ in }
    configuration.readonly = true
    return try DatabaseQueue(path: uri(path, "immutable=1"), configuration: configuration)
  }

  private static func uri(_ path: String, _ option: String) -> String {
    let absolute = URL(fileURLWithPath: path).path
    let escaped = absolute.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
    return "file:\(escaped ?? absolute)?\(option)"
  }
}
