@preconcurrency import Dispatch
import Foundation
import Sweep
import Synchronization

/// SIGINT and SIGTERM while a sweep is at work: the first asks it to end, the second ends the process
/// at once.
final class Signals: Sendable {
  let interruption = Interruption()
  private let first = Mutex<Int32?>(nil)
  private let sources: [any DispatchSourceSignal]

  init() {
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: .global())
    }
    for (number, source) in zip([SIGINT, SIGTERM], sources) {
      source.setEventHandler { [self] in
        let isSecond = first.withLock { first in
          defer { first = first ?? number }
          return first != nil
        }
        if isSecond { _exit(128 + number) }
        interruption.request()
      }
      source.resume()
    }
  }

  deinit { for source in sources { source.cancel() } }

  /// The first one that came.
  var received: Int32? { first.withLock { $0 } }
}
