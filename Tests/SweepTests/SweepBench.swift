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

/// A fake engine with a plan for all that is on it.
struct SweepBench {
  let fake: FakeEngine
  let stub: StubEngine
  let client: EngineClient
  let index: HostIndex
  let lockDirectory: String

  init(_ contents: FakeEngine.Contents) async throws {
    fake = FakeEngine(contents)
    stub = try fake.stub()
    client = try await EngineClient.connect(to: EngineEndpoint(socketPath: stub.socketPath))
    index = try HostIndex.inMemory()
    lockDirectory = NSTemporaryDirectory() + "sweep-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: lockDirectory, withIntermediateDirectories: true)
  }

  /// The engine as a survey would see it.
  func snapshot() async throws -> Snapshot {
    var containers: [Container] = []
    for id in fake.now.containers.keys.sorted() {
      guard var container = try await client.container(ContainerID(id)) else { continue }
      container.writableSize = 10
      containers.append(container)
    }
    var images: [Image] = []
    for (id, picture) in fake.now.images.sorted(by: { $0.key < $1.key }) {
      guard var image = try await client.image(id) else { continue }
      image.parent = picture.parent.isEmpty ? nil : ImageID(picture.parent)
      image.content = ImageContent(
        diffs: [id],
        history: [
          HistoryEntry(size: 1, fingerprint: id, isMetadataOnly: false, isBuildKit: false)
        ])
      images.append(image)
    }
    return Snapshot(
      engine: client.identity, takenAt: Timestamp(seconds: 1_800_000_000), images: images,
      containers: containers)
  }

  /// - Parameters:
  ///   - more: sections for the policy.
  ///   - snapshot: what is planned for; nil: the engine as it is.
  func plan(_ more: String = "", seeing snapshot: Snapshot? = nil) async throws -> RemovalPlan {
    let text = try #require(ShippedPolicies.all.first { $0.name == "stop-rm-rmi" }).text + more
    let policy = try RetentionPolicy(reading: text, from: "everything", named: "everything")
    let seen: Snapshot
    if let snapshot { seen = snapshot } else { seen = try await self.snapshot() }
    return try Planner.plan(seen, policy, at: Timestamp(seconds: 1_800_000_000))
  }

  /// - Parameter snapshot: what the sweep sees before it begins; nil: the engine as it is then.
  func carryOut(
    _ plan: RemovalPlan, seeing snapshot: Snapshot? = nil,
    interruption: Interruption = Interruption(), patience: Duration = .milliseconds(100),
    archiving: Archiving? = nil, runningIn own: ContainerID? = nil,
    observer: @escaping @Sendable (StepRecord) -> Void = { _ in },
    volumeContent: @escaping @Sendable (String) async -> Int64? = { _ in nil }
  ) async throws -> SweepResult {
    let lock = try SweepLock(on: client.identity, in: lockDirectory)
    let seen: Snapshot
    if let snapshot { seen = snapshot } else { seen = try await self.snapshot() }
    return try await Sweeper(
      client, index, clock: { Timestamp(seconds: 1_800_000_001) }, patience: patience,
      runningIn: own, volumeContent: volumeContent, archiving: archiving, observer: observer
    ).carryOut(plan, on: seen, holding: lock, until: interruption)
  }
}

extension SweepResult {
  /// Outcomes by what was done to what: `remove-container web`.
  var outcomes: [String: Outcome] {
    Dictionary(
      run.steps.compactMap { step in
        step.outcome.map { ("\(step.action.rawValue) \(step.title)", $0) }
      }, uniquingKeysWith: { first, _ in first })
  }
}
