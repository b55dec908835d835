import Foundation
import Index
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

  @Test func rootKeepsNoCopiesWhereOthersLeadThePathAndLoadsNoneFromThere() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let open = engine.directory + "/open"
      let link = engine.directory + "/link"
      try FileManager.default.createDirectory(
        atPath: open, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: open)
      lchown(link, 1234, 1234)
      let policy = engine.directory + "/policy.yaml"
      func prune(into directory: String) async throws -> ProcessRun {
        let text = """
          version: 1
          grace: 0s
          remove: {images: [{all: true}]}
          archive: {images: all, directory: "\(directory)"}
          """
        try Data(text.utf8).write(to: URL(fileURLWithPath: policy))
        return try await balai("prune", "-f", "-p", policy)
      }
      let before = try await engine.everything()
      let foreign = try await prune(into: link + "/copies")
      #expect(foreign.status == 4 && foreign.errors.contains("chown -h root"), "\(foreign.errors)")
      chmod(open, 0o777)
      let loose = try await prune(into: open + "/copies")
      #expect(
        loose.status == 4 && loose.errors.contains("chmod go-w '\(open)'"), "\(loose.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: open).isEmpty)
      #expect(try await engine.everything() == before)
      chmod(open, 0o755)
      let swept = try await prune(into: open + "/copies")
      try #require(swept.status == 0, "\(swept.errors)")
      let run = try #require(
        try HostIndex(at: balai.stateDirectory + "/index.db").runs(limit: 1).first)
      chmod(open, 0o777)
      let refused = try await balai("undo", "\(run.id)", "-f")
      #expect(refused.status == 3, "\(refused.output)\(refused.errors)")
      #expect(refused.output.contains("chmod go-w '\(open)'"), "\(refused.output)")
      #expect(try await engine.everything().isEmpty)
      chmod(open, 0o755)
      #expect(try await balai("undo", "\(run.id)", "-f").status == 0)
      #expect(try await engine.everything() == before)
    }
  }
}
