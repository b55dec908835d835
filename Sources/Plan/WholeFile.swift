package import Foundation

/// A file that a person names, read or written as a whole, whatever it is: a regular file, a pipe, a
/// device, or a descriptor that the caller left open (`/dev/stdin`, `<(…)`).
package enum WholeFile {
  /// Reads to the end, from where a descriptor stands; `-` is standard input.
  ///
  /// - Parameter limit: in bytes; what is larger is an error. Pipes and devices need not end.
  package static func read(_ path: String, atMost limit: Int) throws(FileFailure) -> Data {
    if let descriptor = try handedDown(path, standard: STDIN_FILENO) {
      return try receive(from: descriptor, atMost: limit)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw FileFailure(errno) }
    defer { close(descriptor) }
    return try receive(from: descriptor, atMost: limit)
  }

  /// Writes all of it; `-` is standard output.
  ///
  /// A regular file, or a new one, is there whole or as it was before; where the path is a link, its
  /// target is. Anything else is written as it stands, for what is put in the place of a device or of
  /// a pipe would break whoever uses it.
  static func write(_ data: Data, to path: String) throws(FileFailure) {
    if let descriptor = try handedDown(path, standard: STDOUT_FILENO) {
      return try send(data, to: descriptor)
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw FileFailure(errno) }
      return try replace(target(of: path), by: data, like: nil)
    }
    if status.st_mode & S_IFMT == S_IFREG {
      guard faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 else { throw FileFailure(errno) }
      return try replace(target(of: path), by: data, like: status)
    }
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw FileFailure(errno) }
    defer { close(descriptor) }
    try send(data, to: descriptor)
  }

  /// The descriptor that a path names, where it is one that this process was started with. Its own
  /// ones, the index's among them, are all closed on exec: they are not there for anybody.
  private static func handedDown(
    _ path: String, standard: Int32
  ) throws(FileFailure) -> Int32? {
    let named = ["/dev/fd/", "/proc/self/fd/"].first { path.hasPrefix($0) }
    let descriptor: Int32? =
      switch path {
      case "-": standard
      case "/dev/stdin": STDIN_FILENO
      case "/dev/stdout": STDOUT_FILENO
      case "/dev/stderr": STDERR_FILENO
      default: named.flatMap { Int32(path.dropFirst($0.count)) }
      }
    guard let descriptor else { return nil }
    let flags = fcntl(descriptor, F_GETFD)
    guard flags >= 0, flags & FD_CLOEXEC == 0 else { throw FileFailure(EBADF) }
    return descriptor
  }

  /// Where a chain of links ends, whether or not anything is there.
  private static func target(of path: String) throws(FileFailure) -> String {
    var path = path
    // As many as Linux follows (path_resolution(7)).
    for _ in 0..<40 {
      guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
        return path
      }
      path = link.hasPrefix("/") ? link : directory(of: path) + link
    }
    throw FileFailure(ELOOP)
  }

  /// Empty, or with a slash at its end.
  private static func directory(of path: String) -> Substring {
    path.lastIndex(of: "/").map { path[...$0] } ?? ""
  }

  private static func replace(
    _ path: String, by data: Data, like old: stat?
  ) throws(FileFailure) {
    let directory = directory(of: path)
    let new = directory + ".balai-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
    let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileFailure(errno) }
    do throws(FileFailure) {
      defer { close(descriptor) }
      if let old {
        _ = fchown(descriptor, old.st_uid, old.st_gid)
        _ = fchmod(descriptor, old.st_mode & 0o7777)
      }
      try send(data, to: descriptor)
      guard fsync(descriptor) == 0, rename(new, path) == 0 else { throw FileFailure(errno) }
    } catch {
      unlink(new)
      throw error
    }
    let parent = open(directory.isEmpty ? "." : String(directory), O_RDONLY | O_CLOEXEC)
    guard parent >= 0 else { return }
    _ = fsync(parent)
    close(parent)
  }

  private static func send(_ data: Data, to descriptor: Int32) throws(FileFailure) {
    var rest = data[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else {
        try wait(for: POLLOUT, on: descriptor, after: errno)
      }
    }
  }

  private static func receive(
    from descriptor: Int32, atMost limit: Int
  ) throws(FileFailure) -> Data {
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while data.count <= limit {
      let count = Foundation.read(descriptor, &buffer, buffer.count)
      if count == 0 { return data }
      if count > 0 {
        data.append(contentsOf: buffer[..<count])
      } else {
        try wait(for: POLLIN, on: descriptor, after: errno)
      }
    }
    throw FileFailure(reason: "it is larger than \(limit >> 20) MiB")
  }

  /// Whoever handed a descriptor down may have set it not to block.
  private static func wait(
    for event: Int32, on descriptor: Int32, after error: Int32
  ) throws(FileFailure) {
    switch error {
    case EINTR: return
    case EAGAIN:
      var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
      _ = poll(&waiting, 1, -1)
    default: throw FileFailure(error)
    }
  }
}

/// Why a file could not be read or written.
package struct FileFailure: Error, Hashable {
  /// In the system's words.
  package let reason: String
  /// Whether there is nothing of this name.
  package let isMissing: Bool

  init(reason: String) {
    self.reason = reason
    isMissing = false
  }

  /// - Parameter error: an `errno`.
  init(_ error: Int32) {
    reason = String(cString: strerror(error)).lowercased()
    isMissing = error == ENOENT
  }
}
