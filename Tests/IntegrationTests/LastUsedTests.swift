import Engine
import Foundation
import Index
import Inventory
import TestSupport
import Testing

/// Uses of which no container is left, on a real engine.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct LastUsedTests {
  /// What the index says now of images, by their names, without another look at the engine.
  private func lastUses(_ balai: BalaiCommand) async throws -> [ImageID: Timestamp] {
    let client = try await EngineClient.connect(
      to: EngineEndpoint(socketPath: balai.engine.socketPath))
    let index = try HostIndex(at: balai.stateDirectory + "/index.db")
    return try index.lastUses(of: client.identity)
  }

  /// Starts `balai index --watch`; what it says on stderr comes through the pipe.
  private func watch(with balai: BalaiCommand) throws -> (Process, errors: Pipe) {
    let process = Process()
    process.executableURL = BalaiCommand.binary
    process.arguments = ["index", "--watch"]
    process.environment = ProcessInfo.processInfo.environment.merging([
      "DOCKER_HOST": balai.engine.host, "BALAI_STATE_DIR": balai.stateDirectory,
    ]) { $1 }
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    return (process, errors)
  }

  private func clock() -> Timestamp {
    Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
  }

  @Test func containerThatCameAndWentBetweenTwoLooksIsAUse() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      let base = try await store.base("base:1")
      let app = try await store.image("app:1", from: "base:1", [.file("/a", size: 10)])
      let other = try await store.base("other:1", size: 2000)
      #expect(try await balai("index").status == 0)
      let before = clock()
      try await engine.docker("run", "--rm", "app:1", "true")
      let after = clock()
      // An idle look later nothing is newer.
      for _ in 0..<2 {
        #expect(try await balai("index").status == 0)
        let uses = try await lastUses(balai)
        let use = try #require(uses[app])
        #expect(use > before && use < after)
        #expect(uses[base] == use, "its base is used with it")
        #expect(uses[other] == nil)
      }
    }
  }

  @Test func watchWritesWhatHappensAndEndsWhenAsked() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      let app = try await store.base("app:1")
      let other = try await store.base("other:1", size: 2000)

      let (process, errors) = try watch(with: balai)
      let line = String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
      #expect(line.hasPrefix("watching the events of "), "\(line)")

      let before = clock()
      try await engine.docker("run", "--rm", "app:1", "true")
      let after = clock()
      process.terminate()
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 0)
      let uses = try await lastUses(balai)
      let use = try #require(uses[app])
      #expect(use > before && use < after)
      #expect(uses[other] == nil)
    }
  }

  @Test func watchSetsADamagedIndexAsideAndGoesOn() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let app = try await StoreBuilder(filling: engine).base("app:1")
      #expect(try await balai("index").status == 0)
      let (process, errors) = try watch(with: balai)
      func wait(for text: String) {
        var said = ""
        while !said.contains(text) {
          let more = errors.fileHandleForReading.availableData
          guard !more.isEmpty else { break }
          said += String(decoding: more, as: UTF8.self)
        }
        #expect(said.contains(text), "\(said)")
      }
      wait(for: "watching the events of ")
      let path = balai.stateDirectory + "/index.db"
      for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
      try Data(repeating: 0x2a, count: 200_000).write(to: URL(fileURLWithPath: path))
      try await engine.docker("run", "--rm", "app:1", "true")
      wait(for: "the damaged index is kept as ")
      wait(for: "watching the events of ")
      let before = clock()
      try await engine.docker("run", "--rm", "app:1", "true")
      process.terminate()
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 0)
      #expect(try #require(try await lastUses(balai)[app]) > before)
    }
  }
}
