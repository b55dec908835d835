import Foundation
import Inventory

/// A finished file, read from the disk in one go from its start; its digest comes with the reading.
///
/// Holding it open pins the file that was looked at, whatever its name stands for later.
struct CopyFile: ~Copyable {
  let path: String
  let size: Int64
  private let descriptor: Int32
  private let buffer: UnsafeMutableRawBufferPointer
  private var filled = 0
  private var taken = 0
  private var sum = SHA256.Running()

  /// - Throws: `missing` where there is no such file, `altered` where it is no regular file.
  init(_ name: String, in folder: ArchiveFolder) throws(ArchiveError) {
    path = folder.path(of: name)
    descriptor = openat(
      folder.descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT: throw .missing(file: path)
      case ELOOP: throw .altered(file: path)
      default: throw .unreadable(file: path, reason: String(cString: strerror(errno)))
      }
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .altered(file: path)
    }
    size = Int64(status.st_size)
    buffer = .allocate(byteCount: 1 << 18, alignment: 16)
    // What is to be proven is what the disk holds, not what memory still remembers of the writing.
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
  }

  /// Reads a file that is open already from its beginning; how far it was read is known to both.
  init(_ file: FileHandle, at path: String) throws(ArchiveError) {
    self.path = path
    descriptor = fcntl(file.fileDescriptor, F_DUPFD_CLOEXEC, 0)
    var status = stat()
    guard descriptor >= 0, lseek(descriptor, 0, SEEK_SET) == 0, fstat(descriptor, &status) == 0
    else {
      let error = errno
      if descriptor >= 0 { close(descriptor) }
      throw .unreadable(file: path, reason: String(cString: strerror(error)))
    }
    size = Int64(status.st_size)
    buffer = .allocate(byteCount: 1 << 18, alignment: 16)
  }

  deinit {
    buffer.deallocate()
    close(descriptor)
  }

  /// The same open file; how far it was read is known to both.
  func handle() throws(ArchiveError) -> FileHandle {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else {
      throw .unreadable(file: path, reason: String(cString: strerror(errno)))
    }
    return FileHandle(fileDescriptor: copy, closeOnDealloc: true)
  }

  /// How many bytes were handed out.
  private(set) var position: Int64 = 0

  /// Hands out the next bytes, at most so many; none at the end of the file. They are valid until the
  /// next call.
  mutating func next(atMost limit: Int64) throws(ArchiveError) -> UnsafeRawBufferPointer {
    if taken == filled {
      var count = read(descriptor, buffer.baseAddress, buffer.count)
      while count < 0 && errno == EINTR {
        count = read(descriptor, buffer.baseAddress, buffer.count)
      }
      guard count >= 0 else {
        throw .unreadable(file: path, reason: String(cString: strerror(errno)))
      }
      (filled, taken) = (count, 0)
      sum.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    let count = Int(min(Int64(filled - taken), limit))
    let bytes = UnsafeRawBufferPointer(rebasing: buffer[taken..<taken + count])
    taken += count
    position += Int64(count)
    return bytes
  }

  /// Reads to the end and gives the digest of the whole file.
  mutating func digest() throws(ArchiveError) -> String {
    while try !next(atMost: .max).isEmpty {}
    return sum.hex()
  }

  /// Some bytes from the middle, without moving on; fewer where the file ends before.
  func bytes(at offset: Int64, count: Int) throws(ArchiveError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let part = bytes.withUnsafeMutableBytes { bytes in
        pread(
          descriptor, bytes.baseAddress?.advanced(by: done), count - done,
          off_t(offset + Int64(done)))
      }
      if part < 0 && errno == EINTR { continue }
      guard part >= 0 else {
        throw .unreadable(file: path, reason: String(cString: strerror(errno)))
      }
      if part == 0 { break }
      done += part
    }
    return Array(bytes[..<done])
  }
}
