import Foundation
import Inventory
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// Bodies that are passed on piece by piece, whatever the engine does to them.
@Suite(.timeLimit(.minutes(10))) struct TransferTests {
  static let text = String(repeating: "layers ", count: 40_000)
  static let call = "GET /images/get"

  /// What a sink was given.
  private final class Received: Sendable {
    private let pieces = Mutex<[Data]>([])

    var data: Data { pieces.withLock { Data($0.joined()) } }
    var count: Int { pieces.withLock { $0.reduce(0) { $0 + $1.count } } }

    func add(_ piece: Data) { pieces.withLock { $0.append(piece) } }
  }

  private func download(
    _ reply: StubReply, idle: Duration = .seconds(30), total: Duration = .seconds(60),
    atMost limit: Int64 = .max, into received: Received
  ) async throws -> Reply {
    let stub = try StubEngine { _ in reply }
    defer { stub.close() }
    return try await Transport(socketPath: stub.socketPath, maxBodyBytes: 1000).transfer(
      Request(method: .get, target: "/images/get", call: Self.call),
      at: Pace(beginning: idle, idle: idle, total: total), atMost: limit
    ) { received.add($0) }
  }

  @Test(arguments: [
    StubReply.Manner.whole, .chunked(700), .dripping(40_000, every: .milliseconds(1)),
  ])
  func bodyReachesTheSinkWholeHoweverItIsFramed(_ manner: StubReply.Manner) async throws {
    let received = Received()
    let reply = try await download(
      StubReply(200, Self.text, headers: ["X-A": "b"], manner: manner), into: received)
    #expect(received.data == Data(Self.text.utf8))
    #expect(reply.headers["x-a"] == "b")
    #expect(reply.body.isEmpty)
  }

  @Test(arguments: [
    StubReply.Manner.cut(after: 100, chunked: false), .cut(after: 100, chunked: true),
    .cut(after: 0, chunked: false), .cut(after: 0, chunked: true), .hangingUp,
  ])
  func cutBodyIsAnErrorAndNeverAShortOne(_ manner: StubReply.Manner) async throws {
    await #expect(throws: EngineError.connectionLost(call: Self.call)) {
      try await download(StubReply(200, Self.text, manner: manner), into: Received())
    }
  }

  @Test(arguments: [StubReply.Manner.unframed, .garbled("SSH-2.0-OpenSSH_9.2\r\n\r\n")])
  func whatHasNoEndOrIsNotHTTPIsABrokenReply(_ manner: StubReply.Manner) async throws {
    await #expect {
      try await download(StubReply(200, "a", manner: manner), into: Received())
    } throws: { $0.isBrokenReply }
  }

  @Test func refusalIsReadAndNeverReachesTheSink() async throws {
    let received = Received()
    let reply = try await download(.error(404, "no such image"), into: received)
    #expect(reply.status == 404)
    #expect(reply.message == "no such image")
    #expect(received.count == 0)
  }

  @Test func bodyEndsAtItsLimit() async throws {
    let received = Received()
    let size = Int64(Self.text.utf8.count)
    let reply = StubReply(200, Self.text, manner: .chunked(1000))
    _ = try await download(reply, atMost: size, into: received)
    await #expect(throws: EngineError.replyTooLarge(call: Self.call, limit: Int(size) - 1)) {
      try await download(reply, atMost: size - 1, into: Received())
    }
  }

  @Test func silenceEndsATransferButASlowSinkDoesNot() async throws {
    let idle = Duration.milliseconds(200)
    await #expect(throws: EngineError.noAnswer(call: Self.call, after: idle)) {
      try await download(
        StubReply(200, Self.text, manner: .dripping(1, every: .seconds(60))), idle: idle,
        into: Received())
    }
    // Too much to be on the way while the sink rests.
    let body = String(repeating: Self.text, count: 20)
    let stub = try StubEngine { _ in StubReply(200, body) }
    defer { stub.close() }
    let received = Received()
    _ = try await Transport(socketPath: stub.socketPath, maxBodyBytes: 1000).transfer(
      Request(method: .get, target: "/x", call: Self.call),
      at: Pace(beginning: .seconds(60), idle: .seconds(6), total: .seconds(180)), atMost: .max
    ) { piece in
      if received.count == 0 { try await Task.sleep(for: .seconds(8)) }
      received.add(piece)
    }
    #expect(received.count == body.utf8.count)
  }

  @Test func trickleThatNeverStopsEndsToo() async throws {
    let total = Duration.milliseconds(300)
    await #expect(throws: EngineError.noAnswer(call: Self.call, after: total)) {
      try await download(
        StubReply(200, Self.text, manner: .dripping(1, every: .milliseconds(5))), total: total,
        into: Received())
    }
  }

  @Test func errorOfTheSinkIsThrownAsItIs() async throws {
    struct DiskFull: Error {}
    let stub = try StubEngine { _ in StubReply(200, Self.text) }
    defer { stub.close() }
    let client = Transport(socketPath: stub.socketPath, maxBodyBytes: 1000)
    await #expect(throws: DiskFull.self) {
      _ = try await client.transfer(
        Request(method: .get, target: "/x", call: Self.call), at: RequestLimits.standard.pace,
        atMost: .max
      ) { _ in throw DiskFull() }
    }
    await stub.waitForDisconnection()
  }

  /// A sink that takes nothing holds the engine back: what is on the way stays small.
  @Test func engineWaitsForASlowSink() async throws {
    let stub = try StubEngine { _ in .endlessBody }
    defer { stub.close() }
    let transport = Transport(socketPath: stub.socketPath, maxBodyBytes: 1000)
    let (begun, begins) = AsyncStream.makeStream(of: Void.self)
    let reading = Task {
      try await transport.transfer(
        Request(method: .get, target: "/x", call: Self.call), at: RequestLimits.standard.pace,
        atMost: .max
      ) { _ in
        begins.yield()
        try await Task.sleep(for: .seconds(600))
      }
    }
    for await _ in begun { break }
    // Time enough for hundreds of megabytes, if nothing held them back.
    try await Task.sleep(for: .milliseconds(300))
    #expect(stub.floodedBytes < 8 << 20)
    reading.cancel()
    await #expect(throws: (any Error).self) { try await reading.value }
    await stub.waitForDisconnection()
  }

  @Test func cancellingTheTaskClosesTheConnection() async throws {
    let stub = try StubEngine { _ in .hanging }
    defer { stub.close() }
    let transport = Transport(socketPath: stub.socketPath, maxBodyBytes: 1000)
    let task = Task {
      try await transport.transfer(
        Request(method: .get, target: "/x", call: Self.call), at: RequestLimits.standard.pace,
        atMost: .max
      ) { _ in }
    }
    await stub.waitForRequests()
    task.cancel()
    await #expect(throws: EngineError.cancelled) { _ = try await task.value }
    await stub.waitForDisconnection()
  }
}

