import Engine
import Foundation
import Index
import Inventory
import Plan
import Policy
import ShippedPolicies
import Sweep
import TestSupport
import Testing

/// On random stores the bytes that a plan predicts are the bytes that the engine's layer store loses.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct ExactBytesTests {
  /// Half of what is there, drawn by name, then all the rest.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func predictedBytesAreFreedBytesOnARandomStore(seed: UInt64) async throws {
    try await RealEngine.with { engine in
      var random = SeededGenerator(seed: seed)
      let store = RandomStore(images: 24, containers: 8, force: seed % 2 == 0, using: &random)
      try await StoreBuilder(filling: engine).fill(store)
      let client = try await EngineClient.connect(
        to: EngineEndpoint(socketPath: engine.socketPath))
      let index = try HostIndex(at: engine.directory + "/index.db")
      let half = (0..<24).filter { _ in Bool.random(using: &random) }
      let references = half.map { "        - 'app\($0):*'" }.joined(separator: "\n")
      let first = """
        version: 1
        grace: 0s
        remove:
          containers:
            - status: exited
          images:
            - dangling: true
            - reference:
        \(references)
        """
      let second = try #require(ShippedPolicies.all.first { $0.name == "stop-rm-rmi" }).text
      for text in [first, second] {
        let policy = try RetentionPolicy(reading: text, from: "test.yaml", named: "test")
        try await sweepAndCompare(engine, client, index, policy, "seed \(seed)")
      }
      #expect(try await engine.everything().isEmpty)
    }
  }

  private func sweepAndCompare(
    _ engine: RealEngine, _ client: EngineClient, _ index: HostIndex, _ policy: RetentionPolicy,
    _ name: String
  ) async throws {
    let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    var snapshot = try await survey(client, index, at: now)
    let running = snapshot.containers.filter { $0.writableSize == nil }.map(\.id)
    let sizes = try await client.writableSizes(of: running)
    for place in snapshot.containers.indices {
      if let size = sizes[snapshot.containers[place].id] {
        snapshot.containers[place].writableSize = size
      }
    }
    let plan = try Planner.plan(snapshot, policy, at: now)
    let before = try engine.layerStoreBytes() + engine.writableBytes()
    let lock = try SweepLock(on: client.identity, in: engine.directory)
    let result = try await Sweeper(client, index, clock: { now })
      .carryOut(plan, on: snapshot, holding: lock)
    let after = try engine.layerStoreBytes() + engine.writableBytes()
    #expect(result.run.steps.allSatisfy { $0.outcome == .done }, "\(name): \(result.run.steps)")
    #expect(plan.frees.content == Bytes(exactly: before - after), "\(name)")
    #expect(result.run.freed?.content == plan.frees.content, "\(name)")

    let next = try Planner.plan(try await survey(client, index, at: now), policy, at: now)
    #expect(next.steps.isEmpty, "\(name): after a sweep the next plan is empty")
  }

  private func survey(
    _ client: EngineClient, _ index: HostIndex, at now: Timestamp
  ) async throws -> Snapshot {
    let known = try index.remembered(of: client.identity)
    return try index.record(try await client.survey(knowing: known, at: now))
  }
}
