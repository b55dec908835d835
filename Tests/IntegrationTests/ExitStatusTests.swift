import Engine
import Foundation
import Inventory
import Sweep
import TestSupport
import Testing

/// The exit statuses that need an engine to come about.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct ExitStatusTests {
  @Test func withoutPermissionTheEngineIsUnavailable() async throws {
    try await RealEngine.with { engine in
      // Where nobody may go, unlike the directories of a build.
      let place = NSTemporaryDirectory() + "nobody-" + UUID().uuidString
      defer { try? FileManager.default.removeItem(atPath: place) }
      try FileManager.default.createDirectory(
        atPath: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
      try FileManager.default.copyItem(
        atPath: BalaiCommand.binary.path, toPath: place + "/balai")
      let run = try await ProcessRun.of(
        "/usr/bin/setpriv",
        [
          "--reuid=65534", "--regid=65534", "--clear-groups", place + "/balai", "plan", "-H",
          engine.host, "--state-dir", place + "/state",
        ])
      #expect(run.status == 69)
      #expect(run.errors.contains("permission denied"), "\(run.errors)")
    }
  }

  @Test func secondSweepIsStatus11AndTouchesNothing() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await StoreBuilder(filling: engine).base("base:1")
      let before = try await engine.everything()
      #expect(try await balai("index").status == 0)
      let client = try await EngineClient.connect(
        to: EngineEndpoint(socketPath: engine.socketPath))
      do {
        let lock = try SweepLock(on: client.identity, in: balai.stateDirectory)
        let second = try await balai("prune", "-f", "-p", "stop-rm-rmi")
        #expect(second.status == 11)
        #expect(second.errors.contains("another sweep of the engine"))
        #expect(try await balai("plan", "-p", "stop-rm-rmi").status == 0, "a look needs no lock")
        _ = consume lock
      }
      #expect(try await engine.everything() == before)
      #expect(try await balai("prune", "-f", "-p", "stop-rm-rmi").status == 0)
    }
  }

  @Test func removalThatFailsIsStatus3AndTheRestIsDone() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let stuck = try await store.container(.exited, of: "base:1", named: "stuck", writing: 10)
      try await store.container(.exited, of: "base:1", named: "free")
      // What cannot be deleted, not even by root, in the container's writable layer.
      let layer = try await engine.docker(
        "inspect", "--format", "{{.GraphDriver.Data.UpperDir}}", stuck.rawValue)
      let file = try #require(
        FileManager.default.enumerator(atPath: layer)?.compactMap { $0 as? String }.first)
      func change(_ flag: String) async throws {
        let run = try await ProcessRun.of("/usr/bin/chattr", [flag, "\(layer)/\(file)"])
        try #require(run.status == 0, "\(run.errors)")
      }
      try await change("+i")
      let swept = try await balai("prune", "-f", "-p", "stop-rm-rmi")
      try await change("-i")
      #expect(swept.status == 3, "\(swept.output)\(swept.errors)")
      #expect(swept.output.contains("stuck") && swept.output.contains("1 failed"))
      #expect(try await engine.docker("ps", "-aq", "--filter", "name=free") == "")
    }
  }

  @Test func closedStreamsGetNothingOfTheIndex() async throws {
    try await RealEngine.with { engine in
      let line = "'\(BalaiCommand.binary.path)' index"
      for closing in [">&-", "<&- >&- 2>&-", ""] {
        let run = try await ProcessRun.of(
          "/bin/sh", ["-c", "\(line) \(closing)"],
          environment: [
            "DOCKER_HOST": engine.host, "BALAI_STATE_DIR": engine.directory + "/state",
          ])
        #expect(run.status == 0, "\(closing): \(run.errors)")
        #expect(run.output.isEmpty == !closing.isEmpty)
      }
    }
  }
}
