import Inventory
import Synchronization
import TestSupport

@testable import Engine

/// A host that a test changes between two surveys, with the ring of events of a real engine.
final class SmallHost: Sendable {
  struct Box: Sendable {
    var state = "exited"
    var finishedAt = "2026-01-01T00:00:10Z"
    var bytes = 100
  }
  struct Contents: Sendable {
    var containers: [String: Box] = [:]
    var images: [String: [String]] = [:]
    var events: [String] = []
    var clock: Int64 = 1_795_000_000_000_000_000
    /// Answers that replace the usual one, by `GET /path`.
    var faults: [String: StubReply] = [:]
    /// Whether what is answered with 404 is really gone from then on.
    var forgetsWhatIsAnswered404 = false
  }

  let contents: Mutex<Contents>

  init(containers: Int = 3, images: Int = 2) {
    var start = Contents()
    for number in 0..<containers { start.containers["c\(number)"] = Box() }
    for number in 0..<images { start.images["sha256:i\(number)"] = ["i\(number):1"] }
    contents = Mutex(start)
    logEvent("network", "connect", "n")
  }

  func change(_ body: (inout Contents) -> Void) { contents.withLock { body(&$0) } }

  func logEvent(_ type: String, _ action: String, _ id: String) {
    change {
      $0.clock += 1_000_000_007
      $0.events.append(
        #"{"Type":"\#(type)","Action":"\#(action)","Actor":{"ID":"\#(id)"},"timeNano":\#($0.clock)}"#
      )
    }
  }

  func stub() throws -> StubEngine {
    try StubEngine { request in
      self.contents.withLock { contents in
        let reply = contents.faults[request.call] ?? Self.answer(request, contents)
        if reply.status == 404, contents.forgetsWhatIsAnswered404 {
          let id = request.unversionedPath.split(separator: "/").dropFirst().first.map(String.init)
          contents.containers[id ?? ""] = nil
          contents.images[id ?? ""] = nil
        }
        return reply
      }
    }
  }

  private static func answer(_ request: StubRequest, _ contents: Contents) -> StubReply {
    let parts = request.unversionedPath.split(separator: "/").map(String.init)
    switch request.unversionedPath {
    case "/_ping": return .ping(apiVersion: "1.41")
    case "/info": return StubReply(200, "{}")
    case "/volumes": return StubReply(200, #"{"Volumes":null}"#)
    case "/networks": return StubReply(200, "[]")
    case "/events": return StubReply(200, events(request.query, contents))
    case "/containers/json":
      let list = contents.containers.sorted { $0.key < $1.key }.map { id, box in
        #"{"Id":"\#(id)","Names":["/\#(id)"],"ImageID":"sha256:i0","State":"\#(box.state)","Created":5}"#
      }
      return StubReply(200, "[\(list.joined(separator: ","))]")
    case "/images/json":
      let list = contents.images.sorted { $0.key < $1.key }.map { id, tags in
        #"{"Id":"\#(id)","RepoTags":["\#(tags.joined(separator: "\",\""))"],"Size":7}"#
      }
      return StubReply(200, "[\(list.joined(separator: ","))]")
    default: break
    }
    switch (parts.first, parts.last) {
    case ("containers", "json"):
      guard let box = contents.containers[parts[1]] else { return .error(404, "no such container") }
      let size = request.query == "size=1" ? #","SizeRw":\#(box.bytes),"SizeRootFs":1000"# : ""
      return StubReply(
        200,
        #"{"Id":"\#(parts[1])","State":{"Status":"\#(box.state)","StartedAt":"2026-01-01T00:00:00Z","FinishedAt":"\#(box.finishedAt)","ExitCode":3}\#(size)}"#
      )
    case ("images", "json"):
      guard contents.images[parts[1]] != nil else { return .error(404, "no such image") }
      return StubReply(
        200,
        #"{"Id":"\#(parts[1])","RootFS":{"Layers":["sha256:d"]},"Metadata":{"LastTagTime":"2026-01-01T00:00:00Z"}}"#
      )
    case ("images", "history"):
      return StubReply(200, #"[{"Size":7,"CreatedBy":"COPY a","Created":9}]"#)
    default: return .error(404, "page not found")
    }
  }

  /// As moby does: from the newest back to the first that is older than `since`.
  private static func events(_ query: String, _ contents: Contents) -> String {
    let since = query.split(separator: "&").first { $0.hasPrefix("since=") }?.dropFirst(6) ?? ""
    let nanoseconds = Int64(since.filter { $0 != "." }) ?? 0
    let ring = contents.events.suffix(256)
    let kept = ring.filter { event in
      let digits = event.drop { $0 != "}" }.filter(\.isNumber)
      return (Int64(digits) ?? 0) >= nanoseconds
    }
    return kept.map { $0 + "\n" }.joined()
  }
}

extension Survey {
  /// What an index would know after it recorded this.
  var remembered: Remembered {
    let contents = snapshot.images.compactMap { image in image.content.map { (image.id, $0) } }
    return Remembered(
      images: Dictionary(contents, uniquingKeysWith: { first, _ in first }),
      containers: Dictionary(
        snapshot.containers.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
      lastEvent: lastEvent)
  }
}
