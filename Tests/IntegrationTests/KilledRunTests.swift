import Engine
import Foundation
import Index
import Inventory
import Sweep
import TestSupport
import Testing

/// The journal of a killed run is closed by the next command, whatever that is.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct KilledRunTests {
  private static let readers = [
    ["index"], ["images"], ["ps"], ["df"], ["plan"], ["prune", "-n"], ["explain", "base:1"],
    ["policy", "diff", "default", "workstation"], ["history"],
  ]

  private func beginRun(_ engine: EngineIdentity, in index: HostIndex) throws -> Int64 {
    try index.beginRun(
      RunRecord(
        id: 0, engineKey: engine.key, engineName: "here", policy: "default",
        startedAt: Timestamp(seconds: 1), end: .running, predicted: .zero))
  }

  private func run(
    _ line: [String], _ balai: BalaiCommand, host: String? = nil
  ) async throws -> ProcessRun {
    try await BalaiCommand.run(
      line,
      environment: [
        "DOCKER_HOST": host ?? balai.engine.host, "BALAI_STATE_DIR": balai.stateDirectory,
      ])
  }

  /// What a run that saves copies makes for itself.
  private func leaveLeftovers(on engine: RealEngine) async throws {
    let store = StoreBuilder(filling: engine)
    try await store.base("balai.invalid/saved-container:abc")
    try await store.base("balai.invalid/volume-files:abc")
    try await engine.docker(
      "create", "--name", "balai-volume-files-abc", "balai.invalid/volume-files:abc", "true")
  }

  @Test func everyCommandClosesItAndOnlyASweepTouchesTheEngine() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      let balai = BalaiCommand(engine: engine)
      #expect(try await balai("index").status == 0)
      let client = try await EngineClient.connect(to: EngineEndpoint(socketPath: engine.socketPath))
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      let clean = try await engine.everything()
      try await leaveLeftovers(on: engine)
      let before = try await engine.everything()
      for line in Self.readers {
        let id = try beginRun(client.identity, in: index)
        let reading = try await run(line, balai)
        #expect(reading.status == 0, "\(line): \(reading.errors)")
        #expect(reading.errors.contains("run \(id) was killed"), "\(line): \(reading.errors)")
        #expect(try index.run(id)?.end == .abandoned, "\(line)")
        #expect(try await !run(line, balai).errors.contains("killed"), "\(line): said once")
      }
      #expect(try await engine.everything() == before, "they remove nothing")
      // No run has been killed here: the engine shows what is left.
      let swept = try await balai("prune", "-f")
      #expect(swept.status == 0, "\(swept.errors)")
      #expect(try await engine.everything() == clean)
    }
  }

  @Test func runOfASweepAtWorkIsLeftAlone() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      let balai = BalaiCommand(engine: engine)
      #expect(try await balai("index").status == 0)
      let client = try await EngineClient.connect(to: EngineEndpoint(socketPath: engine.socketPath))
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      let id = try beginRun(client.identity, in: index)
      // One of another state directory is a sweep at work too.
      let lock = try SweepLock(on: client.identity, in: nil, sharedIn: ["/run/lock"])
      for line in Self.readers {
        let reading = try await run(line, balai)
        #expect(reading.status == 0 && reading.errors.isEmpty, "\(line): \(reading.errors)")
      }
      #expect(try await balai("history").output.contains("running"))
      #expect(try index.run(id)?.end == .running)
      _ = consume lock
    }
  }

  @Test func historyCallsARunKilledWhoseEngineIsOutOfReach() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      #expect(try await balai("index").status == 0)
      let client = try await EngineClient.connect(to: EngineEndpoint(socketPath: engine.socketPath))
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      let id = try beginRun(client.identity, in: index)
      for host in ["unix://" + engine.directory + "/nowhere.sock", "no address"] {
        let list = try await run(["history"], balai, host: host)
        #expect(list.status == 0 && list.output.contains("killed"), "\(list.output)\(list.errors)")
        let one = try await run(["history", "\(id)"], balai, host: host)
        #expect(
          one.output.contains("the next command that speaks to its engine closes its journal"))
        let json = try await run(["history", "--format", "json"], balai, host: host)
        #expect(json.output.contains(#""end": "killed""#), "\(json.output)")
        #expect(list.errors.isEmpty, "\(list.errors)")
      }
      #expect(try index.run(id)?.end == .running)
    }
  }
}
