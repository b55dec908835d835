import Foundation
package import Inventory
import Synchronization

/// Another user of a test's engine who does everything at the wrong moment, until he is stopped, and
/// keeps a log of it.
///
/// What he does is decided by a seed; when it meets the sweep beside it is not.
package final class HostileNeighbour: Sendable {
  /// Something that he did, or tried.
  package struct Deed: Hashable, Sendable {
    package let at: Timestamp
    /// `create`, `start`, `stop`, `rename`, `remove`, `tag`, `untag`, `commit`, `build`, `prune`.
    package let action: String
    /// What it was done to: ids and names, as he said them.
    package let objects: [String]
    package let status: Int
    /// Ids of containers and images, and names of images, that the engine took away for it.
    package let removed: [String]
  }

  private struct State {
    var deeds: [Deed] = []
    var isStopping = false
    var hasEnded = false
  }

  private let state = Mutex(State())

  /// Begins at once.
  ///
  /// - Parameters:
  ///   - targets: Images that he likes to use best, such as those that a plan removes.
  ///   - pruning: How often he prunes: once in so many deeds; nil: never.
  package init(
    on socketPath: String, seed: UInt64, targets: [ImageID] = [], pruning: Int? = 40
  ) {
    let hand = NeighbourHand(on: EngineSocket(socketPath), seed: seed, targets: targets)
    Thread.detachNewThread { [self] in
      var hand = hand
      while state.withLock({ !$0.isStopping }) {
        // A deed that could not be sent says nothing: the engine may be restarting.
        if let deed = try? hand.next(pruning: pruning) {
          state.withLock { $0.deeds.append(deed) }
        } else {
          Thread.sleep(forTimeInterval: 0.002)
        }
      }
      state.withLock { $0.hasEnded = true }
    }
  }

  /// All deeds so far.
  package var deeds: [Deed] { state.withLock { $0.deeds } }

  /// Returns as soon as he has done at least so much.
  package func wait(forDeeds count: Int) async throws {
    while deeds.count < count { try await Task.sleep(for: .milliseconds(5)) }
  }

  /// Stops him and returns what he has done, once the last of it is done.
  @discardableResult
  package func stop() async throws -> [Deed] {
    state.withLock { $0.isStopping = true }
    while state.withLock({ !$0.hasEnded }) { try await Task.sleep(for: .milliseconds(5)) }
    return deeds
  }
}
