import Glibc

/// An open directory, and what lies below it by relative paths.
///
/// Holding it open pins the directory that was looked at, whatever its path names later.
final class Folder: Sendable {
  let descriptor: Int32

  /// Nil where there is no directory, or it may not be read.
  init?(at path: String) {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
  }

  deinit { close(descriptor) }

  /// Whether anything of this path is there, a dangling link too.
  func holds(_ path: String) -> Bool {
    var status = stat()
    return fstatat(descriptor, path, &status, AT_SYMLINK_NOFOLLOW) == 0
  }

  /// The names in a directory, unsorted; none where there is no such directory.
  ///
  /// Only plain names (`isPlainName`): an engine gives no others to what it makes itself.
  func names(in path: String) throws(DiskError) -> [String] {
    let opened = openat(descriptor, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else {
      if errno == ENOENT { return [] }
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    guard let stream = fdopendir(opened) else {
      let reason = String(cString: strerror(errno))
      close(opened)
      throw .unreadable(path: path, reason: reason)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      guard let name = String(validatingCString: entry.name), name.isPlainName else { continue }
      names.append(name)
    }
    guard errno == 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    return names
  }

  /// The text of one of the engine's small files, without white space at its ends; nil where there is
  /// no such file.
  func text(of path: String) throws(DiskError) -> String? {
    let opened = openat(descriptor, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard opened >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { close(opened) }
    var status = stat()
    guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(path: path, reason: "not a file")
    }
    // Ids and digests, 71 characters at most.
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = read(opened, &bytes, bytes.count)
    guard count >= 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    return bytes[..<count].asciiText
  }
}

extension String {
  /// Whether it is one step of a path: printable ASCII, no slash, and neither `.` nor `..`.
  ///
  /// Ids and names come from files and from an engine's replies, and become parts of paths.
  var isPlainName: Bool {
    !isEmpty && utf8.count <= 255 && self != "." && self != ".."
      && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }
  }

  /// The digits of `sha256:` and 64 lower-case hex digits; nil for anything else.
  var sha256Digits: String? {
    guard hasPrefix("sha256:") else { return nil }
    let digits = dropFirst(7)
    return digits.utf8.isSHA256 ? String(digits) : nil
  }
}

extension Sequence<UInt8> {
  /// Whether it is 64 lower-case hex digits.
  var isSHA256: Bool {
    var count = 0
    for byte in self {
      guard (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) else { return false }
      count += 1
    }
    return count == 64
  }
}

extension ArraySlice<UInt8> {
  /// As text without white space at its ends; what is no UTF-8 is replaced.
  fileprivate var asciiText: String {
    let isSpace = { (byte: UInt8) in byte <= 0x20 }
    guard let first = firstIndex(where: { !isSpace($0) }),
      let last = lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(decoding: self[first...last], as: UTF8.self)
  }
}

extension UnsafeMutablePointer<dirent> {
  /// Where its name is, and not a copy: the field's declared length is not the name's.
  var name: UnsafePointer<CChar> {
    let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
    return UnsafeRawPointer(self).advanced(by: offset).assumingMemoryBound(to: CChar.self)
  }
}