/// Files that become the body of a request.
@Suite(.timeLimit(.minutes(10))) struct UploadTests {
  private func withFile(
    _ text: String, _ body: (String) async throws -> Void
  ) async throws {
    let path = NSTemporaryDirectory() + "upload-" + UUID().uuidString
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
  }

  private func load(
    _ path: String, _ reply: StubReply, limits: RequestLimits = .standard
  ) async throws -> [StubRequest] {
    let stub = try StubEngine { request in
      request.path == "/_ping" || request.unversionedPath == "/info" ? .smallHost(request) : reply
    }
    defer { stub.close() }
    let file = try #require(FileHandle(forReadingAtPath: path))
    try await stub.client(limits).load(file, named: path)
    return stub.requests
  }

  @Test(arguments: [0, 1, 1_000_000])
  func fileArrivesWholeWithItsLength(_ count: Int) async throws {
    let text = String(repeating: "x", count: count)
    try await withFile(text) { path in
      let request = try #require(
        try await load(path, StubReply(200, #"{"stream":"Loaded image: a:1\n"}"#)).last)
      #expect(request.call == "POST /images/load")
      #expect(request.query == "quiet=1")
      #expect(request.headers["content-length"] == "\(count)")
      #expect(request.headers["content-type"] == "application/x-tar")
      #expect(request.body == text)
    }
  }

  @Test(arguments: [
    #"{"stream":"a"}"# + "\n" + #"{"errorDetail":{"message":"bad\ttar"},"error":"bad tar"}"# + "\n",
    #"{"error":"bad tar"}"#, #"{"errorDetail":{"code":1,"message":"bad tar"}}"#,
  ])
  func errorInTheMiddleOfAGoodReplyIsAnError(_ body: String) async throws {
    try await withFile("x") { path in
      for manner in [StubReply.Manner.whole, .chunked(1), .chunked(7)] {
        await #expect(
          throws: EngineError.failedMidway(call: "POST /images/load", message: "bad tar")
        ) {
          _ = try await load(path, StubReply(200, body, manner: manner))
        }
      }
    }
  }

  @Test(arguments: [
    StubReply(200, "{", manner: .whole), StubReply(200, "[1]\n"), StubReply(200, "\u{0}\n"),
    StubReply(200, String(repeating: "[", count: 500_000)),
    StubReply(200, String(repeating: "x", count: 2 << 20), manner: .chunked(9999)),
    StubReply(200, #"{"stream":"a"}"#, manner: .cut(after: 14, chunked: true)),
    StubReply(500, "no room"), StubReply(manner: .hangingUp),
  ])
  func whatIsNotAGoodReplyIsAnError(_ reply: StubReply) async throws {
    try await withFile("x") { path in
      await #expect(throws: EngineError.self) { _ = try await load(path, reply) }
    }
  }

  private func upload(_ path: String) throws -> UploadFile {
    try UploadFile(try #require(FileHandle(forReadingAtPath: path)), named: path)
  }

  @Test func fileThatIsNoneOrBecomesShorterIsAnError() async throws {
    await #expect(throws: EngineError.self) { _ = try await load("/tmp", StubReply(200)) }
    try await withFile("abcdef") { path in
      let file = try upload(path)
      #expect(try file.piece(after: 0)?.count == 6)
      #expect(try file.piece(after: 6) == nil)
      let shorter = try upload(path)
      try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: 0)
      #expect(throws: EngineError.self) { try shorter.piece(after: 0) }
    }
  }

  /// A socket that connections wait at, and that nobody reads from.
  @Test func engineThatTakesNothingIsGivenUp() async throws {
    let directory = NSTemporaryDirectory() + "deaf-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let socket = try DeafSocket(at: directory + "/s")
    defer { socket.close() }
    try await withFile(String(repeating: "x", count: 5_000_000)) { path in
      let idle = Duration.milliseconds(200)
      let file = try upload(path)
      await #expect(throws: EngineError.noAnswer(call: "PUT /x", after: idle)) {
        _ = try await Transport(socketPath: directory + "/s", maxBodyBytes: 10).transfer(
          Request(method: .put, target: "/x", call: "PUT /x"), from: file,
          at: Pace(beginning: idle, idle: idle, total: .seconds(60)), atMost: 10
        ) { _ in }
      }
    }
  }
}

/// Listens and never accepts.
private struct DeafSocket {
  private let descriptor: Int32

  init(at path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = descriptor
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard descriptor >= 0, status == 0, listen(descriptor, 5) == 0 else {
      throw RealEngineError(attempt: "listening", reason: String(cString: strerror(errno)))
    }
  }

  func close() { Glibc.close(descriptor) }
}

extension StubReply {
  /// Chunks without end, as fast as they are taken.
  static let endlessBody = StubReply(
    manner: .flooding(
      "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n",
      after: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))

  /// What an engine answers when a conversation begins.
  static func smallHost(_ request: StubRequest) -> StubReply {
    request.path == "/_ping"
      ? .ping(apiVersion: "1.41") : StubReply(200, #"{"ID":"a","DockerRootDir":"/d"}"#)
  }
}
