import Foundation
import TestSupport

/// The built `balai`, run as a user would run it, against one engine and with a state directory of its
/// own.
struct BalaiCommand {
  let engine: RealEngine

  /// In the engine's directory, so that it goes with it.
  var stateDirectory: String { engine.directory + "/state" }

  @discardableResult
  func callAsFunction(_ arguments: String...) async throws -> ProcessRun {
    try await Self.run(
      arguments, environment: ["DOCKER_HOST": engine.host, "BALAI_STATE_DIR": stateDirectory])
  }

  /// Beside the test bundle.
  static var binary: URL {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("balai")
  }

  static func run(
    _ arguments: [String], environment: [String: String] = [:], input: String? = nil
  ) async throws -> ProcessRun {
    return try await ProcessRun.of(binary.path, arguments, environment: environment, input: input)
  }
}

extension RealEngine {
  /// Ids of all containers and images, for "nothing has changed".
  func everything() async throws -> Set<String> {
    let containers = try await docker("ps", "-aq", "--no-trunc")
    let images = try await docker(
      "images", "-a", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}")
    return Set((containers + "\n" + images).split(separator: "\n").map(String.init))
  }
}
