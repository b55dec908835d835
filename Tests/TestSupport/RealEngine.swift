import Foundation

/// A Docker Engine of a test's own: started in a temporary directory, gone without a trace after it.
///
/// `scripts/throwaway-engine` does the work; it also ends the engines of test processes that died.
package final class RealEngine: Sendable {
  /// Holds everything of this engine; 17 characters, so that socket paths stay under 107 bytes.
  package let directory: String
  private let slot: EngineSlot

  package var socketPath: String { directory + "/docker.sock" }
  package var dataRoot: String { directory + "/data" }
  /// The engine's address as `-H` and `DOCKER_HOST` want it.
  package var host: String { "unix://" + socketPath }

  private init(directory: String, slot: EngineSlot) {
    self.directory = directory
    self.slot = slot
  }

  /// Waits for a seat and starts an engine; it answers when this returns.
  ///
  /// - Parameter ownDisk: gives its data root a file system of its own, so that nothing else changes
  ///   the free space there.
  package static func start(ownDisk: Bool = false) async throws -> RealEngine {
    let slot = try await EngineSlot.take()
    do {
      let owner = String(ProcessInfo.processInfo.processIdentifier)
      let directory = try await script(
        ["start", owner], environment: ownDisk ? ["OWN_DISK": "2G"] : [:])
      return RealEngine(directory: directory, slot: slot)
    } catch {
      slot.giveBack()
      throw error
    }
  }

  /// Ends the engine and its containers and removes its directory; to be called once.
  package func stop() async throws {
    defer { slot.giveBack() }
    _ = try await Self.script(["stop", directory])
  }

  /// Ends dockerd alone and at once, as a crash does: its socket stays, and containers run on.
  package func kill() async throws {
    _ = try await Self.script(["kill", directory])
  }

  /// Starts dockerd again on the same data, after its peaceful end if it runs; it answers when this
  /// returns. What ran is ended by it.
  package func restart() async throws {
    _ = try await Self.script(["restart", directory])
  }

  /// Gives the body an engine and ends it afterwards, also when the body throws or is cancelled.
  package static func with<T: Sendable>(
    ownDisk: Bool = false, _ body: @Sendable (RealEngine) async throws -> T
  ) async throws -> T {
    let engine = try await start(ownDisk: ownDisk)
    let result: Result<T, any Error>
    do {
      result = .success(try await body(engine))
    } catch {
      result = .failure(error)
    }
    // A task of its own: a cancelled one could not wait for the engine to end.
    try await Task.detached { try await engine.stop() }.value
    return try result.get()
  }

  /// Runs Debian's docker client against this engine and returns what it prints, trimmed.
  @discardableResult
  package func docker(
    _ arguments: String..., input: String? = nil, buildKit: Bool = false
  ) async throws -> String {
    try await docker(arguments, input: input, buildKit: buildKit)
  }

  /// The same with arguments that were put together.
  @discardableResult
  package func docker(
    _ arguments: [String], input: String? = nil, buildKit: Bool = false
  ) async throws -> String {
    let run = try await ProcessRun.of(
      "/usr/bin/docker", arguments,
      environment: [
        "DOCKER_HOST": host, "DOCKER_CONFIG": directory + "/client",
        "DOCKER_BUILDKIT": buildKit ? "1" : "0",
      ], input: input)
    guard run.status == 0 else {
      throw RealEngineError(
        attempt: "docker " + arguments.joined(separator: " "), reason: run.errors)
    }
    return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

extension RealEngine {
  /// What this machine lacks for a real engine; nil where one can be started.
  package static let unavailable: String? = missing()

  package static var isAvailable: Bool { unavailable == nil }

  /// Fails where `BALAI_REQUIRE_ENGINE=1` demands the engine tests and they would be skipped.
  package static func requireWhereDemanded() throws {
    guard ProcessInfo.processInfo.environment["BALAI_REQUIRE_ENGINE"] == "1" else { return }
    if let unavailable {
      throw RealEngineError(attempt: "the engine tests", reason: unavailable)
    }
  }

  private static let scriptPath = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("scripts/throwaway-engine").path

  private static func script(
    _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> String {
    let run = try await ProcessRun.of(scriptPath, arguments, environment: environment)
    guard run.status == 0 else {
      throw RealEngineError(
        attempt: "throwaway-engine " + arguments.joined(separator: " "), reason: run.errors)
    }
    return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func missing() -> String? {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: scriptPath)
    process.arguments = ["missing"]
    process.standardOutput = output
    do {
      try process.run()
      let reason = String(
        decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self
      )
      .trimmingCharacters(in: .whitespacesAndNewlines)
      process.waitUntilExit()
      guard process.terminationStatus == 0 else { return "\(scriptPath) missing failed" }
      return reason.isEmpty ? nil : reason
    } catch {
      return "\(scriptPath) cannot be run: \(error)"
    }
  }
}

/// Something that a real engine, or the way to it, refused to do.
package struct RealEngineError: Error, CustomStringConvertible {
  package let attempt: String
  package let reason: String

  package init(attempt: String, reason: String) {
    self.attempt = attempt
    self.reason = reason
  }

  package var description: String { "\(attempt): \(reason)" }
}
