import Foundation

/// The archive's directory, held open: what its path names later cannot lead a file elsewhere.
final class ArchiveFolder: Sendable {
  let descriptor: Int32
  /// Absolute, without a slash at its end.
  let path: String

  /// Makes the directory, and those above it, for this user alone where they are missing.
  init(_ given: String) throws(ArchiveError) {
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
      if mkdir(path, 0o700) != 0, errno != EEXIST, errno != EROFS, errno != EACCES {
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
