import Foundation
import Testing

/// A file system of its own, in memory, that a test can fill; only for root.
final class SmallDisk {
  static var isAvailable: Bool { geteuid() == 0 }

  private let scratch: Scratch
  let directory: String
  var indexPath: String { directory + "/index.db" }

  /// - Parameter options: of tmpfs: `size=`, `nr_inodes=`.
  init(_ options: String) throws {
    scratch = try Scratch()
    directory = scratch.directory + "/disk"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try #require(mount("tmpfs", directory, "tmpfs", 0, options) == 0)
  }

  deinit { umount2(directory, Int32(MNT_DETACH)) }

  /// Leaves 0 bytes and 0 inodes.
  func fill() throws {
    let descriptor = open(directory + "/filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      let block = [UInt8](repeating: 1, count: 4_096)
      while write(descriptor, block, block.count) > 0 {}
      close(descriptor)
    }
    for number in 0... {
      let file = open("\(directory)/inode\(number)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if file >= 0 { close(file) } else if errno == ENOSPC { break }
    }
    var system = statvfs()
    try #require(statvfs(directory, &system) == 0 && system.f_bavail == 0 && system.f_favail == 0)
  }

  func empty() throws {
    for name in try names where name.hasPrefix("filler") || name.hasPrefix("inode") {
      unlink(directory + "/" + name)
    }
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: directory) }
  }

  /// Bytes of the files that are kept for a full disk.
  var reserved: Int {
    get throws {
      try names.filter { $0.hasPrefix("index.db.reserve") }.map {
        var status = stat()
        return stat(directory + "/" + $0, &status) == 0 ? Int(status.st_blocks) * 512 : 0
      }.reduce(0, +)
    }
  }
}
