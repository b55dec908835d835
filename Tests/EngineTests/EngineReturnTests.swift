import Inventory
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// Who waits for an engine takes no other one for it.
@Suite(.timeLimit(.minutes(10))) struct EngineReturnTests {
  private final class Answers: Sendable {
    let replies = Mutex<(ping: StubReply, info: StubReply)>(
      (.ping(apiVersion: "1.41"), Answers.info("a")))

    static func info(_ id: String) -> StubReply {
      StubReply(200, #"{"ID":"\#(id)","DockerRootDir":"/d"}"#)
    }

    func stub() throws -> StubEngine {
      try StubEngine { request in
        self.replies.withLock { request.path == "/_ping" ? $0.ping : $0.info }
      }
    }
  }

  private func isBack(
    within duration: Duration = .seconds(60), _ change: (Answers) -> Void
  ) async throws -> Bool {
    let answers = Answers()
    let stub = try answers.stub()
    defer { stub.close() }
    let client = try await stub.client()
    change(answers)
    return await client.waitUntilBack(within: duration)
  }

  @Test func sameEngineIsBackAtOnceAndAlsoWithAnUpgrade() async throws {
    #expect(try await isBack { _ in })
    #expect(
      try await isBack { $0.replies.withLock { $0.ping = .ping(apiVersion: "1.50") } })
  }

  @Test func otherEngineOrVersionIsNotTheSame() async throws {
    #expect(try await !isBack { $0.replies.withLock { $0.info = Answers.info("b") } })
    #expect(
      try await !isBack { $0.replies.withLock { $0.ping = .ping(apiVersion: "1.40") } })
    #expect(
      try await !isBack {
        $0.replies.withLock {
          $0.ping = StubReply(
            200, "OK", headers: ["Api-Version": "1.41", "Libpod-Api-Version": "4.3.1"])
        }
      })
  }

  @Test(arguments: [
    StubReply.hanging, StubReply(manner: .hangingUp), .error(503, "starting"),
    StubReply(200, "{"), StubReply(manner: .garbled("\0\0")),
  ])
  func engineThatDoesNotAnswerInTimeIsNotBack(_ reply: StubReply) async throws {
    #expect(
      try await !isBack(within: .milliseconds(200)) { $0.replies.withLock { $0.info = reply } })
  }

  @Test func engineThatAnswersAfterAWhileIsBack() async throws {
    let answers = Answers()
    let stub = try answers.stub()
    defer { stub.close() }
    let client = try await stub.client()
    answers.replies.withLock { $0.ping = .error(503, "starting") }
    stub.forgetRequests()
    async let isBack = client.waitUntilBack(within: .seconds(60))
    await stub.waitForRequests(3)
    answers.replies.withLock { $0.ping = .ping(apiVersion: "1.41") }
    #expect(await isBack)
  }

  @Test func cancellingEndsTheWait() async throws {
    let answers = Answers()
    let stub = try answers.stub()
    defer { stub.close() }
    let client = try await stub.client()
    answers.replies.withLock { $0.ping = .hanging }
    stub.forgetRequests()
    let waiting = Task { await client.waitUntilBack(within: .seconds(3600)) }
    await stub.waitForRequests(1)
    waiting.cancel()
    #expect(await waiting.value == false)
  }
}
