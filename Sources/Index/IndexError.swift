import GRDB

/// Why the index cannot be used; each case names the file.
package enum IndexError: Error, Hashable, CustomStringConvertible {
  case noDirectory(path: String, reason: String)
  case unopenable(path: String, reason: String)
  /// SQLite says it is no database, or it is one of somebody else's.
  case notAnIndex(path: String)
  /// A later Balai wrote it.
  case newer(path: String)
  case damaged(path: String, reason: String)
  case readOnly(path: String)
  case full(path: String)
  /// Another process writes to it for longer than one should wait.
  case busy(path: String)
  case failed(path: String, reason: String)

  package var description: String {
    switch self {
    case .noDirectory(let path, let reason):
      "cannot make the directory '\(path)' for the index: \(reason); name another with --state-dir"
    case .unopenable(let path, let reason):
      "cannot open the index '\(path)': \(reason); name another directory with --state-dir"
    case .notAnIndex(let path):
      "'\(path)' is not an index of balai; nothing was changed in it; name another directory with "
        + "--state-dir"
    case .newer(let path):
      "the index '\(path)' was written by a newer balai; update balai, or name another directory "
        + "with --state-dir"
    case .damaged(let path, let reason):
      "the index '\(path)' is damaged (\(reason)); move it away, and the next run makes a new one"
    case .readOnly(let path):
      "cannot write the index '\(path)': it is read-only; name another directory with --state-dir"
    case .full(let path):
      "cannot write the index '\(path)': the disk is full; name a directory on another disk with "
        + "--state-dir"
    case .busy(let path):
      "cannot write the index '\(path)': another process is writing to it; try again"
    case .failed(let path, let reason):
      "cannot use the index '\(path)': \(reason)"
    }
  }

  /// Turns whatever SQLite throws into a case of this type. SQL and values stay out of messages: they
  /// can hold what inspecting containers told.
  static func catching<T>(_ path: String, _ body: () throws -> T) throws(IndexError) -> T {
    do {
      return try body()
    } catch let error as DatabaseError {
      let reason = error.message ?? "SQLite error \(error.resultCode.rawValue)"
      throw switch error.resultCode {
      case .SQLITE_NOTADB: .notAnIndex(path: path)
      case .SQLITE_CORRUPT: .damaged(path: path, reason: reason)
      case .SQLITE_READONLY: .readOnly(path: path)
      case .SQLITE_FULL: .full(path: path)
      case .SQLITE_BUSY, .SQLITE_LOCKED: .busy(path: path)
      case .SQLITE_CANTOPEN: .unopenable(path: path, reason: reason)
      default: .failed(path: path, reason: reason)
      }
    } catch {
      throw .failed(path: path, reason: "\(error)")
    }
  }
}
