import Foundation
import Inventory
import Sweep

extension Session {
  /// Takes the right to sweep this engine, in the state directory; where that takes no new file, in a
  /// directory that is gone with the next boot.
  func takeLock() throws -> SweepLock {
    do throws(SweepError) {
      return try SweepLock(on: client.identity, in: stateDirectory)
    } catch {
      guard case .noLock = error, index.obstacle != nil, let directory = Self.runtimeDirectory
      else {
        throw error
      }
      mkdir(directory, 0o700)
      return try SweepLock(on: client.identity, in: directory)
    }
  }

  /// By the XDG base directory specification, else in `/run`, which only root can write to.
  private static var runtimeDirectory: String? {
    let given = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"] ?? ""
    if given.hasPrefix("/") { return given + "/balai" }
    return geteuid() == 0 ? "/run/balai" : nil
  }
}
