import Foundation
import Inventory

/// The archive's directory, held open: what its path names later cannot lead a file elsewhere.
final class ArchiveFolder: Sendable {
  let descriptor: Int32
  /// Absolute, without a slash at its end.
  let path: String

  /// Makes the directory, and those above it, for this user alone where they are missing, if it may.
  init(_ given: String, making mayMake: Bool) throws(ArchiveError) {
    guard given.hasPrefix("/"), !given.utf8.contains(0) else {
      throw .unusableDirectory(given, reason: "its path is not absolute")
    }
    var parts = given.split(separator: "/")
    guard !parts.isEmpty, !parts.contains("..") else {
      throw .unusableDirectory(given, reason: "its path must name a directory, and without '..'")
    }
    parts.removeAll { $0 == "." }
    var path = ""
    for part in parts {
      path += "/" + part
      if mayMake, mkdir(path, 0o700) != 0, errno != EEXIST, errno != EROFS, errno != EACCES {
        throw Self.fault(errno, path)
      }
    }
    self.path = path
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else {
      var status = stat()
      let isLink = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
      if isLink { throw .unusableDirectory(path, reason: "it is a symbolic link") }
      throw Self.fault(errno, path)
    }
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    guard isKnown, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
      close(descriptor)
      throw .openToOthers(directory: path)
    }
  }

  deinit { close(descriptor) }

  /// The name of an empty file in every archive: a directory without it may be one on which a disk is
  /// to be mounted.
  private static let mark = ".balai-archive"

  /// Whether copies were written here, and not in what is mounted here at other times.
  var isMarked: Bool { faccessat(descriptor, Self.mark, F_OK, AT_SYMLINK_NOFOLLOW) == 0 }

  /// Marks it as an archive. On a full disk that fails, and nothing that is missing is forgotten.
  func mark() {
    let file = openat(descriptor, Self.mark, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    if file >= 0 { close(file) }
  }

  /// The path of a file here.
  func path(of name: String) -> String { path + "/" + name }

  /// The name of a file that lies directly here; nil for any other path.
  func name(of file: String) -> String? {
    guard file.hasPrefix(path + "/") else { return nil }
    let name = String(file.dropFirst(path.count + 1))
    return name.contains("/") ? nil : name
  }

  /// The names of all files here, sorted.
  func names() throws(ArchiveError) -> [String] {
    // A descriptor of its own: a duplicate would share its place in the listing with others.
    let opened = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0, let stream = fdopendir(opened) else {
      let error = errno
      if opened >= 0 { close(opened) }
      throw Self.fault(error, path)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
      let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
      if let name = String(validatingCString: start) { names.append(name) }
    }
    guard errno == 0 else { throw Self.fault(errno, path) }
    return names.sorted()
  }

  /// The size of a regular file here; nil where the name is nothing, or anything else.
  func size(of name: String) -> Int64? {
    var status = stat()
    guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
      status.st_mode & S_IFMT == S_IFREG
    else { return nil }
    return Int64(status.st_size)
  }

  /// Gives a file its final name, which replaces what has it; answers whether it was free.
  func give(_ name: String, the final: String) throws(ArchiveError) -> Bool {
    // Only a link tells whether the name was free and takes it, both in one.
    if linkat(descriptor, name, descriptor, final, 0) == 0 {
      unlinkat(descriptor, name, 0)
      return true
    }
    guard renameat(descriptor, name, descriptor, final) == 0 else {
      throw writingFault(errno, path(of: final))
    }
    return false
  }

  /// Writes down in a file, as its date, that it is needed again: from now on nobody deletes it who has
  /// not seen that. False where it is gone.
  func markAsUsed(_ name: String, at now: Timestamp) throws(ArchiveError) -> Bool {
    guard let file = try opened(name) else { return false }
    defer { Self.release(file) }
    while flock(file, LOCK_SH) != 0 {
      guard errno == EINTR else { throw writingFault(errno, path(of: name)) }
    }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .altered(file: path(of: name))
    }
    if status.st_nlink == 0 { return false }
    try date(file, now, unlike: status.st_mtim, of: name)
    return true
  }

  /// Gives an open file a date.
  ///
  /// - Parameter earlier: a date that it must not have: clocks are coarse, and two of theirs can be the
  ///   same.
  func date(
    _ file: Int32, _ now: Timestamp, unlike earlier: timespec? = nil, of name: String
  ) throws(ArchiveError) {
    let (seconds, micros) = now.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(micros) * 1000)
    if let earlier, earlier.tv_sec == time.tv_sec, earlier.tv_nsec == time.tv_nsec {
      time.tv_nsec ^= 1
    }
    guard futimens(file, [time, time]) == 0 else { throw writingFault(errno, path(of: name)) }
  }

  /// When a regular file was last written or marked as used; nil: there is none.
  func lastUse(of name: String) -> Timestamp? {
    var status = stat()
    guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
      status.st_mode & S_IFMT == S_IFREG
    else { return nil }
    return status.lastUse
  }

  /// Gives a file an earlier date again, unless somebody has marked it as used since; where that cannot be
  /// done it stays for longer.
  func unmark(_ name: String, to earlier: Timestamp, if isRight: (stat) -> Bool) {
    guard let file = try? opened(name) else { return }
    defer { Self.release(file) }
    var status = stat()
    guard flock(file, LOCK_EX | LOCK_NB) == 0, fstat(file, &status) == 0, isRight(status) else {
      return
    }
    try? date(file, earlier, of: name)
  }

  /// Deletes a regular file, unless it is another one than it should be by the time that nobody can
  /// mark it as used any more; answers whether it was deleted.
  @discardableResult
  func delete(_ name: String, if isRight: (stat) -> Bool) throws(ArchiveError) -> Bool {
    guard let file = try opened(name) else { return false }
    defer { Self.release(file) }
    var (held, named) = (stat(), stat())
    guard flock(file, LOCK_EX | LOCK_NB) == 0, fstat(file, &held) == 0,
      fstatat(descriptor, name, &named, AT_SYMLINK_NOFOLLOW) == 0, named.st_ino == held.st_ino,
      held.st_mode & S_IFMT == S_IFREG, isRight(held)
    else { return false }
    guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else {
      throw writingFault(errno, path(of: name))
    }
    try sync()
    return true
  }

  /// To close a file is not enough to unlock it: a process that was just forked has it open as well.
  private static func release(_ file: Int32) {
    flock(file, LOCK_UN)
    close(file)
  }

  /// Nil where there is no such file.
  private func opened(_ name: String) throws(ArchiveError) -> Int32? {
    let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    if file >= 0 { return file }
    switch errno {
    case ENOENT: return nil
    case ELOOP: throw .altered(file: path(of: name))
    default: throw .unreadable(file: path(of: name), reason: String(cString: strerror(errno)))
    }
  }

  /// Makes sure that the names of the files are on the disk too.
  func sync() throws(ArchiveError) {
    guard fsync(descriptor) == 0 else { throw writingFault(errno, path) }
  }

  /// The error of a failed write; no room is one of its own.
  func writingFault(_ error: Int32, _ file: String) -> ArchiveError {
    if error == ENOSPC || error == EDQUOT { return .noRoom(directory: path) }
    return .unwritable(file: file, reason: String(cString: strerror(error)))
  }

  private static func fault(_ error: Int32, _ path: String) -> ArchiveError {
    if error == ENOSPC || error == EDQUOT { return .noRoom(directory: path) }
    return .unusableDirectory(path, reason: String(cString: strerror(error)))
  }
}

extension stat {
  /// When the file was last written or marked as used.
  var lastUse: Timestamp {
    Timestamp(microseconds: Int64(st_mtim.tv_sec) * 1_000_000 + Int64(st_mtim.tv_nsec) / 1000)
  }
}

/// A file as it was at a moment: which one, and when it was last written or marked as used.
struct FileMark: Hashable {
  let name: String
  private let inode: ino_t
  private let seconds: Int
  private let nanoseconds: Int

  init(_ name: String, _ status: stat) {
    self.name = name
    inode = status.st_ino
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}
