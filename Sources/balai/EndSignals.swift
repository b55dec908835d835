@preconcurrency import Dispatch
import Foundation

/// SIGINT and SIGTERM as the usual way to end a service.
final class EndSignals: Sendable {
  private let sources: [any DispatchSourceSignal]

  init(_ end: @escaping @Sendable () -> Void) {
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { end() }
      source.resume()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }
}
