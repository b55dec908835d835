import Foundation
import TestSupport
import Testing

/// What can be typed, and what comes of it before any engine is asked.
struct CommandLineTests {
  private let directory = NSTemporaryDirectory() + "command-line-" + UUID().uuidString

  /// Runs a line of a shell that knows `balai` and the way to no engine.
  private func shell(_ line: String) async throws -> ProcessRun {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try FileManager.default.createSymbolicLink(
      atPath: directory + "/balai", withDestinationPath: BalaiCommand.binary.path)
    return try await ProcessRun.of(
      "/bin/bash", ["-c", "cd '\(directory)' && \(line)"],
      environment: [
        "PATH": directory + ":/usr/bin:/bin", "DOCKER_HOST": "unix:///nonexistent/default.sock",
        "BALAI_STATE_DIR": directory + "/state",
      ])
  }

  @Test(arguments: [
    "balai -H unix:///nonexistent/named.sock plan",
    "balai --host unix:///nonexistent/named.sock plan -v",
    "balai --host=unix:///nonexistent/named.sock --state-dir x images",
    "balai plan -H unix:///nonexistent/named.sock",
  ])
  func engineMayBeNamedBeforeTheCommandOrAfterIt(line: String) async throws {
    let run = try await shell(line)
    #expect(run.status == 69)
    #expect(run.errors.contains("/nonexistent/named.sock"), "\(run.errors)")
  }

  @Test(arguments: ["-c nowhere plan", "--context nowhere plan", "plan -c nowhere"])
  func contextMayBeNamedBeforeTheCommandOrAfterIt(line: String) async throws {
    let run = try await shell("balai " + line)
    #expect(run.status == 64 && run.errors.contains("nowhere"), "\(run.errors)")
    #expect(!run.errors.contains("Unknown option"))
  }

  @Test(arguments: ["balai -H", "balai -H plan", "balai --host", "balai -x plan", "balai -H a b c"])
  func wrongLineIsStatus64(line: String) async throws {
    #expect(try await shell(line).status == 64)
  }

  @Test(arguments: [
    "balai history -H unix:///x.sock", "balai history -c x", "balai history 1 -q",
    "balai prune -f --detailed-exitcode",
  ])
  func flagThatWouldDoNothingIsRefused(line: String) async throws {
    let run = try await shell(line)
    #expect(run.status == 64, "\(run.errors)")
  }

  @Test(arguments: [
    "balai policy show default | balai policy check /dev/stdin",
    "balai policy show default | balai policy check -",
    "balai policy check <(balai policy show default)",
    "balai policy show default >p.yaml && balai policy check /dev/stdin <p.yaml",
  ])
  func policyMayComeFromAPipe(line: String) async throws {
    let run = try await shell(line)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.hasSuffix(": ok\n"))
  }

  @Test(arguments: ["- <<<'{}'", "/dev/stdin <<<'{}'", "<(echo '{}')"])
  func planMayComeFromAPipe(file: String) async throws {
    let run = try await shell("balai prune -n " + file)
    #expect(run.status == 64)
    #expect(run.errors.contains("it is not a plan of balai"), "\(run.errors)")
  }

  @Test(arguments: [
    ("balai policy check /dev/zero", "it is larger than 1 MiB"),
    ("balai policy check /", "is a directory"),
    ("balai plan -p /proc/self/mem", "input/output error"),
    ("balai prune -n /", "is a directory"),
    ("balai prune -n ''", "there is no such file"),
  ])
  func whatCannotBeReadIsSaidInTheSystemsWords(line: String, reason: String) async throws {
    let run = try await shell(line)
    #expect(run.status == 64)
    #expect((run.output + run.errors).contains(reason), "\(run.output)\(run.errors)")
  }

  @Test func fileThatCannotBeReadIsAProblemOfItsOwn() async throws {
    let run = try await shell("balai policy check nope default / workstation")
    #expect(run.status == 64)
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 4, "\(run.output)\(run.errors)")
    #expect(lines.contains("default: ok") && lines.contains("workstation: ok"))
    #expect(run.output.contains("there is no policy 'nope'"))
    let json = try await shell("balai policy check nope default --format json")
    #expect(json.status == 64 && json.output.contains("\"ok\": true"), "\(json.output)")
  }

  @Test(arguments: [">&-", "2>&- >&-", "<&- >&- 2>&-"])
  func closedStreamsAreAsGoodAsDevNull(closing: String) async throws {
    #expect(try await shell("balai policy ls \(closing)").status == 0)
  }
}
