import Foundation
import GRDB
package import Inventory

/// What becomes of an index that SQLite finds damaged: it is renamed, never deleted.
extension HostIndex {
  /// Moves a damaged index out of the way, with the files beside it, to a name that ends in the time;
  /// answers its new path. Nil where it is not damaged (any more: another Balai may have been first),
  /// or is another program's. This process must have no connection to it.
  ///
  /// - Throws: `IndexError.busy` where another process still works with it.
  package static func setAside(
    _ path: String, at time: Timestamp
  ) throws(IndexError) -> String? {
    do {
      return try IndexFile.whileLocked(path) {
        guard try isDamaged(path) else { return nil }
        let lock = try FileInUse.exclude(path)
        defer { Foundation.close(lock) }
        return try move(path, at: time)
      }
    } catch {
      throw IndexError(error, path: path)
    }
  }

  /// Looks through the whole file: this costs seconds with a large one, and is asked only where
  /// SQLite has stumbled already.
  private static func isDamaged(_ path: String) throws -> Bool {
    switch IndexFile.content(of: path) {
    case .nothing, .foreign: return false
    case .fragment: return true
    case .index: break
    }
    // A connection that cannot write leaves the write-ahead log as it is.
    var configuration = configuration { _ in }
    configuration.readonly = true
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      return try queue.read { db in
        try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") != "ok"
      }
    } catch {
      guard case .damaged = IndexError(error, path: path) else { throw error }
      return true
    }
  }

  /// The database goes last: until then whoever opens the index finds it damaged.
  private static func move(_ path: String, at time: Timestamp) throws -> String {
    // Colons would make a host's name of it for scp and rsync.
    let seconds = time.rfc3339.prefix(19).replacingOccurrences(of: ":", with: "-")
    let name = "\(path).damaged-\(seconds)Z"
    var target = name
    var number = 1
    while ["", "-wal", "-shm"].contains(where: { IndexFile.exists(target + $0) }) {
      number += 1
      target = "\(name)-\(number)"
    }
    for suffix in ["-wal", "-shm", ""] where IndexFile.exists(path + suffix) {
      guard rename(path + suffix, target + suffix) == 0 else { throw IndexFile.refusal(of: path) }
    }
    return target
  }
}

extension IndexFile {
  /// What a file is, by its first bytes.
  enum Content {
    /// Nothing is there, or an empty file.
    case nothing
    /// A database of another program.
    case foreign
    /// Too little for a database.
    case fragment
    /// An index, or something that is no database: in an index's place it is what a crash left of one.
    case index
  }

  /// By the format's description: 16 bytes of magic, and at 68 the application's id.
  static func content(of path: String) -> Content {
    guard let file = FileHandle(forReadingAtPath: path) else { return .nothing }
    defer { try? file.close() }
    let bytes = [UInt8]((try? file.read(upToCount: 512)) ?? Data())
    if bytes.isEmpty { return .nothing }
    if bytes.count < 512 { return .fragment }
    let isDatabase = bytes.starts(with: Array("SQLite format 3\0".utf8))
    return isDatabase && !bytes[68..<72].elementsEqual("Bala".utf8) ? .foreign : .index
  }

  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }
}

/// Whether anybody has a database open.
enum FileInUse {
  /// As SQLite's `os.h` has it: a connection to a database in WAL mode holds a read lock on these bytes
  /// for as long as it is open. When it closes, it deletes the log by its name, and that would be the
  /// new index's.
  private static let sharedBytes: (first: off_t, count: off_t) = (0x4000_0002, 510)
  /// `F_OFD_SETLK` of Linux, which Glibc's module lacks. Such a lock is of the descriptor, so that it
  /// is in conflict with those of this process too.
  private static let setLock: Int32 = 37

  /// Locks everybody out of a database and answers the descriptor whose closing ends that.
  static func exclude(_ path: String) throws(IndexError) -> Int32 {
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw IndexFile.refusal(of: path) }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = sharedBytes.first
    lock.l_len = sharedBytes.count
    if fcntl(descriptor, setLock, &lock) != 0 {
      let error = errno
      close(descriptor)
      errno = error
      guard error == EAGAIN || error == EACCES else { throw IndexFile.refusal(of: path) }
      throw .busy(path: path)
    }
    return descriptor
  }
}
