import Foundation
import Inventory

/// A file whose `flock` stands for the right to sweep an engine; it has no content.
struct LockFile {
  let path: String
  private let mode: mode_t

  /// In a state directory: nobody else has anything to do there.
  static func own(of engineKey: String, in directory: String) -> LockFile {
    LockFile(path: directory + "/sweep-\(SHA256.hex(engineKey).prefix(16)).lock", mode: 0o600)
  }

  /// For all users of the host: to lock it, it is enough to be able to read it.
  static func shared(of engineKey: String, in directory: String) -> LockFile {
    LockFile(path: directory + "/balai-\(SHA256.hex(engineKey).prefix(16)).lock", mode: 0o644)
  }

  /// Whether somebody holds it; also where that cannot be told.
  var isHeld: Bool {
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return errno != ENOENT }
    defer { Self.release(descriptor) }
    // Shared: two that look at the same time are not in each other's way.
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }

  /// Opens the file and locks it at once, or throws who holds it; answers the descriptor.
  func take(_ engine: EngineIdentity) throws(SweepError) -> Int32 {
    let descriptor = try open()
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let error = errno
      defer { close(descriptor) }
      guard error == EWOULDBLOCK else { throw refusal(error) }
      throw .locked(engine: engine.hostName, process: holder(of: descriptor))
    }
    return descriptor
  }

  /// Unlocks and closes what `take` answered. To close it is not enough: a process that was just forked
  /// has it open as well until it becomes another program.
  static func release(_ descriptor: Int32) {
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Without `O_CREAT` where the file exists: in a directory that everybody can write to, the kernel
  /// (`fs.protected_regular`) lets not even root open another user's file with it. Anybody can put
  /// something there, so links are not followed and what is no file is not used.
  private func open() throws(SweepError) -> Int32 {
    let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    var descriptor = Foundation.open(path, flags)
    if descriptor < 0, errno == ENOENT {
      descriptor = Foundation.open(path, flags | O_CREAT | O_EXCL, mode)
      if descriptor >= 0 {
        // Whatever the umask: others have to be able to read the shared one.
        _ = fchmod(descriptor, mode)
      } else if errno == EEXIST {
        descriptor = Foundation.open(path, flags)
      }
    }
    guard descriptor >= 0 else { throw refusal(errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .noLock(path: path, reason: "it is no file")
    }
    return descriptor
  }

  /// The process that holds the lock, by the kernel's list; nil where it does not say, as of one in
  /// another container.
  private func holder(of descriptor: Int32) -> Int32? {
    var status = stat()
    guard fstat(descriptor, &status) == 0,
      let list = try? String(contentsOfFile: "/proc/locks", encoding: .utf8)
    else { return nil }
    // "1: FLOCK  ADVISORY  WRITE 1234 00:1a:5678 0 EOF" (proc_locks(5)); the file is the sixth word.
    for line in list.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 5, words[1] == "FLOCK", let process = Int32(words[4]), process > 0,
        words[5].split(separator: ":").last == Substring(String(status.st_ino))
      else { continue }
      return process
    }
    return nil
  }

  private func refusal(_ error: Int32) -> SweepError {
    .noLock(path: path, reason: String(cString: strerror(error)))
  }
}
