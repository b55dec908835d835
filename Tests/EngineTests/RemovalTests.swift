import Inventory
import TestSupport
import Testing

@testable import Engine

@Suite struct RemovalTests {
  @Test(arguments: [
    (StubReply(204), RemovalReply.removed(untagged: [], deleted: [])),
    (StubReply(200, "[]"), .removed(untagged: [], deleted: [])),
    (.error(404, "No such container: c"), .gone),
    (
      .error(409, "You cannot remove a running container c"),
      .conflict("You cannot remove a running container c")
    ),
    (.error(403, "denied by a plugin"), .refused(status: 403, message: "denied by a plugin")),
  ])
  func replyToAContainersRemovalIsTold(_ reply: StubReply, _ told: RemovalReply) async throws {
    let (stub, client) = try await start { _ in reply }
    defer { stub.close() }
    #expect(try await client.removeContainer(ContainerID("c")) == told)
    #expect(stub.requests.last?.call == "DELETE /containers/c")
    #expect(stub.requests.last?.query == "")
  }

  @Test func imagesRemovalTellsNamesLayersAndKeepsParents() async throws {
    let (stub, client) = try await start { _ in
      StubReply(200, #"[{"Untagged":"a:1"},{"Deleted":"sha256:b"},{"Deleted":"c"}]"#)
    }
    defer { stub.close() }
    let reply = try await client.removeImage("reg.example:5000/a/b c:1")
    #expect(reply == .removed(untagged: ["a:1"], deleted: ["sha256:b", "sha256:c"]))
    #expect(stub.requests.last?.path == "/v1.41/images/reg.example:5000/a/b%20c:1")
    #expect(stub.requests.last?.query == "noprune=1")
    #expect(stub.requests.last?.method == "DELETE")
  }

  @Test(arguments: RecordedEngine.names)
  func removalsOfImagesAreToldByEveryEngine(_ name: String) async throws {
    let records = try RecordedEngine(name).records
    let host = name.hasPrefix("podman")
    for (step, reply) in try await replies(to: records.filter { $0.key.hasPrefix("irm-") }) {
      switch (step, reply) {
      case ("irm-running", .removed(let untagged, let deleted)):
        #expect(untagged == [host ? "docker.io/t/base:2" : "t/base:2"])
        #expect(deleted.isEmpty)
      case ("irm-plain", .removed(let untagged, let deleted)):
        #expect(untagged == [host ? "localhost/ld/nocreated:1" : "ld/nocreated:1"])
        #expect(deleted.allSatisfy { $0.hasPrefix("sha256:") })
        #expect(!deleted.isEmpty)
      case ("irm-404", .gone), ("irm-again", .gone): break
      case ("irm-stopped-re", .conflict(let words)): #expect(words.contains("container"))
      case ("irm-multi-id", .conflict), ("irm-multi-id", .refused(500, _)): break
      case ("irm-badref", .refused(let status, let words)):
        #expect(status == (host ? 500 : 400))
        #expect(words.contains("lowercase"))
      default: Issue.record("\(step) was told as \(reply)")
      }
    }
  }

  @Test func failedRemovalIsToldAsSuchThoughTheObjectIsGone() async throws {
    let (stub, client) = try await start { request in
      switch request.call {
      case "GET /containers/json", "GET /images/json": StubReply(200, "[]")
      default:
        request.method == "DELETE"
          ? .error(500, "unrecognized image ID") : .error(404, "no such image")
      }
    }
    defer { stub.close() }
    let told = RemovalReply.refused(status: 500, message: "unrecognized image ID")
    #expect(try await client.removeImage("a:1") == told)
    #expect(try await client.removeContainer(ContainerID("c")) == told)
  }

  @Test func failedRemovalOfWhatIsThereTellsTheEnginesReason() async throws {
    let (stub, client) = try await start { request in
      request.method == "DELETE"
        ? StubReply(500, #"{"cause":"container state improper","message":"cannot remove c"}"#)
        : StubReply(200, #"{"Id":"c","State":{"Status":"running"}}"#)
    }
    defer { stub.close() }
    let reply = try await client.removeContainer(ContainerID("c"))
    #expect(reply == .refused(status: 500, message: "cannot remove c"))
  }

  @Test(arguments: [
    (204, StopReply.stopped), (304, .alreadyStopped), (404, .gone),
    (500, .refused(status: 500, message: "no")),
  ])
  func replyToAStopIsTold(_ status: Int, _ told: StopReply) async throws {
    let (stub, client) = try await start { _ in
      StubReply(status, [204, 304].contains(status) ? "" : #"{"message":"no"}"#)
    }
    defer { stub.close() }
    #expect(try await client.stop(ContainerID("c"), timeout: 3) == told)
    #expect(stub.requests.last?.call == "POST /containers/c/stop")
    #expect(stub.requests.last?.query == "t=3")
    #expect(try await client.stop(ContainerID("c"), timeout: nil) == told)
    #expect(stub.requests.last?.query == "")
  }

  @Test func stopIsGivenItsOwnTimeOnTopOfTheDeadline() {
    let limits = RequestLimits.standard
    #expect(limits.stop(taking: 0) == limits.quick)
    #expect(limits.stop(taking: 3600) == limits.quick + .seconds(3600))
    #expect(limits.stop(taking: -1) == limits.long)
    #expect(limits.stop(taking: nil) == limits.long)
    #expect(limits.stop(taking: .max) > .seconds(3_153_600_000))
    #expect(limits.stop(taking: .max).components.seconds < .max)
  }

  @Test(arguments: [
    (#"{"message":"one\ntwo \u001b[31mred"}"#, "one two [31mred"), ("Not Found\n", "Not Found"),
    ("", "no reason given"), (#"{"cause":"why"}"#, "why"),
    (String(repeating: "x", count: 900), String(repeating: "x", count: 500) + "…"),
  ])
  func enginesWordsFitOnOneSafeLine(_ body: String, _ message: String) async throws {
    let (stub, client) = try await start { _ in StubReply(409, body) }
    defer { stub.close() }
    #expect(try await client.removeImage("a") == .conflict(message))
  }

  private func replies(
    to records: [String: RecordedEngine.Record]
  ) async throws -> [(String, RemovalReply)] {
    var replies: [(String, RemovalReply)] = []
    for (step, record) in records {
      let (stub, client) = try await start { request in
        request.method == "DELETE" ? record.reply : StubReply(200, #"{"Id":"sha256:x"}"#)
      }
      defer { stub.close() }
      replies.append((step, try await client.removeImage("x")))
    }
    return replies
  }

  private func start(
    _ limits: RequestLimits = .standard, answering handler: @escaping StubEngine.Handler
  ) async throws -> (StubEngine, EngineClient) {
    let stub = try StubEngine { request in
      switch request.unversionedPath {
      case "/_ping": .ping(apiVersion: "1.41")
      case "/info": StubReply(200, "{}")
      default: handler(request)
      }
    }
    return (stub, try await stub.client(limits))
  }
}
