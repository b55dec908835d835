@preconcurrency import Dispatch
import Foundation
import Report
import Sweep
import Synchronization

/// SIGINT, SIGTERM and SIGHUP while a sweep is at work: the first asks it to end, a SIGINT or SIGTERM
/// after it ends the process at once. A terminal that goes away often sends several SIGHUPs, and a service
/// manager sends one after its SIGTERM. Where SIGHUP was ignored (`nohup`) it is ignored still.
final class Signals: Sendable {
  let interruption = Interruption()
  private let first = Mutex<Int32?>(nil)
  private let sources: [any DispatchSourceSignal]

  init() {
    var numbers = [SIGINT, SIGTERM]
    for number in numbers { signal(number, SIG_IGN) }
    var earlier = sigaction()
    sigaction(SIGHUP, nil, &earlier)
    if !earlier.isIgnoring {
      signal(SIGHUP, SIG_IGN)
      numbers.append(SIGHUP)
    }
    sources = numbers.map { DispatchSource.makeSignalSource(signal: $0, queue: .global()) }
    for (number, source) in zip(numbers, sources) {
      source.setEventHandler { [self] in
        let isSecond = first.withLock { first in
          defer { first = first ?? number }
          return first != nil
        }
        if isSecond {
          if number != SIGHUP { _exit(128 + number) }
          return
        }
        interruption.request()
      }
      source.resume()
    }
  }

  deinit { for source in sources { source.cancel() } }

  /// The status to end with for the first one that came.
  var status: ExitStatus? {
    switch first.withLock({ $0 }) {
    case SIGINT: .interrupted
    case SIGHUP: .hungUp
    case nil: nil
    default: .terminated
    }
  }
}

extension sigaction {
  fileprivate var isIgnoring: Bool {
    unsafeBitCast(__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
