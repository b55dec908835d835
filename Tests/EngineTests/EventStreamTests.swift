import Foundation
import Inventory
import TestSupport
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(10))) struct EventStreamTests {
  private static func event(_ number: Int, _ action: String = "die") -> String {
    #"{"Type":"container","Action":"\#(action)","Actor":{"ID":"c\#(number)","Attributes":{"image":"app:1"}},"timeNano":\#(number)000}"#
  }

  private func lines(_ reply: StubReply) async throws -> [String] {
    let stub = try StubEngine { _ in reply }
    defer { stub.close() }
    let transport = Transport(socketPath: stub.socketPath, maxBodyBytes: 1 << 20)
    var lines: [String] = []
    let request = Request(method: .get, target: "/events", call: "GET /events")
    for try await line in transport.lines(request, beginningWithin: .seconds(30)) {
      lines.append(String(decoding: line, as: UTF8.self))
    }
    return lines
  }

  @Test(arguments: [1, 7, 10_000])
  func linesAreWholeHoweverTheyAreCut(_ size: Int) async throws {
    let events = (0..<20).map { Self.event($0) }
    let body = events.joined(separator: "\n") + "\n\n"
    #expect(try await lines(StubReply(200, body, manner: .chunked(size))) == events)
  }

  @Test func endlessLineIsRefused() async throws {
    let reply = StubReply(200, String(repeating: "x", count: 2 << 20), manner: .chunked(65_536))
    await #expect(throws: EngineError.replyTooLarge(call: "GET /events", limit: 1 << 20)) {
      try await lines(reply)
    }
  }

  @Test func refusalAndLossAreErrors() async throws {
    await #expect(throws: EngineError.refused(call: "GET /events", status: 400, message: "no")) {
      try await lines(.error(400, "no"))
    }
    await #expect(throws: EngineError.connectionLost(call: "GET /events")) {
      try await lines(
        StubReply(200, Self.event(1) + "\n", manner: .cut(after: 20, chunked: true)))
    }
  }

  @Test func cancellingTheTaskClosesTheConnection() async throws {
    let stub = try StubEngine { _ in .hanging }
    defer { stub.close() }
    let transport = Transport(socketPath: stub.socketPath, maxBodyBytes: 1 << 20)
    let request = Request(method: .get, target: "/events", call: "GET /events")
    let reading = Task {
      for try await _ in transport.lines(request, beginningWithin: .seconds(30)) {}
    }
    await stub.waitForRequests()
    reading.cancel()
    await stub.waitForDisconnection()
    _ = await reading.result
  }

  private func reply(_ numbers: Range<Int>) throws -> [EventReply] {
    try numbers.map {
      try JSONDecoder().decode(EventReply.self, from: Data(Self.event($0 + 1).utf8))
    }
  }

  private func coverage(
    mark: EventMark?, isSurveyed: Bool = true, isSameRun: Bool = false, isWatched: Bool = false
  ) -> Coverage {
    Coverage(
      isSurveyed: isSurveyed, mark: mark, isSameRun: isSameRun, isWatched: isWatched,
      now: Timestamp(seconds: 9))
  }

  @Test func eventsCoverWhatTheyGoBackTo() throws {
    let events = try reply(0..<10)
    #expect(coverage(mark: events[0].mark).missed(by: events) == nil)
    #expect(coverage(mark: nil, isSurveyed: false).missed(by: events) == nil)
    #expect(coverage(mark: nil, isSameRun: true).missed(by: events) == nil)
    let other = EventMark(nanoseconds: 1, identity: "other")
    #expect(
      coverage(mark: other, isSameRun: true).missed(by: events)
        == MissedStretch(end: events[0].time))
    #expect(coverage(mark: nil).missed(by: []) == MissedStretch(end: Timestamp(seconds: 9)))
    #expect(
      coverage(mark: nil, isSameRun: true).missed(by: try reply(0..<256))
        == MissedStretch(end: events[0].time), "older ones were pushed out")
    #expect(
      coverage(mark: other, isWatched: true).missed(by: events)
        == MissedStretch(end: events[0].time, onlyWhatRan: true))
  }

  @Test func containerEventsNameTheirImageAsItWasGiven() throws {
    let uses = ObservedUses(try reply(0..<1), missed: nil)
    #expect(
      uses.images == [
        ImageEvent(.used, of: "app:1", by: ContainerID("c1"), at: Timestamp(microseconds: 1))
      ])
    #expect(uses.lastImageActivity == nil)
  }

  /// The classic builder names the image of a step's container by its id, and tells nothing else of a
  /// build before its end.
  @Test func containerOfAnImageThatIsNamedByItsIdMayBeAStepOfABuild() throws {
    let line =
      #"{"Type":"container","Action":"create","Actor":{"ID":"c","Attributes":{"image":"sha256:ab"}},"#
      + #""timeNano":5000000000}"#
    let event = try Reply(status: 200, headers: [:], body: Data(line.utf8))
      .decode(EventReply.self, of: "GET /events")
    #expect(ObservedUses([event], missed: nil).lastImageActivity == Timestamp(seconds: 5))
  }
}
