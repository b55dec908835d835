import Foundation
import Synchronization

/// An event as an engine tells it.
package struct WitnessedEvent: Hashable, Sendable {
  /// `container`, `image`, `volume` or `network`.
  package let type: String
  /// `destroy`, `delete`, `untag`, `create`…
  package let action: String
  package let id: String
  /// The object's name, where it has one.
  package let name: String
  /// Nanoseconds since 1970, by the engine's clock.
  package let time: Int64

  /// Whether something was taken away by it: an object, or an image's tag.
  package var isRemoval: Bool { ["destroy", "delete", "untag", "remove"].contains(action) }
}

/// Keeps every event of an engine: evidence of what was removed that asks neither the sweep nor a
/// neighbour.
package final class EventWitness: Sendable {
  private struct State {
    var events: [WitnessedEvent] = []
    var hasEnded = false
  }

  private let engine: EngineSocket
  private let connection: Int32
  private let state = Mutex(State())

  /// Hears everything from now on.
  package init(of socketPath: String) throws {
    engine = EngineSocket(socketPath)
    connection = try engine.connect()
    // The engine answers before it listens to itself: what happens between is told by its memory.
    var clock = timespec()
    clock_gettime(CLOCK_REALTIME, &clock)
    let digits = String(clock.tv_nsec)
    let since = "\(clock.tv_sec)." + String(repeating: "0", count: 9 - digits.count) + digits
    try EngineSocket.send(EngineSocket.request("GET", "/events?since=\(since)"), to: connection)
    Thread.detachNewThread { [self] in
      var text = Data()
      while let part = EngineSocket.receive(from: connection) {
        // Chunks may begin and end anywhere; events are lines, and the frames between them are not
        // JSON objects.
        text += part
        while let end = text.firstIndex(of: UInt8(ascii: "\n")) {
          if let event = Self.event(text[..<end]) { state.withLock { $0.events.append(event) } }
          text = Data(text[text.index(after: end)...])
        }
      }
      state.withLock { $0.hasEnded = true }
      close(connection)
    }
  }

  /// All events so far.
  package var events: [WitnessedEvent] { state.withLock { $0.events } }

  /// Waits until all that has happened before this call was heard, stops listening, and returns it.
  package func finish() async throws -> [WitnessedEvent] {
    let marker = "witness-" + UUID().uuidString.lowercased()
    _ = try engine.call("POST", "/volumes/create", body: Data(#"{"Name":"\#(marker)"}"#.utf8))
    defer { shutdown(connection, Int32(SHUT_RDWR)) }
    _ = try engine.call("DELETE", "/volumes/\(marker)")
    while true {
      let (events, hasEnded) = state.withLock { ($0.events, $0.hasEnded) }
      if events.contains(where: { $0.id == marker && $0.action == "destroy" }) {
        return events.filter { $0.id != marker }
      }
      if hasEnded {
        throw RealEngineError(attempt: "hearing events", reason: "the engine ended the stream")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  private static func event(_ line: Data) -> WitnessedEvent? {
    guard let fields = try? JSONSerialization.jsonObject(with: line) as? [String: Any],
      let type = fields["Type"] as? String, let action = fields["Action"] as? String,
      let actor = fields["Actor"] as? [String: Any]
    else { return nil }
    let attributes = actor["Attributes"] as? [String: Any]
    return WitnessedEvent(
      type: type, action: action, id: actor["ID"] as? String ?? "",
      name: attributes?["name"] as? String ?? "",
      time: (fields["timeNano"] as? NSNumber)?.int64Value ?? 0)
  }
}
