import Foundation
import Inventory

/// What happened on an engine since an index last looked.
struct Changes: Sendable {
  /// Containers that something happened to; nil: nobody can say which.
  let containers: Set<ContainerID>?
  /// Images that got a name, with the time.
  let tagged: [ImageID: Timestamp]
  /// Where the next reading starts; nil where the engine remembers no event.
  let newest: EventMark?
  /// Uses since then, whole or not.
  var uses = ObservedUses.none

  static let unknown = Changes(containers: nil, tagged: [:], newest: nil)

  /// Whether what is remembered of a container may be out of date.
  func mayConcern(_ id: ContainerID) -> Bool { containers?.contains(id) ?? true }

  /// The events of a reply, oldest first, read with the mark of the last one that was seen.
  ///
  /// An engine keeps its last 256 events, and none over a restart (moby `daemon/events`). A reply
  /// that still begins with the marked event has all that came after it; any other has not.
  init(events: [EventReply], after mark: EventMark?, coverage: Coverage? = nil) {
    newest = events.last?.mark
    let seen = mark.flatMap { mark in events.lastIndex { $0.mark == mark } }
    uses = ObservedUses(
      seen.map { events[($0 + 1)...] } ?? events[...], missed: coverage?.missed(by: events))
    guard let seen else {
      (containers, tagged) = (nil, [:])
      return
    }
    (containers, tagged) = Self.read(events[(seen + 1)...])
  }

  /// Events that were followed without a gap since the last survey.
  init(followed events: [EventReply]) {
    newest = events.last?.mark
    uses = ObservedUses(events, missed: nil)
    (containers, tagged) = Self.read(events[...])
  }

  private static func read(
    _ events: ArraySlice<EventReply>
  ) -> (Set<ContainerID>, [ImageID: Timestamp]) {
    let containers = events.filter(\.changesContainer)
      .compactMap { $0.Actor?.ID.map { ContainerID($0) } }
    let tags = events.compactMap { event -> (ImageID, Timestamp)? in
      guard event.Type == "image", event.Action == "tag", let id = event.Actor?.ID else {
        return nil
      }
      return (ImageID(id), event.time)
    }
    return (Set(containers), Dictionary(tags, uniquingKeysWith: max))
  }

  private init(containers: Set<ContainerID>?, tagged: [ImageID: Timestamp], newest: EventMark?) {
    self.containers = containers
    self.tagged = tagged
    self.newest = newest
  }
}

extension EngineAPI {
  /// Reads what happened since `mark`; on any failure everything may have changed.
  ///
  /// `until` must not lie in the future, or the engine waits for that time to come. The clock is
  /// this machine's: the engine is at the other end of a socket.
  func changes(
    since mark: EventMark?, coverage: Coverage? = nil
  ) async throws(EngineError) -> Changes {
    var unread = Changes.unknown
    unread.uses.missed = coverage?.missed(by: [])
    let since = mark?.nanoseconds ?? 0
    let now = Int64(Date().timeIntervalSince1970 * 1_000_000) * 1000
    do {
      let reply = try await send(
        .get, "/events", query: ["since=\(Self.seconds(since))", "until=\(Self.seconds(now))"],
        within: limits.instant)
      guard reply.status == 200 else { return unread }
      return Changes(
        events: try reply.decodeLines(EventReply.self, of: "GET /events"), after: mark,
        coverage: coverage)
    } catch .cancelled {
      throw .cancelled
    } catch {
      return unread
    }
  }

  /// Seconds with all nine digits of the fraction; nothing happened before 1970.
  static func seconds(_ nanoseconds: Int64) -> String {
    let nanoseconds = max(0, nanoseconds)
    let fraction = String(nanoseconds % 1_000_000_000)
    let zeros = String(repeating: "0", count: 9 - fraction.count)
    return "\(nanoseconds / 1_000_000_000).\(zeros)\(fraction)"
  }
}

extension Reply {
  /// One JSON object a line.
  func decodeLines<Value: Decodable>(
    _ type: Value.Type, of call: String
  ) throws(EngineError) -> [Value] {
    var values: [Value] = []
    for line in body.split(separator: UInt8(ascii: "\n")) {
      values.append(try Reply(status: status, headers: [:], body: line).decode(type, of: call))
    }
    return values
  }
}
