import Foundation
import TestSupport
import Testing

@testable import Engine

@Suite struct RegistryCallTests {
  private static let digest = "r.example:5000/a/b@sha256:12"

  private func ask<Value: Sendable>(
    _ reply: StubReply, _ body: (EngineClient) async throws -> Value
  ) async throws -> (Value, StubRequest?) {
    let stub = try StubEngine { request in
      ["/_ping", "/info"].contains(request.unversionedPath) ? .smallHost(request) : reply
    }
    defer { stub.close() }
    return (try await body(try await stub.client()), stub.requests.last)
  }

  @Test func pullNamesTheDigestAndSaysWhoAsks() async throws {
    for (given, sent) in [(nil, "e30="), ("abc", "abc")] {
      let progress = #"{"status":"Pulling"}"# + "\r\n" + #"{"status":"Status: done"}"# + "\r\n"
      let (_, request) = try await ask(StubReply(200, progress, manner: .chunked(9))) {
        try await $0.pull(Self.digest, authorization: given)
      }
      #expect(request?.call == "POST /images/create")
      #expect(request?.query == "fromImage=r.example:5000/a/b@sha256:12")
      #expect(request?.headers["x-registry-auth"] == sent)
      #expect(request?.headers["content-length"] == "0")
    }
  }

  @Test func pullThatFailsMidwayIsAnError() async throws {
    let progress =
      #"{"status":"Pulling"}"# + "\r\n" + #"{"errorDetail":{"message":"no space"},"error":"x"}"#
    await #expect(
      throws: EngineError.failedMidway(call: "POST /images/create", message: "no space")
    ) {
      _ = try await ask(StubReply(200, progress)) {
        try await $0.pull(Self.digest, authorization: nil)
      }
    }
    await #expect(
      throws: EngineError.refused(call: "POST /images/create", status: 404, message: "gone")
    ) {
      _ = try await ask(.error(404, "gone")) {
        try await $0.pull(Self.digest, authorization: nil)
      }
    }
  }

  @Test(arguments: [
    (StubReply(200, #"{"Descriptor":{"digest":"sha256:12"}}"#), RegistryAnswer.holds),
    (StubReply(200, #"{"Descriptor":{"digest":"sha256:13"}}"#), .lacks),
    (StubReply(200, "{}"), .lacks),
    (.error(404, "unknown"), .lacks), (.error(401, "who?"), .denied("who?")),
    (.error(403, "no"), .denied("no")), (.error(500, "refused"), .unreachable("refused")),
    (.error(503, "later"), .unreachable("later")),
  ])
  func onlyTheDigestItselfIsHeld(_ reply: StubReply, _ expected: RegistryAnswer) async throws {
    let (answer, request) = try await ask(reply) {
      try await $0.registryHolds(Self.digest, authorization: nil)
    }
    #expect(answer == expected)
    #expect(request?.call == "GET /distribution/r.example:5000/a/b@sha256:12/json")
  }

  @Test(arguments: [
    ("a:1", "a", "1"), ("a", "a", nil), ("h:5/a", "h:5/a", nil), ("h:5/a:1", "h:5/a", "1"),
    ("a@sha256:1", "a", nil), ("h:5/a:1@sha256:1", "h:5/a", "1"),
  ])
  func nameIsCutIntoRepositoryAndTag(
    _ text: String, _ repository: String, _ tag: String?
  ) {
    #expect(ImageReference(text).repository == repository)
    #expect(ImageReference(text).tag == tag)
  }
}

/// Logins come out of Docker's configuration, and their secrets go nowhere else.
@Suite struct RegistryCredentialsTests {
  private static let secret = "s3cr:et?>"

  private func withConfiguration(
    _ json: String, helper: String? = nil,
    _ body: (RegistryCredentials) async throws -> Void
  ) async throws {
    let directory = NSTemporaryDirectory() + "login-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try json.write(toFile: directory + "/config.json", atomically: false, encoding: .utf8)
    if let helper {
      let path = directory + "/docker-credential-test"
      try ("#!/bin/sh\n" + helper).write(toFile: path, atomically: false, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    }
    try await body(
      RegistryCredentials(environment: [
        "DOCKER_CONFIG": directory, "PATH": directory + ":/usr/bin:/bin", "SECRET": Self.secret,
      ]))
  }

  private func fields(_ value: String?) throws -> [String: String] {
    let text = try #require(value).replacing("-", with: "+").replacing("_", with: "/")
    let data = try #require(Data(base64Encoded: text))
    return try JSONDecoder().decode([String: String].self, from: data)
  }

  private static let auth = Data("me:\(secret)".utf8).base64EncodedString()

  @Test(arguments: [
    ("r.example/a/b:1", "r.example"), ("r.example:5000/a@sha256:1", "r.example:5000"),
    ("localhost/a", "localhost"), ("a/b:1", "docker.io"), ("a", "docker.io"), ("a:1", "docker.io"),
    ("docker.io/library/a", "docker.io"), ("index.docker.io/a/b", "docker.io"),
  ])
  func registryIsTheFirstPartOfAName(_ reference: String, _ registry: String) {
    #expect(RegistryCredentials.registry(of: reference) == registry)
  }

  @Test(arguments: [
    ("r.example", "r.example/a:1"), ("https://r.example", "r.example/a:1"),
    ("https://r.example/v1/", "r.example/a:1"), ("https://index.docker.io/v1/", "a/b:1"),
  ])
  func loginOfTheRegistryIsFound(_ key: String, _ reference: String) async throws {
    try await withConfiguration(#"{"auths":{"\#(key)":{"auth":"\#(Self.auth)"}}}"#) { logins in
      let found = try fields(try await logins.authorization(for: reference))
      #expect(found["username"] == "me")
      #expect(found["password"] == Self.secret)
      #expect(found["serveraddress"] != nil)
      let other = try await logins.authorization(for: "other.example/a:1")
      #expect(other == nil)
    }
  }

  @Test func withoutALoginThereIsNone() async throws {
    for json in ["{}", #"{"auths":{}}"#, #"{"auths":{"r.example":{}}}"#, #"{"auths":null}"#] {
      try await withConfiguration(json) { logins in
        let found = try await logins.authorization(for: "r.example/a:1")
        #expect(found == nil)
      }
    }
    let none = try await RegistryCredentials(environment: [:]).authorization(for: "a")
    #expect(none == nil)
  }

  @Test func helperIsAskedForTheRegistry() async throws {
    let helper =
      #"[ "$1" = get ] && [ "$(cat)" = r.example ] || { echo credentials not found in native keychain; exit 1; }"#
      + "\n" + #"echo '{"ServerURL":"r.example","Username":"me","Secret":"'"$SECRET"'"}'"#
    for json in [#"{"credsStore":"test"}"#, #"{"credHelpers":{"r.example":"test"}}"#] {
      try await withConfiguration(json, helper: helper) { logins in
        let found = try fields(try await logins.authorization(for: "r.example/a:1"))
        #expect(found["username"] == "me")
        #expect(found["password"] == Self.secret)
        let other = try await logins.authorization(for: "other.example/a:1")
        #expect(other == nil)
      }
    }
  }

  @Test func tokenOfAHelperIsAnIdentityToken() async throws {
    let helper = #"echo '{"ServerURL":"r","Username":"<token>","Secret":"t"}'"#
    try await withConfiguration(#"{"credsStore":"test"}"#, helper: helper) { logins in
      let found = try fields(try await logins.authorization(for: "r.example/a:1"))
      #expect(found["identitytoken"] == "t")
      #expect(found["username"] == nil)
    }
  }

  @Test func noErrorAndNoDescriptionHoldsASecret() async throws {
    let broken = [
      (#"{"auths":{"r.example":{"auth":"\#(Self.secret)"}}}"#, nil),
      (#"{"auths":"\#(Self.secret)"}"#, nil),
      (#"{"credsStore":"test"}"#, #"echo "$SECRET"; echo "$SECRET" >&2; exit 1"#),
      (#"{"credsStore":"test"}"#, #"echo "$SECRET""#), (#"{"credsStore":"none"}"#, nil),
      (#"{"credsStore":"../../bin/sh"}"#, nil),
    ]
    for (json, helper) in broken {
      try await withConfiguration(json, helper: helper) { logins in
        let error = await #expect(throws: EngineError.self) {
          try await logins.authorization(for: "r.example/a:1")
        }
        #expect(!String(reflecting: error).contains(Self.secret))
        #expect(!"\(String(describing: error))".contains(Self.secret))
        var text = "\(logins) \(String(reflecting: logins))"
        dump(logins, to: &text)
        #expect(!text.contains(Self.secret))
      }
    }
  }
}
