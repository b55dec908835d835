import Foundation
import TestSupport
import Testing

/// Who can write a policy, a plan or the index decides what root removes.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct UnsafeFileTests {
  /// Who is not root gets as far as the engine, which is not for them here.
  @Test func whoIsNotRootIsNotJudged() async throws {
    try await RealEngine.with { engine in
      let place = NSTemporaryDirectory() + "nobody-" + UUID().uuidString
      defer { try? FileManager.default.removeItem(atPath: place) }
      try FileManager.default.createDirectory(
        atPath: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
      try FileManager.default.copyItem(atPath: BalaiCommand.binary.path, toPath: place + "/balai")
      let policy = place + "/policy.yaml"
      try Data("version: 1\nremove:\n  images:\n    - dangling: true\n".utf8)
        .write(to: URL(fileURLWithPath: policy))
      chmod(policy, 0o666)
      let arguments = ["plan", "-H", engine.host, "-p", policy]
      let run = try await ProcessRun.of(
        "/usr/bin/setpriv",
        ["--reuid=65534", "--regid=65534", "--clear-groups", place + "/balai"] + arguments)
      #expect(run.status == 69, "\(run.errors)")
      #expect(try await BalaiCommand.run(arguments).status == 4)
    }
  }

  @Test func rootActsOnNoFileThatOthersCanWrite() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let policy = engine.directory + "/policy.yaml"
      let plan = engine.directory + "/plan.json"
      let text = "version: 1\nremove:\n  images:\n    - dangling: true\n"
      try Data(text.utf8).write(to: URL(fileURLWithPath: policy))
      #expect(try await balai("plan", "-p", policy, "-o", plan).status == 0)
      for (file, line) in [
        (policy, ["plan", "-p", policy]), (plan, ["prune", "-f", plan]),
        (balai.stateDirectory, ["plan"]), (balai.stateDirectory + "/index.db", ["plan"]),
      ] {
        var status = stat()
        stat(file, &status)
        chmod(file, status.st_mode & 0o7777 | 0o002)
        let environment = [
          "DOCKER_HOST": engine.host, "BALAI_STATE_DIR": balai.stateDirectory,
        ]
        let refused = try await BalaiCommand.run(line, environment: environment)
        #expect(refused.status == 4, "\(line): \(refused.errors)")
        #expect(refused.errors.contains("chmod go-w '\(file)'"), "\(refused.errors)")
        chmod(file, status.st_mode & 0o7777)
        #expect(try await BalaiCommand.run(line, environment: environment).status == 0)
      }
      chmod(policy, 0o666)
      let piped = try await BalaiCommand.run(
        ["plan", "-p", "-", "-H", engine.host, "--state-dir", balai.stateDirectory],
        input: policy)
      #expect(piped.status == 0, "\(piped.errors)")
    }
  }
}
