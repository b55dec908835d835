import Foundation
import Synchronization

/// Room on the index's disk that is kept for the day when the disk is full: files beside the index
/// that hold blocks and inodes, and that are deleted one by one where SQLite finds no room.
///
/// The sizes are those of `docs/decisions/state-directory.md`.
final class Reserve: Sendable {
  private static let files = 8
  private static let size: Int64 = 1 << 20
  /// A disk that has less than this many times the reserve, in bytes or in inodes, is not to lose it.
  private static let plenty: UInt64 = 8

  private let path: String
  private let hasGivenUp = Mutex(false)

  /// - Parameter path: of the index.
  init(for path: String) { self.path = path }

  /// As many bytes as the disk has plenty of.
  var roomOnDisk: Int64 {
    var system = statvfs()
    guard statvfs(path, &system) == 0 else { return 0 }
    return Int64(clamping: Self.bytes(freeOn: system) / Self.plenty)
  }

  /// Whether the disk could be full in a moment: it has less than 256 MiB.
  var isRoomScarce: Bool {
    var system = statvfs()
    return statvfs(path, &system) != 0 || Self.bytes(freeOn: system) < 256 << 20
  }

  private static func bytes(freeOn system: statvfs) -> UInt64 {
    UInt64(system.f_bavail) * UInt64(system.f_frsize)
  }

  /// Makes the files that are missing, where the disk has plenty of room.
  func make() {
    var system = statvfs()
    guard statvfs(path, &system) == 0 else { return }
    let most = UInt64(Self.files) * Self.plenty
    let bytes = Self.bytes(freeOn: system)
    // Some file systems know no number of files and say 0 of 0.
    let hasInodes = system.f_files == 0 || UInt64(system.f_favail) >= most
    if hasInodes, bytes >= most * UInt64(Self.size) { fill() }
  }

  /// Gives up one file; false where none is left.
  func giveUpOne() -> Bool {
    for number in (0..<Self.files).reversed() where unlink(file(number)) == 0 {
      hasGivenUp.withLock { $0 = true }
      return true
    }
    return false
  }

  /// Whether a file was given up: the disk is full.
  var isInUse: Bool { hasGivenUp.withLock { $0 } }

  /// Takes back what was given up, as far as there is room: the disk had done without it before.
  func takeBack() {
    if hasGivenUp.withLock({ $0 }) { fill() }
  }

  private func file(_ number: Int) -> String { "\(path).reserve\(number)" }

  private func fill() {
    for number in 0..<Self.files {
      let descriptor = open(
        file(number), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
      guard descriptor >= 0 else { return }
      defer { close(descriptor) }
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
      if status.st_size >= Self.size { continue }
      if posix_fallocate(descriptor, 0, off_t(Self.size)) != 0 {
        // A part of one is of no use to anybody else either; its inode is.
        if status.st_size == 0 { _ = unlink(file(number)) }
        return
      }
    }
  }
}
