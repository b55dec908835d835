import Foundation
package import Inventory

/// The right to sweep one engine, held until it is released or the process ends.
///
/// An advisory `flock` on a file in the state directory: the kernel lets go of it when the process
/// dies, however it dies, so there is never a stale lock to delete by hand.
package struct SweepLock: ~Copyable {
  private let descriptor: Int32

  /// Takes the lock at once or not at all.
  ///
  /// - Throws: `SweepError.locked` when another sweep of this engine holds it; `SweepError.noLock`
  ///   when the file cannot be opened.
  package init(on engine: EngineIdentity, in directory: String) throws(SweepError) {
    let path = directory + "/sweep-\(SHA256.hex(engine.key).prefix(16)).lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw .noLock(path: path, reason: String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let error = errno
      close(descriptor)
      if error == EWOULDBLOCK { throw .locked(engine: engine.hostName) }
      throw .noLock(path: path, reason: String(cString: strerror(error)))
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}
