import Disk
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
  var index: WorkingIndex
  let stateDirectory: String
  /// What the index knew before.
  let before: Remembered
  /// Nil where the engine's files are not on this host, or may not be read.
  let root: DataRoot?
  /// Whether the index knew nothing of this engine, not even that there is one.
  let isFirst: Bool
  var snapshot: Snapshot
  /// Whether the engine walked its disk for this snapshot.
  var isUsageKnown = false

  /// Connects, opens the index, closes the journals of killed runs and brings it up to date; says on
  /// stderr where that is not possible because its disk takes no more.
  static func open(_ options: EngineOptions, telling console: Console) async throws -> Session {
    let environment = ProcessInfo.processInfo.environment
    let endpoint = try EngineEndpoint.resolve(
      host: options.host, context: options.context, environment: environment)
    let client = try await EngineClient.connect(to: endpoint)
    let path = options.state.indexPath
    var index = options.noIndex ? try WorkingIndex() : try WorkingIndex(at: path, telling: console)
    let directory = options.state.directory
    if !index.isInMemory {
      await KilledRuns(client, index.now, directory, telling: console).closeUnlessSwept()
    }
    let known = try index.using { (index) throws(IndexError) in
      try index.remembered(of: client.identity)
    }
    let isFirst = try index.using { (index) throws(IndexError) in
      try !index.knows(client.identity)
    }
    let survey = try await client.survey(knowing: known, at: .now)
    let snapshot = try index.record(survey)
    index.tell(console)
    return Session(
      client: client, index: index, stateDirectory: directory, before: known,
      root: DataRoot(of: snapshot), isFirst: isFirst && !options.noIndex,
      snapshot: snapshot)
  }

  /// Looks at the engine again; what was measured before is forgotten.
  mutating func lookAgain() async throws {
    let known = try index.using { (index) throws(IndexError) in
      try index.remembered(of: client.identity)
    }
    snapshot = try index.record(try await client.survey(knowing: known, at: .now))
    isUsageKnown = false
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
