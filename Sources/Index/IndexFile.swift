import Foundation
import Glibc

/// The place of an index in the file system.
enum IndexFile {
  /// Makes the file, 0600, and the directories above it that don't exist, 0700; what exists keeps
  /// its mode. SQLite gives the files beside it (`-wal`, `-shm`) the mode of this one.
  ///
  /// The file is made without being opened: closing any descriptor of a database would drop the
  /// locks that this process holds on it (POSIX advisory locks).
  static func prepare(_ path: String) throws(IndexError) {
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    try makeDirectory(directory, for: path)
    if mknod(path, S_IFREG | 0o600, 0) != 0, errno != EEXIST { throw refusal(of: path) }
    guard isAccessible(path, R_OK) else {
      throw errno == EACCES ? .notReadable(path: path) : refusal(of: path)
    }
    guard isAccessible(path, W_OK) else { throw refusal(of: path) }
    guard isAccessible(directory, W_OK | X_OK) else {
      throw .notWritable(path: path, reason: "its directory refuses new files")
    }
    try keepFromOthers(path, in: directory)
    // SQLite takes a file of a single byte for an empty one and would overwrite it. Its smallest
    // page has 512.
    var status = stat()
    if stat(path, &status) == 0, (1..<512).contains(status.st_size) {
      throw .damaged(path: path, reason: "it is shorter than any database")
    }
  }

  /// Refuses, for root, a place that others can change, and takes from them the reading of what is
  /// ours: indexes of before may be 0644, and what is kept of containers can hold secrets.
  private static func keepFromOthers(_ path: String, in directory: String) throws(IndexError) {
    let users = PathTrust.trusted(
      isRoot: geteuid() == 0, environment: ProcessInfo.processInfo.environment)
    if let users {
      let fault =
        PathTrust.fault(at: directory, trusting: users)
        ?? PathTrust.fault(at: path, trusting: users)
      if let fault { throw .unsafe(path: path, fault: fault) }
    }
    for suffix in ["", "-wal", "-shm"] {
      var status = stat()
      guard stat(path + suffix, &status) == 0, status.st_mode & 0o077 != 0,
        users?.contains(status.st_uid) ?? (status.st_uid == geteuid())
      else { continue }
      _ = chmod(path + suffix, 0o600)
    }
  }

  private static func makeDirectory(_ directory: String, for path: String) throws(IndexError) {
    if mkdir(directory, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT else { throw refusal(of: path) }
    let above = URL(fileURLWithPath: directory).deletingLastPathComponent().path
    guard above != directory else { throw refusal(of: path) }
    try makeDirectory(above, for: path)
    if mkdir(directory, 0o700) != 0, errno != EEXIST { throw refusal(of: path) }
  }

  /// Lets one process at a time open the index: two that turn a new file into an index at once would
  /// be in each other's way. What is locked is the directory, since nothing but SQLite may open the
  /// file.
  ///
  /// - Parameter limit: for how long another process is waited for; as long as SQLite waits.
  static func whileLocked<Value>(
    _ path: String, waiting limit: Duration = .seconds(10), _ body: () throws -> Value
  ) throws -> Value {
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw refusal(of: path) }
    defer { close(descriptor) }
    let end = ContinuousClock.now + limit
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw refusal(of: path) }
      guard .now < end else { throw IndexError.busy(path: path) }
      usleep(20_000)
    }
    return try body()
  }

  /// Whether the file system has room for one more file.
  static func canHaveNeighbours(_ path: String) -> Bool {
    var system = statvfs()
    // Some file systems know no number of files and say 0 of 0.
    guard statvfs(path, &system) == 0, system.f_files > 0 else { return true }
    return system.f_favail > 0
  }

  /// Whether the file system, and the user's quota of it, have room for as much as a large transaction
  /// writes.
  static func takesMore(beside path: String) -> Bool {
    guard exists(path) else { return true }
    let probe = "\(path).room-\(getpid())"
    let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return errno != EDQUOT && errno != ENOSPC }
    defer { close(descriptor) }
    unlink(probe)
    let fault = posix_fallocate(descriptor, 0, 1 << 20)
    return fault != EDQUOT && fault != ENOSPC
  }

  private static func isAccessible(_ path: String, _ mode: Int32) -> Bool {
    faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0
  }

  /// What the last system call's `errno` means for an index.
  static func refusal(of path: String) -> IndexError {
    let reason = String(cString: strerror(errno)).lowercased()
    return switch errno {
    case EROFS: .readOnlyFileSystem(path: path)
    case EACCES, EPERM: .notWritable(path: path, reason: reason)
    case ENOSPC, EDQUOT: .full(path: path)
    default: .cannotOpen(path: path, reason: reason)
    }
  }
}

extension HostIndex {
  /// Where the index is: in the state directory of `--state-dir`, else of `BALAI_STATE_DIR`, else in
  /// `/var/lib/balai` for root and in `balai` of the XDG state directory for everybody else.
  package static func defaultPath(
    environment: [String: String], isRoot: Bool, stateDirectory: String?
  ) -> String {
    func given(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    // The XDG base directory specification: a relative path is to be ignored.
    let xdg = given("XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    let directory: String
    if let chosen = stateDirectory.flatMap({ $0.isEmpty ? nil : $0 }) ?? given("BALAI_STATE_DIR") {
      directory = chosen
    } else if isRoot {
      directory = "/var/lib/balai"
    } else {
      directory = (xdg ?? (given("HOME") ?? NSHomeDirectory()) + "/.local/state") + "/balai"
    }
    return directory + (directory.hasSuffix("/") ? "index.db" : "/index.db")
  }
}
