import Engine
import Synchronization

/// Events that wait to be written.
final class PendingEvents: Sendable {
  private static let most = 50_000
  private let events = Mutex<[EngineEvent]>([])

  /// Whether more wait than should.
  var isTooMuch: Bool { events.withLock { $0.count > Self.most } }

  func forget() { events.withLock { $0 = [] } }

  func add(_ event: EngineEvent) { events.withLock { $0.append(event) } }

  /// Waits for more; not for long where an image has come, that may be gone again soon.
  func wait(_ duration: Duration) async {
    for _ in 0..<8 {
      try? await Task.sleep(for: duration / 8)
      let isUrgent = events.withLock { $0.contains(where: \.isArrival) }
      if isUrgent || Task.isCancelled { return }
    }
  }

  func take() -> [EngineEvent] {
    events.withLock { events in
      defer { events = [] }
      return events
    }
  }

  func putBack(_ earlier: [EngineEvent]) { events.withLock { $0 = earlier + $0 } }
}
