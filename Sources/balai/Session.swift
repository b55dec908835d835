import Engine
import Foundation
import Index
import Inventory
import Plan
import Policy
import Report

/// An engine and an index that belong together, and the engine as it was just now.
struct Session {
  let client: EngineClient
  private(set) var index: WorkingIndex
  let stateDirectory: String
  /// What the index knew before.
  let before: Remembered
  /// Whether the index knew nothing of this engine, not even that there is one.
  let isFirst: Bool
  var snapshot: Snapshot

  /// Connects, opens the index and brings it up to date; says on stderr where that is not possible
  /// because its disk takes no more.
  static func open(_ options: EngineOptions, telling console: Console) async throws -> Session {
    let environment = ProcessInfo.processInfo.environment
    let endpoint = try EngineEndpoint.resolve(
      host: options.host, context: options.context, environment: environment)
    let client = try await EngineClient.connect(to: endpoint)
    let path = options.state.indexPath
    var index = try WorkingIndex(at: path)
    let known = try index.now.remembered(of: client.identity)
    let isFirst = try !index.now.knows(client.identity)
    let survey = try await client.survey(knowing: known, at: .now)
    let snapshot = try index.record(survey)
    if let obstacle = index.obstacle {
      console.log("\(SafeText("\(obstacle)")); this run works from memory\n")
    }
    return Session(
      client: client, index: index,
      stateDirectory: URL(fileURLWithPath: path).deletingLastPathComponent().path,
      before: known, isFirst: isFirst, snapshot: snapshot)
  }

  /// Looks at the engine again.
  mutating func lookAgain() async throws {
    let known = try index.now.remembered(of: client.identity)
    var fresh = try index.record(try await client.survey(knowing: known, at: .now))
    fresh.buildCache = snapshot.buildCache
    fresh.disk = snapshot.disk
    snapshot = fresh
  }

  /// Plans what a policy selects, with the sizes that only a plan needs.
  mutating func plan(_ policy: RetentionPolicy, at now: Timestamp) async throws -> RemovalPlan {
    try await askBuildCache()
    let plan = try Planner.plan(snapshot, policy, at: now, runningIn: OwnContainer.id())
    guard try await measureRemoved(by: plan) else { return plan }
    return try Planner.plan(snapshot, policy, at: now, runningIn: OwnContainer.id())
  }

  /// Asks the sizes of running containers that a plan stops and removes, which no index can know;
  /// answers whether there were any.
  @discardableResult
  mutating func measureRemoved(by plan: RemovalPlan) async throws -> Bool {
    let removed = Set(plan.steps.filter { $0.action == .removeContainer }.map(\.object))
    return try await measure { removed.contains(.container($0.id)) }
  }

  /// Asks the sizes of all running containers.
  mutating func measureRunning() async throws {
    try await measure { _ in true }
  }

  @discardableResult
  private mutating func measure(where isWanted: (Container) -> Bool) async throws -> Bool {
    let wanted = snapshot.containers.filter { $0.writableSize == nil && isWanted($0) }
    guard !wanted.isEmpty else { return false }
    let sizes = try await client.writableSizes(of: wanted.map(\.id))
    for place in snapshot.containers.indices {
      if let size = sizes[snapshot.containers[place].id] {
        snapshot.containers[place].writableSize = size
      }
    }
    return true
  }

  /// Learns whether the build cache holds layers of images.
  ///
  /// Below API 1.42 the engine tells that only together with the size of every volume, which can take
  /// it minutes; it is asked there only where an image was made by BuildKit.
  private mutating func askBuildCache() async throws {
    guard snapshot.engine.kind == .docker, snapshot.buildCache == nil else { return }
    snapshot.buildCache = try await client.buildCache()
    let usesBuildKit = snapshot.images.contains { image in
      image.content?.history.contains(where: \.isBuildKit) ?? false
    }
    if snapshot.buildCache == nil, usesBuildKit { try await askUsage() }
  }

  /// Asks the engine to walk its disk: volume sizes and build cache.
  mutating func askUsage() async throws {
    let usage = try await client.usage()
    snapshot.buildCache = usage.buildCache
    for place in snapshot.volumes.indices {
      snapshot.volumes[place].size = usage.volumeSizes[snapshot.volumes[place].name]
    }
  }
}

extension Session {
  /// Says on stderr that ages by use are short where this engine is seen for the first time.
  func tellIfFirst(_ console: Console) {
    guard isFirst else { return }
    console.log(
      "this engine is seen for the first time: how long something is unused counts from now\n")
  }

  /// Rows for `balai images`.
  func images(
    under policy: RetentionPolicy, at now: Timestamp, includingIntermediate: Bool
  ) -> [ImageUsage] {
    let verdicts = policy.verdicts(on: snapshot, at: now, runningIn: OwnContainer.id())
    return ImageUsage.rows(snapshot, verdicts, includingIntermediate: includingIntermediate)
  }

  /// Rows for `balai ps`.
  func containers(under policy: RetentionPolicy, at now: Timestamp) -> [ContainerUsage] {
    let verdicts = policy.verdicts(on: snapshot, at: now, runningIn: OwnContainer.id())
    return ContainerUsage.rows(snapshot, verdicts)
  }
}

extension Timestamp {
  /// The time now, by the system's clock.
  static var now: Timestamp {
    Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
  }
}
