import Foundation
import Inventory
import Sweep

extension Session {
  /// Between two attempts to take the lock: nobody who waits for minutes notices it.
  private static let pause = Duration.milliseconds(200)
  /// For how long the lock is waited for in any case: a command that closes the journal of a killed run
  /// has it for a moment, and is no sweep.
  private static let moment = Duration.seconds(3)

  /// Takes the right to sweep this engine, from everybody on this host; in the state directory too,
  /// where that is used.
  ///
  /// - Parameters:
  ///   - limit: how long to wait for another sweep's end.
  ///   - tell: is called once, before it waits, with what it waits for.
  /// - Throws: `SweepError.locked` when the time is up.
  func takeLock(
    waiting limit: Duration, _ tell: (String) -> Void
  ) async throws -> SweepLock {
    let directory = index.isUnkept ? nil : stateDirectory
    let end = ContinuousClock.now + max(limit, Self.moment)
    var hasTold = false
    while true {
      do throws(SweepError) {
        return try SweepLock(taking: client.identity, besides: directory)
      } catch {
        guard case .locked(let engine, let process) = error, ContinuousClock.now < end else {
          throw error
        }
        if !hasTold {
          let who = process.map { " (process \($0))" } ?? ""
          tell("another sweep of the engine on '\(engine)' is at work\(who)")
        }
        hasTold = true
      }
      try await Task.sleep(for: min(Self.pause, max(.zero, end - .now)))
    }
  }
}

extension SweepLock {
  /// Takes it at once, or not at all, where every Balai of this host does.
  ///
  /// - Parameter directory: the state directory; nil: it is not used.
  init(taking engine: EngineIdentity, besides directory: String?) throws(SweepError) {
    try self.init(on: engine, in: directory, sharedIn: Self.places())
  }

  /// Where all Balais of this host look: `/run/lock`; where it does not exist, or refuses, a
  /// directory for root, or one of the user's by the XDG base directory specification.
  static func places() -> [String] {
    let given = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"] ?? ""
    let own = geteuid() == 0 ? "/run/balai" : given.hasPrefix("/") ? given + "/balai" : nil
    if let own, geteuid() != 0 || !FileManager.default.fileExists(atPath: "/run/lock") {
      mkdir(own, 0o700)
    }
    return ["/run/lock"] + [own].compactMap { $0 }
  }
}
