import GRDB

/// Why an index cannot be opened, read or written.
package enum IndexError: Error, Hashable {
  /// Its directory or file does not exist and cannot be made, or is no file.
  case cannotOpen(path: String, reason: String)
  case notReadable(path: String)
  /// The file, its directory or the file system refuses writing.
  case notWritable(path: String, reason: String)
  /// A SQLite file that belongs to another program.
  case notAnIndex(path: String)
  /// Not a SQLite file, or not a whole one: `HostIndex.setAside` moves it away.
  case damaged(path: String, reason: String)
  /// Written by a newer Balai, whose tables this one does not know.
  case newer(path: String)
  /// Others can change it, and root would act on what they wrote.
  case unsafe(path: String, fault: PathTrust.Fault)
  case full(path: String)
  case readOnlyFileSystem(path: String)
  /// Another process kept it locked for longer than `HostIndex` waits.
  case busy(path: String)
  /// A journal line about a step that no run has.
  case noSuchStep(path: String, run: Int64, step: Int)
  case failed(path: String, reason: String)
}

extension IndexError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "cannot open the index \(path): \(reason); \(Self.choices)"
    case .notReadable(let path):
      "cannot read the index \(path): permission denied; run as its owner, or \(Self.choices)"
    case .notWritable(let path, let reason):
      "cannot write the index \(path): \(reason); run as its owner, or \(Self.choices)"
    case .notAnIndex(let path):
      "cannot use \(path) as the index: it is not a file that Balai made; move it away or name "
        + "another place with --state-dir"
    case .damaged(let path, let reason):
      "cannot read the index \(path): it is damaged (\(reason)); move it away, and the next run "
        + "makes a new one"
    case .newer(let path):
      "cannot use the index \(path): a newer Balai wrote it; update this one or name another place "
        + "with --state-dir"
    case .unsafe(let path, let fault):
      "refused to use the index \(path) as root: \(fault), or name another place with --state-dir"
    case .full(let path):
      "cannot write the index \(path): its disk is full; free some space, or \(Self.choices)"
    case .readOnlyFileSystem(let path):
      "cannot write the index \(path): it is on a read-only file system; \(Self.choices)"
    case .busy(let path):
      "cannot use the index \(path): another process keeps it or its directory locked (fuser tells "
        + "which); try again when it is done, or \(Self.choices)"
    case .noSuchStep(let path, let run, let step):
      "cannot write to the journal in \(path): run \(run) has no step \(step)"
    case .failed(let path, let reason):
      "cannot use the index \(path): \(reason); try again, or \(Self.choices)"
    }
  }

  private static let choices =
    "name another place with --state-dir, or go without with --no-index"
}

extension IndexError {
  /// Whether the file's disk takes no more, whoever asks: no reason not to go on without writing.
  package var meansNoRoom: Bool {
    switch self {
    case .full, .readOnlyFileSystem: true
    default: false
    }
  }

  /// Gives SQLite's result codes their meaning here.
  init(_ error: any Error, path: String) {
    switch error {
    case let error as IndexError: self = error
    case let error as DatabaseError: self = Self.meaning(of: error, path: path)
    case is RowDecodingError, is DecodingError, is UnknownWord:
      self = .damaged(path: path, reason: "a value is not of its column's kind")
    default: self = .failed(path: path, reason: "\(error)")
    }
  }

  private static func meaning(of error: DatabaseError, path: String) -> IndexError {
    let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
    // The shared-memory file is the first thing that does not fit on a full disk.
    if error.extendedResultCode == .SQLITE_IOERR_SHMSIZE { return .full(path: path) }
    return switch error.resultCode {
    case .SQLITE_NOTADB, .SQLITE_CORRUPT: .damaged(path: path, reason: reason)
    case .SQLITE_FULL: .full(path: path)
    case .SQLITE_READONLY: .notWritable(path: path, reason: reason)
    case .SQLITE_PERM: .notReadable(path: path)
    // The log and the shared memory are files of their own.
    case .SQLITE_CANTOPEN where !IndexFile.canHaveNeighbours(path): .full(path: path)
    // SQLite knows no code for a quota that is used up, and keeps no error number of a failed commit.
    case .SQLITE_CANTOPEN where !IndexFile.takesMore(beside: path),
      .SQLITE_IOERR where !IndexFile.takesMore(beside: path):
      .full(path: path)
    case .SQLITE_CANTOPEN: .cannotOpen(path: path, reason: reason)
    case .SQLITE_BUSY, .SQLITE_LOCKED: .busy(path: path)
    default: .failed(path: path, reason: reason)
    }
  }
}
