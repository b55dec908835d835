import Foundation
import Inventory
import TestSupport
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(10))) struct TransportTests {
  static let text = String(repeating: "swept ", count: 5_000)

  @Test(arguments: [
    StubReply.Manner.whole, .chunked(700), .dripping(10_000, every: .milliseconds(1)),
  ])
  func bodyArrivesWholeHoweverItIsFramed(_ manner: StubReply.Manner) async throws {
    let stub = try StubEngine { _ in
      StubReply(200, Self.text, headers: ["X-Kind": "a"], manner: manner)
    }
    defer { stub.close() }
    let reply = try await stub.get()
    #expect(reply.status == 200)
    #expect(reply.headers["x-kind"] == "a")
    #expect(String(decoding: reply.body, as: UTF8.self) == Self.text)
  }

  @Test(arguments: [
    StubReply.Manner.cut(after: 100, chunked: false), .cut(after: 100, chunked: true),
    .cut(after: 0, chunked: false), .cut(after: 0, chunked: true), .hangingUp,
  ])
  func truncatedReplyIsAnErrorAndNeverPartialData(_ manner: StubReply.Manner) async throws {
    let stub = try StubEngine { _ in StubReply(200, Self.text, manner: manner) }
    defer { stub.close() }
    await #expect(throws: EngineError.connectionLost(call: "GET /x")) { try await stub.get() }
  }

  @Test func bodyWithoutAnEndOfItsOwnIsRefused() async throws {
    let stub = try StubEngine { _ in StubReply(200, "[]", manner: .unframed) }
    defer { stub.close() }
    await #expect { try await stub.get() } throws: { $0.isBrokenReply }
  }

  @Test func whatIsNotHTTPIsABrokenReply() async throws {
    let stub = try StubEngine { _ in StubReply(manner: .garbled("SSH-2.0-OpenSSH_9.2\r\n\r\n")) }
    defer { stub.close() }
    await #expect { try await stub.get() } throws: { $0.isBrokenReply }
  }

  @Test(arguments: [StubReply.Manner.whole, .chunked(100)])
  func bodyOverTheLimitIsRefused(_ manner: StubReply.Manner) async throws {
    let stub = try StubEngine { _ in StubReply(200, Self.text, manner: manner) }
    defer { stub.close() }
    let size = Self.text.utf8.count
    #expect(try await stub.get(limit: size).body.count == size)
    await #expect(throws: EngineError.replyTooLarge(call: "GET /x", limit: size - 1)) {
      try await stub.get(limit: size - 1)
    }
  }

  @Test(arguments: [StubReply.Manner.hanging, .dripping(1, every: .milliseconds(20))])
  func deadlineCoversTheWholeRequest(_ manner: StubReply.Manner) async throws {
    let stub = try StubEngine { _ in StubReply(200, Self.text, manner: manner) }
    defer { stub.close() }
    let deadline = Duration.milliseconds(150)
    await #expect(throws: EngineError.noAnswer(call: "GET /x", after: deadline)) {
      try await stub.get(within: deadline)
    }
    await stub.waitForDisconnection()
  }

  @Test func cancellingTheTaskClosesTheConnection() async throws {
    let stub = try StubEngine { _ in .hanging }
    defer { stub.close() }
    let task = Task { try await stub.get() }
    await stub.waitForRequests()
    task.cancel()
    await #expect(throws: EngineError.cancelled) { try await task.value }
    await stub.waitForDisconnection()
  }

  @Test func requestOfACancelledTaskNeverReachesTheEngine() async throws {
    let stub = try StubEngine { _ in StubReply(200, "ok") }
    defer { stub.close() }
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await stub.get()
    }
    await #expect(throws: EngineError.cancelled) { try await task.value }
    _ = try await stub.get()
    #expect(stub.requests.count == 1)
  }

  @Test func requestBearsTheHostNameThatEnginesInsistOn() async throws {
    let stub = try StubEngine { _ in StubReply(200, "ok") }
    defer { stub.close() }
    _ = try await stub.get()
    #expect(stub.requests.map { $0.headers["host"] } == ["docker"])
  }

  @Test func severalRequestsAreInFlightTogether() async throws {
    let stub = try StubEngine { _ in .hanging }
    defer { stub.close() }
    let tasks = (0..<8).map { _ in Task { try await stub.get() } }
    await stub.waitForRequests(8)
    for task in tasks { task.cancel() }
    await stub.waitForDisconnection()
    #expect(stub.requests.count == 8)
  }
}

@Suite struct ConnectingTests {
  @Test func missingSocketIsToldFromADesertedOne() async throws {
    let directory = NSTemporaryDirectory() + "deserted-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    await #expect(throws: EngineError.unreachable(socket: directory + "/no.sock", .absent)) {
      try await Self.get(directory + "/no.sock")
    }
    try Data().write(to: URL(fileURLWithPath: directory + "/file.sock"))
    await #expect(throws: EngineError.unreachable(socket: directory + "/file.sock", .deserted)) {
      try await Self.get(directory + "/file.sock")
    }
  }

  @Test func overlongPathIsExplained() async throws {
    let path = "/tmp/" + String(repeating: "x", count: 108)
    await #expect {
      try await Self.get(path)
    } throws: { error in
      "\(error)".contains("107 bytes")
    }
  }

  @Test(arguments: [
    (EACCES, EngineError.Obstacle.denied), (EPERM, .denied), (ENOENT, .absent),
    (ECONNREFUSED, .deserted),
  ])
  func errorOfConnectTellsWhatToDo(_ code: CInt, _ obstacle: EngineError.Obstacle) {
    #expect(EngineError.Obstacle(errno: code) == obstacle)
    #expect(EngineError.unreachable(socket: "/s", obstacle).meansEngineLost)
  }

  private static func get(_ path: String) async throws -> Reply {
    try await Transport(socketPath: path, maxBodyBytes: 1000)
      .send(Request(method: .get, target: "/x", call: "GET /x"), within: .seconds(10))
  }
}

extension StubEngine {
  fileprivate func get(
    limit: Int = 1 << 20, within deadline: Duration = .seconds(30)
  ) async throws -> Reply {
    try await Transport(socketPath: socketPath, maxBodyBytes: limit)
      .send(Request(method: .get, target: "/x", call: "GET /x"), within: deadline)
  }
}

extension Error {
  var isBrokenReply: Bool {
    if case .brokenReply? = self as? EngineError { true } else { false }
  }
}
