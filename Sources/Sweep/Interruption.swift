import Synchronization

/// A request to end the run early, made from a signal or another task: no new step is begun, what is
/// in flight is finished.
package final class Interruption: Sendable {
  private let requested = Atomic(false)

  package init() {}

  /// Asks the run to end.
  package func request() { requested.store(true, ordering: .sequentiallyConsistent) }

  /// Whether it has been asked for.
  package var isRequested: Bool { requested.load(ordering: .sequentiallyConsistent) }
}
