import Engine
import Foundation
import Inventory
import Testing

@Suite struct EngineEndpointTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var host: String?
    var context: String?
    var environment: [String: String] = [:]
    var current: String?
    let socket: String
    let testDescription: String
  }

  @Test(arguments: [
    Case(socket: "/var/run/docker.sock", testDescription: "nothing given"),
    Case(
      host: "unix:///a.sock", environment: ["DOCKER_HOST": "unix:///b.sock"], current: "mine",
      socket: "/a.sock", testDescription: "--host beats all"),
    Case(
      context: "mine", environment: ["DOCKER_HOST": "unix:///b.sock"], socket: "/mine.sock",
      testDescription: "--context beats DOCKER_HOST"),
    Case(
      environment: ["DOCKER_HOST": "unix:///b.sock", "DOCKER_CONTEXT": "mine"], current: "mine",
      socket: "/b.sock", testDescription: "DOCKER_HOST beats DOCKER_CONTEXT"),
    Case(
      environment: ["DOCKER_CONTEXT": "other"], current: "mine", socket: "/other.sock",
      testDescription: "DOCKER_CONTEXT beats the current context"),
    Case(current: "mine", socket: "/mine.sock", testDescription: "the current context"),
    Case(
      environment: ["DOCKER_HOST": "", "DOCKER_CONTEXT": ""], current: "mine",
      socket: "/mine.sock", testDescription: "empty variables count as unset"),
    Case(
      context: "default", environment: ["DOCKER_HOST": "unix:///b.sock"], current: "mine",
      socket: "/b.sock", testDescription: "the default context is DOCKER_HOST"),
    Case(
      environment: ["DOCKER_CONTEXT": "default"], current: "mine", socket: "/var/run/docker.sock",
      testDescription: "the default context beats the current one"),
    Case(host: "", current: "mine", socket: "/mine.sock", testDescription: "an empty --host"),
    Case(host: "unix://", socket: "/var/run/docker.sock", testDescription: "unix without a path"),
    Case(host: "UNIX:///a.sock", socket: "/a.sock", testDescription: "a scheme in capitals"),
  ])
  func endpointIsFoundAsTheDockerCommandFindsIt(_ given: Case) throws {
    try withConfiguration(current: given.current) { directory in
      var environment = given.environment
      environment["DOCKER_CONFIG"] = directory
      let found = try EngineEndpoint.resolve(
        host: given.host, context: given.context, environment: environment)
      #expect(found.socketPath == given.socket)
    }
  }

  @Test(arguments: [
    ("tcp://1.2.3.4:2375", "tcp:// is not supported"), ("ssh://me@host", "ssh:// is not supported"),
    ("npipe:////./pipe/x", "npipe:// is not supported"), ("fd://", "fd:// is not supported"),
    ("1.2.3.4:2375", "it means tcp://1.2.3.4:2375"),
    ("/run/docker.sock", "write unix:///run/docker.sock"),
  ])
  func otherSchemesAreRefusedByName(_ address: String, _ words: String) throws {
    for (host, variable) in [(address, nil), (nil, address)] {
      let error = #expect(throws: EngineError.self) {
        try EngineEndpoint.resolve(
          host: host, context: nil, environment: variable.map { ["DOCKER_HOST": $0] } ?? [:])
      }
      let sentence = "\(try #require(error))"
      #expect(sentence.contains(words))
      #expect(sentence.contains(host == nil ? "DOCKER_HOST" : "--host"))
      #expect(sentence.contains("unix://"))
    }
  }

  @Test func unknownContextIsNeverReplacedByAnother() throws {
    try withConfiguration(current: "nope") { directory in
      let environment = ["DOCKER_CONFIG": directory]
      #expect(throws: EngineError.unknownContext("nope", source: directory + "/config.json")) {
        try EngineEndpoint.resolve(host: nil, context: nil, environment: environment)
      }
      #expect(throws: EngineError.unknownContext("../mine", source: "--context")) {
        try EngineEndpoint.resolve(host: nil, context: "../mine", environment: environment)
      }
    }
  }

  @Test func hostAndContextTogetherAreRefused() {
    #expect(throws: EngineError.self) {
      try EngineEndpoint.resolve(host: "unix:///a.sock", context: "default", environment: [:])
    }
  }

  @Test func garbledConfigurationIsNotPassedOver() throws {
    try withConfiguration(current: "mine") { directory in
      try Data("{".utf8).write(to: URL(fileURLWithPath: directory + "/config.json"))
      let error = #expect(throws: EngineError.self) {
        try EngineEndpoint.resolve(
          host: nil, context: nil, environment: ["DOCKER_CONFIG": directory])
      }
      #expect("\(try #require(error))".contains(directory + "/config.json"))
    }
  }

  @Test func configurationIsLookedForAtHome() throws {
    try withConfiguration(current: "mine") { directory in
      let home = directory + "/home"
      try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
      #expect(
        try EngineEndpoint.resolve(host: nil, context: nil, environment: ["HOME": home])
          == .standard)
      try FileManager.default.createSymbolicLink(
        atPath: home + "/.docker", withDestinationPath: directory)
      #expect(
        try EngineEndpoint.resolve(host: nil, context: nil, environment: ["HOME": home]).socketPath
          == "/mine.sock")
    }
  }

  /// A configuration with the contexts `mine` and `other`.
  private func withConfiguration(current: String?, _ body: (String) throws -> Void) throws {
    let directory = NSTemporaryDirectory() + "docker-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: directory) }
    for name in ["mine", "other"] {
      let place = "\(directory)/contexts/meta/\(SHA256.hex(name))"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      let meta =
        #"{"Name":"\#(name)","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///\#(name).sock","SkipTLSVerify":false}}}"#
      try Data(meta.utf8).write(to: URL(fileURLWithPath: place + "/meta.json"))
    }
    if let current {
      try Data(#"{"auths":{},"currentContext":"\#(current)"}"#.utf8)
        .write(to: URL(fileURLWithPath: directory + "/config.json"))
    }
    try body(directory)
  }
}
