import Foundation
import Inventory
import TestSupport
import Testing

@testable import Engine

/// What is asked of an engine to create something again, and what its answers mean.
@Suite struct CreationTests {
  static let new = String(repeating: "7", count: 64)

  @Test func containerThatCannotBeAttachedIsRemovedAgainWithoutForce() async throws {
    let (stub, client) = try await Self.start { request in
      switch request.call {
      case "POST /containers/create": StubReply(201, #"{"Id":"\#(Self.new)","Warnings":["w"]}"#)
      case "POST /networks/nb/connect": .error(403, "no such address")
      case "DELETE /containers/\(Self.new)": StubReply(204)
      default: nil
      }
    }
    defer { stub.close() }
    #expect(
      try await client.createContainer(from: try Self.recipe())
        == .takenBack(reason: "nb: no such address", leftover: nil))
    let deletion = try #require(stub.requests.last)
    #expect(deletion.call == "DELETE /containers/\(Self.new)" && deletion.query.isEmpty)
    #expect(!stub.calls.contains { $0.hasSuffix("/start") })
  }

  @Test func containerThatCannotBeTakenBackIsNamed() async throws {
    let (stub, client) = try await Self.start { request in
      switch request.call {
      case "POST /containers/create": StubReply(201, #"{"Id":"\#(Self.new)"}"#)
      case "POST /networks/nb/connect": StubReply(200, "", manner: .hangingUp)
      case "DELETE /containers/\(Self.new)": .error(409, "busy")
      default: nil
      }
    }
    defer { stub.close() }
    let reply = try await client.createContainer(from: try Self.recipe())
    guard case .takenBack(_, let leftover) = reply else {
      Issue.record("\(reply)")
      return
    }
    #expect(leftover == ContainerID(Self.new))
  }

  @Test func containerIsAskedForByNameAndImageAndWithItsEndpoints() async throws {
    let (stub, client) = try await Self.start { request in
      switch request.call {
      case "POST /containers/create":
        StubReply(201, #"{"Id":"\#(Self.new)","Warnings":["no swap"]}"#)
      case "POST /networks/nb/connect": StubReply(200)
      default: nil
      }
    }
    defer { stub.close() }
    #expect(
      try await client.createContainer(from: try Self.recipe())
        == .created(ContainerID(Self.new), warnings: ["no swap"]))
    let creation = try #require(stub.requests.first { $0.call == "POST /containers/create" })
    #expect(creation.query == "name=big")
    #expect(EngineJSON(creation.body)?["Image"].text == "base:1")
    let connection = try #require(stub.requests.last)
    #expect(
      EngineJSON(connection.body)
        == EngineJSON(#"{"Container":"\#(Self.new)","EndpointConfig":{"Aliases":["hh"]}}"#))
  }

  @Test(arguments: [
    (
      StubReply.error(404, "No such container: src"),
      CreationReply<ContainerID>.refused(status: 404, message: "No such container: src")
    ),
    (.error(409, "being removed"), .refused(status: 409, message: "being removed")),
    (.error(400, "invalid"), .refused(status: 400, message: "invalid")),
    (.error(500, "broken"), .refused(status: 500, message: "broken")),
  ])
  func refusalIsTold(_ answer: StubReply, _ told: CreationReply<ContainerID>) async throws {
    let (stub, client) = try await Self.start { request in
      request.call == "POST /containers/create" ? answer : nil
    }
    defer { stub.close() }
    #expect(try await client.createContainer(from: try Self.recipe()) == told)
  }

  @Test func podmanIsNotAskedForWhatItDoesNotTell() async throws {
    let stub = try RecordedEngine("podman-4.3").stub()
    defer { stub.close() }
    let client = try await stub.client()
    guard case .unsupported = try await client.createContainer(from: try Self.recipe()) else {
      Issue.record("Podman was asked")
      return
    }
    #expect(!stub.calls.contains { $0.hasPrefix("POST") })
  }

  @Test func networkOfATakenNameIsNotMadeASecondTime() async throws {
    let (stub, client) = try await Self.start { _ in nil }
    defer { stub.close() }
    let recipe = try NetworkRecipe(
      describedBy: #"{"Id":"1","Name":"nb","Driver":"bridge","IPAM":{"Config":[]}}"#)
    #expect(try await client.createNetwork(from: recipe) == .nameTaken("nb"))
    #expect(!stub.calls.contains { $0.hasPrefix("POST") })
  }

  @Test func networkIsAskedForWithItsSubnets() throws {
    let recipe = try NetworkRecipe(
      describedBy: """
        {"Id":"1","Name":"n","Driver":"bridge","Scope":"local","EnableIPv6":true,"Internal":true,
         "IPAM":{"Driver":"default","Options":null,"Config":[{"Subnet":"10.1.0.0/24",
         "Gateway":"10.1.0.1/24","AuxiliaryAddresses":{"x":"10.1.0.9"}}]},
         "ConfigFrom":{"Network":""},"ConfigOnly":false,"Containers":{"c":{}},
         "Options":{"a":"b"},"Labels":{"l":"m"}}
        """)
    #expect(
      recipe.body
        == EngineJSON(
          """
          {"Name":"n","CheckDuplicate":true,"Driver":"bridge","EnableIPv6":true,"Internal":true,
           "IPAM":{"Driver":"default","Config":[{"Subnet":"10.1.0.0/24","Gateway":"10.1.0.1",
           "AuxiliaryAddresses":{"x":"10.1.0.9"}}]},"ConfigOnly":false,"Options":{"a":"b"},
           "Labels":{"l":"m"}}
          """))
  }

  @Test(arguments: [
    (StubReply(204), RevivalReply.done), (StubReply(304), .already),
    (.error(404, "no image"), .refused(status: 404, message: "no image")),
    (.error(500, "port is taken"), .refused(status: 500, message: "port is taken")),
  ])
  func replyToAStartIsTold(_ answer: StubReply, _ told: RevivalReply) async throws {
    let (stub, client) = try await Self.start { $0.method == "POST" ? answer : nil }
    defer { stub.close() }
    #expect(try await client.start(ContainerID("big")) == told)
    #expect(stub.calls.contains("POST /containers/big/start"))
  }

  @Test func descriptionIsOfNothingElseThanWasAskedFor() async throws {
    let (stub, client) = try await Self.start { request in
      switch request.call {
      case "GET /volumes/v": StubReply(200, #"{"Name":"v2"}"#)
      case "GET /volumes/w": StubReply(200, "[]")
      case "GET /networks/n": StubReply(200, #"{"Id":"n1","Name":"n"}"#)
      default: nil
      }
    }
    defer { stub.close() }
    #expect(try await client.description(ofVolume: "v") == nil)
    #expect(try await client.description(ofNetwork: "n") == nil)
    #expect(try await client.description(of: ContainerID("gone")) == nil)
    await #expect(throws: EngineError.self) { try await client.description(ofVolume: "w") }
  }

  private static func recipe() throws -> ContainerRecipe {
    try ContainerRecipe(describedBy: RecipeSamples.rich)
  }

  /// An engine with the networks and the image of the sample, and a container `big` of another id.
  private static func start(
    _ answer: @escaping @Sendable (StubRequest) -> StubReply?
  ) async throws -> (StubEngine, EngineClient) {
    let records = try RecordedEngine("docker-20.10-overlay2").records
    let image = try recipe().imageID
    let stub = try StubEngine { request in
      if let reply = answer(request) { return reply }
      return switch request.unversionedPath {
      case "/_ping": records["ping-get"]?.reply ?? .hanging
      case "/info": records["info"]?.reply ?? .hanging
      case "/containers/json": StubReply(200, "[]")
      case "/volumes": StubReply(200, #"{"Volumes":[]}"#)
      case "/networks": StubReply(200, #"[{"Id":"1","Name":"na"},{"Id":"2","Name":"nb"}]"#)
      case "/images/base:1/json": StubReply(200, #"{"Id":"\#(image)"}"#)
      case "/containers/big/json":
        StubReply(200, #"{"Id":"\#(new)","Name":"/other","State":{"Status":"exited"}}"#)
      default: .error(404, "no such thing")
      }
    }
    return (stub, try await stub.client())
  }
}
