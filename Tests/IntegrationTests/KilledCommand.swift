import Foundation
import TestSupport

/// `balai` with its end by SIGKILL, at a place that a test chooses.
extension BalaiCommand {
  /// Every how many writes a test kills a command: all of them with `BALAI_KILL_STEP=1`.
  static func killStep(otherwise step: Int) -> Int {
    ProcessInfo.processInfo.environment["BALAI_KILL_STEP"].flatMap { Int($0) } ?? step
  }

  /// The status of a process that was killed.
  static let killed = 128 + SIGKILL

  /// Runs it until its `write`th write; of those to plain files alone, where `isPlain`.
  func killed(
    atWrite write: Int, isPlain: Bool = false, _ arguments: String...
  ) async throws -> ProcessRun {
    var environment = try await KillingLibrary.environment(killingAt: write, isPlain: isPlain)
    environment["DOCKER_HOST"] = engine.host
    environment["BALAI_STATE_DIR"] = stateDirectory
    return try await Self.run(arguments, environment: environment)
  }

  /// Runs it until a moment from its start.
  func killed(afterMilliseconds moment: Int, _ arguments: String...) async throws -> ProcessRun {
    // `timeout` sends the signal; it is not a deadline of Balai.
    try await ProcessRun.of(
      "/usr/bin/timeout",
      ["-s", "KILL", "\(Double(moment) / 1000)", Self.binary.path] + arguments,
      environment: ["DOCKER_HOST": engine.host, "BALAI_STATE_DIR": stateDirectory])
  }
}
