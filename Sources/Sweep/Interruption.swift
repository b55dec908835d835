import Synchronization

/// A request to end the run early, made from a signal, a deadline or another task: no new step is
/// begun, what is in flight is finished.
package final class Interruption: Sendable {
  /// Who asked.
  package enum Cause: Sendable {
    /// Somebody at the terminal, or the system.
    case signal
    case deadline
  }

  private let asked = Mutex<Cause?>(nil)

  package init() {}

  /// Asks the run to end; the first to do so counts.
  package func request(by cause: Cause = .signal) { asked.withLock { $0 = $0 ?? cause } }

  /// Whether it has been asked for.
  package var isRequested: Bool { cause != nil }

  /// Who asked first; nil: nobody did.
  package var cause: Cause? { asked.withLock { $0 } }
}
