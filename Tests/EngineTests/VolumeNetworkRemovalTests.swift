import Inventory
import TestSupport
import Testing

@testable import Engine

@Suite struct VolumeNetworkRemovalTests {
  @Test(arguments: [
    (StubReply(204), RemovalReply.removed(untagged: [], deleted: [])),
    (.error(404, "get v: no such volume"), .gone),
    (
      .error(409, "remove v: volume is in use - [c]"),
      .conflict("remove v: volume is in use - [c]")
    ),
    (.error(403, "denied by a plugin"), .refused(status: 403, message: "denied by a plugin")),
    (.error(500, "read-only file system"), .refused(status: 500, message: "read-only file system")),
  ])
  func replyToAVolumesRemovalIsTold(_ reply: StubReply, _ told: RemovalReply) async throws {
    let (stub, client) = try await start {
      $0.method == "DELETE" ? reply : StubReply(200, #"{"Name":"a v"}"#)
    }
    defer { stub.close() }
    #expect(try await client.removeVolume("a v") == told)
    let orders = stub.requests.filter { $0.method == "DELETE" }
    #expect(orders.map(\.path) == ["/v1.41/volumes/a%20v"])
    #expect(orders.map(\.query) == [""])
  }

  @Test(arguments: [
    (StubReply(204), RemovalReply.removed(untagged: [], deleted: [])),
    (.error(404, "network n not found"), .gone),
    (
      .error(403, "network n id n has active endpoints"),
      .conflict("network n id n has active endpoints")
    ),
    (.error(409, "in use"), .conflict("in use")),
    (.error(500, "broken"), .refused(status: 500, message: "broken")),
  ])
  func replyToANetworksRemovalIsTold(_ reply: StubReply, _ told: RemovalReply) async throws {
    let (stub, client) = try await start {
      $0.method == "DELETE" ? reply : StubReply(200, #"{"Id":"n","Name":"net"}"#)
    }
    defer { stub.close() }
    #expect(try await client.removeNetwork("n") == told)
    let orders = stub.requests.filter { $0.method == "DELETE" }
    #expect(orders.map(\.call) == ["DELETE /networks/n"])
    #expect(orders.map(\.query) == [""])
  }

  @Test func failedRemovalIsToldAsSuchThoughTheVolumeIsGone() async throws {
    let (stub, client) = try await start { request in
      switch request.call {
      case "GET /volumes": StubReply(200, #"{"Volumes":null}"#)
      case "GET /networks": StubReply(200, "[]")
      default: request.method == "DELETE" ? .error(500, "broken") : .error(404, "no such thing")
      }
    }
    defer { stub.close() }
    #expect(try await client.removeVolume("v") == .refused(status: 500, message: "broken"))
    #expect(try await client.removeNetwork("n") == .gone)
  }

  @Test func networkThatOnlyBearsTheIdAsItsNameIsAnother() async throws {
    let other = #"{"Id":"other","Name":"n"}"#
    let (stub, client) = try await start {
      StubReply(200, $0.unversionedPath == "/networks" ? "[\(other)]" : other)
    }
    defer { stub.close() }
    #expect(try await client.network("n") == nil)
    #expect(try await client.removeNetwork("n") == .gone)
    #expect(!stub.requests.contains { $0.method == "DELETE" })
  }

  @Test func podmanIsNeverAskedToRemoveAVolumeItWouldLookUpByTheStartOfItsName() async throws {
    let stub = try StubEngine { request in
      switch request.unversionedPath {
      case "/_ping":
        StubReply(200, "OK", headers: ["Api-Version": "1.41", "Libpod-Api-Version": "4.3.1"])
      case "/info": StubReply(200, "{}")
      case "/volumes": StubReply(200, #"{"Volumes":[{"Name":"data2","Driver":"local"}]}"#)
      default: request.method == "DELETE" ? StubReply(204) : .error(404, "no such volume")
      }
    }
    defer { stub.close() }
    #expect(try await stub.client().removeVolume("data") == .gone)
    #expect(!stub.requests.contains { $0.method == "DELETE" })
  }

  @Test(arguments: RecordedEngine.names)
  func removalsAreToldByEveryEngine(_ name: String) async throws {
    let records = try RecordedEngine(name).records
    let isPodman = name.hasPrefix("podman")
    for (step, record) in records where ["vol-rm", "net-rm"].contains(where: step.hasPrefix) {
      let (stub, client) = try await start {
        $0.method == "DELETE" ? record.reply : StubReply(200, #"{"Id":"x","Name":"x"}"#)
      }
      defer { stub.close() }
      let reply =
        step.hasPrefix("vol")
        ? try await client.removeVolume("x") : try await client.removeNetwork("x")
      switch (step, reply) {
      case ("vol-rm", .removed), ("net-rm", .removed): break
      case ("vol-rm-404", .gone), ("net-rm-404", .gone): break
      case ("vol-rm-inuse", .conflict(let words)): #expect(words.contains("use"))
      case ("net-rm-builtin", .conflict(let words)), ("net-rm-host", .conflict(let words)):
        #expect(words.contains("pre-defined"))
      case ("net-rm-builtin", .gone), ("net-rm-host", .gone): #expect(isPodman)
      default: Issue.record("\(step) was told as \(reply)")
      }
    }
  }

  @Test(arguments: RecordedEngine.names)
  func volumeAloneIsTheOneOfTheList(_ name: String) async throws {
    let records = try RecordedEngine(name).records
    let alone = try #require(records["vol-insp"]).reply
    let recorded = try RecordedEngine(name).stub()
    defer { recorded.close() }
    let listed = try await recorded.client().survey(knowing: .nothing, at: Timestamp(seconds: 1))
      .snapshot.volumes
    let (stub, client) = try await start {
      switch $0.unversionedPath {
      case "/volumes/vol1": alone
      case "/volumes": StubReply(200, #"{"Volumes":[]}"#)
      default: .error(404, "no such volume")
      }
    }
    defer { stub.close() }
    #expect(try await client.volume("vol1") == listed.first { $0.name == "vol1" })
    #expect(try await client.volume("vol2") == nil)
  }

  private func start(
    answering handler: @escaping StubEngine.Handler
  ) async throws -> (StubEngine, EngineClient) {
    let stub = try StubEngine { request in
      switch request.unversionedPath {
      case "/_ping": .ping(apiVersion: "1.41")
      case "/info": StubReply(200, "{}")
      default: handler(request)
      }
    }
    return (stub, try await stub.client())
  }
}
