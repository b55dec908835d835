import Foundation
import Inventory
import TestSupport
import Testing

@testable import Engine

/// Engines that mean harm: what they send is cut, refused or read as what it is, and costs little.
@Suite(.timeLimit(.minutes(10))) struct HostileRepliesTests {
  private func hostile(
    _ reply: StubReply, _ limits: RequestLimits = .standard,
    _ ask: (EngineClient) async throws -> Void
  ) async throws -> StubEngine {
    let stub = try StubEngine { request in
      ["/_ping", "/info"].contains(request.unversionedPath) ? .smallHost(request) : reply
    }
    try await ask(try await stub.client(limits))
    return stub
  }

  @Test func replyWithoutEndIsCutAtTheLimitOfItsCall() async throws {
    let one = try await hostile(.endlessBody) { client in
      await #expect(
        throws: EngineError.replyTooLarge(call: "GET /volumes/v", limit: 16 << 20)
      ) { try await client.volume("v") }
    }
    #expect(one.floodedBytes < 20 << 20)
    var limits = RequestLimits.standard
    limits.maxBodyBytes = 24 << 20
    let list = try await hostile(.endlessBody, limits) { client in
      await #expect(
        throws: EngineError.replyTooLarge(call: "GET /images/json", limit: 24 << 20)
      ) { try await client.images() }
    }
    #expect(list.floodedBytes < 28 << 20)
  }

  @Test(arguments: [
    ("X: ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ("", "X-Again: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"),
    ("", "a"), ("X: ", "\r\n "),
  ])
  func headWithoutEndIsRefused(_ start: String, _ more: String) async throws {
    let many = String(repeating: more, count: 500)
    let stub = try StubEngine { _ in
      StubReply(manner: .flooding(many, after: "HTTP/1.1 200 OK\r\n" + start))
    }
    defer { stub.close() }
    await #expect {
      try await stub.client()
    } throws: { $0.isBrokenReply }
    #expect(stub.floodedBytes < 8 << 20)
  }

  @Test func statusLineWithoutEndIsRefused() async throws {
    var limits = RequestLimits.standard
    limits.instant = .seconds(2)
    let stub = try StubEngine { _ in
      StubReply(manner: .flooding(String(repeating: "a", count: 5000), after: "HTTP/1.1 200 "))
    }
    defer { stub.close() }
    await #expect(throws: EngineError.self) { try await stub.client(limits) }
    #expect(stub.floodedBytes < 8 << 20)
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
    "HTTP/9.9 99999999 OK\r\nContent-Length: 1\r\n\r\n", "HTTP/1.1 -1 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX\u{0}Y: 1\r\n\r\n", "\r\n\r\n\r\n\r\n",
  ])
  func absurdHeadIsAnError(_ bytes: String) async throws {
    let stub = try StubEngine { _ in StubReply(manner: .garbled(bytes)) }
    defer { stub.close() }
    await #expect(throws: EngineError.self) { try await stub.client() }
  }

  @Test(arguments: ["[", #"{"a":"#, #"["\"[",{"b":["#])
  func nestingWithoutEndIsRefusedBeforeItIsDecoded(_ unit: String) async throws {
    let body = #"[{"Id":"a","Odd":"# + String(repeating: unit, count: 1_000_000)
    for status in [200, 500] {
      let stub = try await hostile(StubReply(status, body)) { client in
        await #expect(throws: EngineError.self) { try await client.images() }
      }
      stub.close()
    }
    let reason = "it is nested more than 128 deep"
    #expect(JSONDepth.flaw(of: Data(body.utf8)) == reason)
  }

  @Test func bracketsInTextAreNoNesting() throws {
    let brackets = String(repeating: #"[{\"\\["#, count: 1000)
    let json = #"[{"Id":"a","Labels":{"\#(brackets)":"\#(brackets)"}}]"#
    #expect(JSONDepth.flaw(of: Data(json.utf8)) == nil)
    let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    #expect(JSONDepth.flaw(of: Data((deep + deep).utf8)) == nil)
    #expect(JSONDepth.flaw(of: Data("[\(deep)]".utf8)) != nil)
  }

  /// A decoder would take it for UTF-16, and what looks like a text for nesting.
  @Test func otherEncodingsAreRefused() throws {
    for encoding in [String.Encoding.utf16LittleEndian, .utf16BigEndian, .utf32LittleEndian] {
      let data = try #require(#"[{"Id":"a"}]"#.data(using: encoding))
      #expect(JSONDepth.flaw(of: data) == "it is not JSON")
    }
  }

  @Test func byteAMinuteEndsAtTheDeadline() async throws {
    let drip = StubReply(200, "[]  ", manner: .dripping(1, every: .seconds(60)))
    let stub = try await hostile(drip) { client in
      var limits = RequestLimits.standard
      limits.quick = .milliseconds(200)
      let api = EngineAPI(
        transport: client.api.transport, version: client.api.version, limits: limits)
      await #expect(
        throws: EngineError.noAnswer(call: "GET /images/json", after: .milliseconds(200))
      ) { try await api.get([ImageSummary].self, "/images/json") }
    }
    stub.close()
  }

  /// Between two events there may be silence for days, but within one there is none.
  @Test func lineThatNeverEndsEndsAtTheDeadline() async throws {
    let body = #"{"timeNano":1}"# + "\n{" + String(repeating: " ", count: 10_000)
    let stub = try StubEngine { _ in
      StubReply(200, body, manner: .dripping(1, every: .milliseconds(5)))
    }
    defer { stub.close() }
    let deadline = Duration.milliseconds(300)
    let request = Request(method: .get, target: "/events", call: "GET /events")
    let transport = Transport(socketPath: stub.socketPath, maxBodyBytes: 10)
    var lines = 0
    await #expect(throws: EngineError.noAnswer(call: "GET /events", after: deadline)) {
      for try await _ in transport.lines(request, beginningWithin: deadline) { lines += 1 }
    }
    #expect(lines == 1)
  }

  @Test(arguments: [
    "9223372036854775807", "-9223372036854775808", "1e300", "99999999999999999999999999", "0.5",
    "-0", "1e-400", "true", "null", #""1""#, "[]", "{}",
  ])
  func numberOutOfRangeIsAnErrorOrCut(_ number: String) throws {
    let image = #"{"Id":"a","Created":\#(number),"Size":\#(number)}"#
    let container = #"{"Id":"a","Created":\#(number)}"#
    let event = #"{"timeNano":\#(number),"Type":"image","Action":"tag","Actor":{"ID":"a"}}"#
    let line = #"{"Created":\#(number),"Size":\#(number),"CreatedBy":"RUN"}"#
    let usage =
      #"{"Volumes":[{"Name":"v","UsageData":{"Size":\#(number)}}],"BuildCache":[{"ID":"r","Size":\#(number)}],"Containers":[{"Id":"c","SizeRw":\#(number)}]}"#
    if let image = try? decode(ImageSummary.self, image).image {
      #expect((0...(1 << 48)).contains(image.size))
      // Times can be told apart by sums and differences.
      _ = image.created.map { ($0 - Timestamp(seconds: .min), Timestamp(seconds: .max) - $0) }
    }
    _ = try? decode(ContainerSummary.self, container).container
    if let event = try? decode(EventReply.self, event) {
      _ = Changes(events: [event], after: event.mark)
      #expect(!EngineAPI.seconds(event.mark.nanoseconds).contains("-"))
    }
    _ = try? decode(HistoryLine.self, line).entry
    if let usage = try? decode(UsageReply.self, usage) {
      #expect(usage.buildCache.allSatisfy { $0.size >= 0 })
      #expect(usage.volumes.allSatisfy { ($0.size ?? 0) >= 0 })
    }
  }

  @Test(arguments: [
    #"a\u0000b"#, #"\u001b[31mred"#, #"\u202eevil\u2066"#, #"\ud83d\ude00"#, #"a\r\nb\t"#,
    #"<script>'\"\\"#,
  ])
  func textOfStrangersSurvivesAsText(_ json: String) throws {
    let expected = try decode([String].self, "[\"\(json)\"]")[0]
    let names = #"["\#(json)"]"#
    let image = try decode(
      ImageSummary.self, #"{"Id":"a","RepoTags":\#(names),"Labels":{"\#(json)":"\#(json)"}}"#
    ).image
    #expect(image.references == [expected])
    #expect(image.labels == [expected: expected])
    let reply = Reply(status: 500, headers: [:], body: Data(#"{"message":"\#(json)"}"#.utf8))
    #expect(!reply.message.unicodeScalars.contains { $0.value < 32 })
  }

  @Test func keyThatComesTwiceIsReadOnce() throws {
    let image = try decode(ImageSummary.self, #"{"Id":"a","Id":"b","Size":1,"Size":2}"#).image
    #expect(["sha256:a", "sha256:b"].contains(image.id.rawValue))
    #expect([1, 2].contains(image.size))
  }

  private func decode<Value: Decodable>(_ type: Value.Type, _ json: String) throws -> Value {
    try Reply(status: 200, headers: [:], body: Data(json.utf8)).decode(type, of: "GET /x")
  }
}
