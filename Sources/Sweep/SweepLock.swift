import Foundation
package import Inventory

/// The right to sweep one engine, held until it is released or the process ends.
///
/// Advisory `flock`s, on a file in the state directory and on one that all Balais of the host share,
/// whatever their state directory: the kernel lets go of them when the process dies, however it dies,
/// so there is never a stale lock to delete by hand.
package struct SweepLock: ~Copyable {
  private let descriptors: [Int32]

  /// Takes the lock of a state directory at once or not at all.
  ///
  /// - Throws: `SweepError.locked` when another sweep of this engine holds it; `SweepError.noLock`
  ///   when the file cannot be opened.
  package init(on engine: EngineIdentity, in directory: String) throws(SweepError) {
    descriptors = [try LockFile.own(of: engine.key, in: directory).take(engine)]
  }

  /// Takes at once, or not at all, the lock of the host and that of a state directory. Where one of them
  /// takes no file (a full or read-only disk, a host without such a place) the other one is enough.
  ///
  /// - Parameters:
  ///   - directory: nil: no file is to be made there.
  ///   - places: directories for the file that is shared; the first that has or takes it counts.
  package init(
    on engine: EngineIdentity, in directory: String?, sharedIn places: [String]
  ) throws(SweepError) {
    var taken: [Int32] = []
    var obstacle: SweepError?
    let files =
      [places.map { LockFile.shared(of: engine.key, in: $0) }]
      + [[directory].compactMap { $0 }.map { LockFile.own(of: engine.key, in: $0) }]
    for choices in files {
      for file in choices {
        do throws(SweepError) {
          taken.append(try file.take(engine))
          break
        } catch {
          if case .locked = error {
            for descriptor in taken { LockFile.release(descriptor) }
            throw error
          }
          obstacle = error
        }
      }
    }
    if taken.isEmpty {
      let obstacle = obstacle ?? .noLock(path: "/run/lock", reason: "there is no place for it")
      if directory == nil, case .noLock(let path, let reason) = obstacle {
        throw .noSharedLock(path: path, reason: reason)
      }
      throw obstacle
    }
    descriptors = taken
  }

  /// Whether somebody holds it, by a look that takes nothing; also where that cannot be told.
  package static func isHeld(
    on engineKey: String, in directory: String, sharedIn places: [String]
  ) -> Bool {
    LockFile.own(of: engineKey, in: directory).isHeld
      || places.contains { LockFile.shared(of: engineKey, in: $0).isHeld }
  }

  deinit { for descriptor in descriptors { LockFile.release(descriptor) } }
}
