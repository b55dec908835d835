import Inventory
import TestSupport
import Testing

@testable import Engine

@Suite struct NegotiationTests {
  @Test(arguments: [
    ("1.24", "1.24"), ("1.40", "1.40"), ("1.41", "1.41"), ("1.51", "1.51"), ("1.55", "1.55"),
    ("1.56", "1.55"), ("1.100", "1.55"), ("2.0", "1.55"),
  ])
  func newestVersionThatBothSpeakIsUsed(_ spoken: String, _ agreed: String) async throws {
    let stub = try StubEngine { request in
      request.path == "/_ping" ? .ping(apiVersion: spoken) : StubReply(200, "{}")
    }
    defer { stub.close() }
    let client = try await stub.client()
    #expect(client.identity.apiVersion == agreed)
    #expect(stub.requests.map(\.path) == ["/_ping", "/v\(agreed)/info"])
  }

  @Test(arguments: ["1.23", "1.9", "0.99"])
  func engineThatIsTooOldIsRefused(_ spoken: String) async throws {
    let stub = try StubEngine { _ in .ping(apiVersion: spoken) }
    defer { stub.close() }
    await #expect(throws: EngineError.engineTooOld(apiVersion: spoken)) {
      try await stub.client()
    }
    #expect(stub.calls == ["GET /_ping"])
  }

  @Test(arguments: ["", "1", "1.x", "one"])
  func serverWithoutAnAPIVersionIsNoEngine(_ spoken: String) async throws {
    let stub = try StubEngine { _ in
      StubReply(200, "OK", headers: spoken.isEmpty ? [:] : ["Api-Version": spoken])
    }
    defer { stub.close() }
    await #expect { try await stub.client() } throws: { $0.isBrokenReply }
  }

  @Test func engineThatHangsAtThePingIsGivenUp() async throws {
    let stub = try StubEngine { _ in .hanging }
    defer { stub.close() }
    var limits = RequestLimits.standard
    limits.instant = .milliseconds(100)
    await #expect(throws: EngineError.noAnswer(call: "GET /_ping", after: limits.instant)) {
      try await stub.client(limits)
    }
  }

  @Test func pingThatFailsTellsTheEnginesReason() async throws {
    let stub = try StubEngine { _ in .error(503, "starting up") }
    defer { stub.close() }
    await #expect(
      throws: EngineError.refused(call: "GET /_ping", status: 503, message: "starting up")
    ) { try await stub.client() }
  }

  @Test(arguments: RecordedEngine.names)
  func identityIsReadFromEveryEngine(_ name: String) async throws {
    let stub = try RecordedEngine(name).stub()
    defer { stub.close() }
    let identity = try await stub.client().identity
    #expect(identity.kind == (name.hasPrefix("podman") ? .podman : .docker))
    #expect(identity.imageStore == (name.hasSuffix("containerd") ? .containerd : .graphDriver))
    #expect(identity.rootDirectory == "/var/lib/engine")
    #expect(identity.hostName == "vm")
    #expect(!identity.id.isEmpty)
    let version = name.split(separator: "-")[1]
    #expect(identity.serverVersion.hasPrefix(version))
  }
}
