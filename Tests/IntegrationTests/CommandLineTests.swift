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

  @Test(arguments: [">&-", "2>&- >&-", "<&- >&- 2>&-"])
  func closedStreamsAreAsGoodAsDevNull(closing: String) async throws {
    #expect(try await shell("balai policy ls \(closing)").status == 0)
  }
}
