import Foundation
import TestSupport
import Testing

/// What a new user does wrong: one clear sentence, the documented exit status, nothing touched.
struct RefusalTests {
  private let state = NSTemporaryDirectory() + "refusal-" + UUID().uuidString

  private func balai(
    _ arguments: String..., host: String = "unix:///nonexistent/docker.sock"
  ) async throws -> ProcessRun {
    defer { try? FileManager.default.removeItem(atPath: state) }
    return try await BalaiCommand.run(
      arguments + ["--state-dir", state],
      environment: ["DOCKER_HOST": host, "DOCKER_CONTEXT": "", "DOCKER_CONFIG": state])
  }

  private func file(_ text: String) throws -> String {
    let path = NSTemporaryDirectory() + "policy-" + UUID().uuidString + ".yaml"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test(arguments: ["plan", "df", "images", "ps", "index"])
  func noEngineIsOneSentenceAndStatus69(command: String) async throws {
    let run = try await balai(command)
    #expect(run.status == 69)
    #expect(
      run.errors
        == "Error: cannot connect to the engine at /nonexistent/docker.sock: there is no such "
        + "socket; start the engine, or name another with --host or DOCKER_HOST\n")
    #expect(run.output.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: state), "no index is made for no engine")
  }

  @Test func fileThatIsNoSocketIsSaidToBeSilent() async throws {
    let path = try file("x")
    let run = try await balai("plan", host: "unix://" + path)
    #expect(run.status == 69)
    #expect(run.errors.contains("nothing listens on that socket"))
  }

  @Test func socketOfAnotherProgramIsNoEngine() async throws {
    let stub = try StubEngine { _ in StubReply(200, "hello") }
    defer { stub.close() }
    let run = try await balai("plan", host: "unix://" + stub.socketPath)
    #expect(run.status == 1)
    #expect(run.errors.contains("is this a Docker engine's socket?"))
  }

  @Test(arguments: ["tcp://1.2.3.4:2375", "ssh://host", "npipe:////./pipe/docker_engine"])
  func otherSchemesAreRefusedByName(host: String) async throws {
    let run = try await balai("plan", host: host)
    #expect(run.status == 64)
    #expect(run.errors.contains(host.prefix { $0 != ":" }) && run.errors.contains("unix"))
  }

  @Test func unknownPolicyNamesTheShippedOnes() async throws {
    let run = try await balai("plan", "-p", "workstatoin")
    #expect(run.status == 64)
    #expect(run.errors.contains("there is no policy 'workstatoin'"))
    #expect(run.errors.contains("workstation"))
  }

  @Test func mistakesInAPolicyComeWithTheirLinesAndStatus64() async throws {
    let path = try file(
      "version: 1\nremove:\n  images:\n    - danglin: true\n    - unused-for: 3 moons\n")
    let runs = [
      try await balai("plan", "-p", path), try await BalaiCommand.run(["policy", "check", path]),
    ]
    for run in runs {
      let text = run.output + run.errors
      #expect(run.status == 64)
      #expect(text.contains("\(path):4: ") && text.contains("did you mean 'dangling'?"))
      #expect(text.contains("\(path):5: "))
    }
  }

  @Test(arguments: [
    "", "just words", "{", "\u{0}\u{1}", "- a\n- b\n", "version: 1\n", "a: &a [*a]\n",
  ])
  func garbageIsNoPolicy(text: String) async throws {
    let run = try await balai("plan", "-p", try file(text))
    #expect(run.status == 64)
    #expect(run.errors.hasPrefix("Error: ") && run.errors.hasSuffix("\n"))
  }

  @Test func bytesThatAreNoTextAreNoPolicy() async throws {
    let path = try file("")
    try Data([0x76, 0xff, 0xfe]).write(to: URL(fileURLWithPath: path))
    let run = try await balai("plan", "-p", path)
    #expect(run.status == 64)
    #expect(run.errors.contains("not UTF-8"))
  }

  @Test func withoutATerminalAndWithoutForceNothingIsAsked() async throws {
    let run = try await balai("prune")
    #expect(run.status == 4)
    #expect(run.errors.contains("say -f"))
  }

  @Test func planFileThatIsNoneIsRefusedBeforeTheEngineIsAsked() async throws {
    let run = try await balai("prune", try file("{}"), "-f")
    #expect(run.status == 64)
    #expect(run.errors.contains("it is not a plan of balai"))
    let missing = try await balai("prune", "/nonexistent.json", "-f")
    #expect(missing.status == 64)
    #expect(missing.errors.contains("there is no such file"))
  }

  @Test func savedPlanAndPolicyTogetherAreRefused() async throws {
    let run = try await balai("prune", "plan.json", "-p", "default", "-f")
    #expect(run.status == 64)
  }

  @Test func usageErrorsAreStatus64() async throws {
    #expect(try await balai("plan", "--nonsense").status == 64)
    #expect(try await balai("dance").status == 64)
  }

  @Test(arguments: ["default", "stop-rm-rmi", "workstation", "ci-runner", "keep-newest"])
  func shippedPolicyShownAndSavedIsTheSamePolicy(name: String) async throws {
    let shown = try await BalaiCommand.run(["policy", "show", "--source", name])
    let copy = try file(shown.output)
    #expect(try await BalaiCommand.run(["policy", "check", copy]).status == 0)
    let effective = try await BalaiCommand.run(["policy", "show", name])
    let ofCopy = try await BalaiCommand.run(["policy", "show", copy])
    #expect(effective.status == 0 && effective.output.contains("grace: "))
    #expect(effective.output == ofCopy.output)
    #expect(try await BalaiCommand.run(["policy", "ls", "-q"]).output.contains("\(name)\n"))
  }

  @Test func unknownRunIsSaidToBeUnknown() async throws {
    let run = try await balai("history", "7")
    #expect(run.status == 64)
    #expect(run.errors.contains("there is no run 7"))
  }

  @Test func errorsAreJSONWhereResultsAre() async throws {
    let run = try await balai("plan", "--format", "json")
    let object = try JSONSerialization.jsonObject(with: Data(run.errors.utf8)) as? [String: Any]
    let error = try #require(object?["error"] as? [String: Any])
    #expect(error["status"] as? Int == 69)
    #expect((error["message"] as? String)?.contains("no such socket") ?? false)
  }

  @Test func stateDirectoryThatCannotBeMadeIsOneSentence() async throws {
    let stub = try StubEngine { request in
      request.path == "/_ping" ? .ping(apiVersion: "1.41") : StubReply(200, "{}")
    }
    defer { stub.close() }
    let run = try await BalaiCommand.run(
      ["plan", "-H", "unix://" + stub.socketPath, "--state-dir", "/proc/nowhere"])
    #expect(run.status == 1)
    #expect(run.errors.contains("cannot open the index /proc/nowhere/index.db"))
  }
}
