import Foundation
import Inventory
import Plan
import TestSupport

/// One random store on a real engine, swept in two halves, with what was promised and what came of it.
struct AccuracyRun {
  /// One sweep.
  struct Half {
    let predicted: Footprint
    /// Content that the engine's files lost.
    let content: Int64
    /// Blocks that `du` of the data root lost.
    let du: Int64
    /// Bytes that the file system gained.
    let statfs: Int64
    /// What `docker system df` called reclaimable just before.
    let promised: String
    /// Steps that did not go as planned.
    let missed: [String]
    let nextIsEmpty: Bool
  }

  let seed: UInt64
  let halves: [Half]
  /// What one plan for everything predicted before the first half was swept.
  let whole: Footprint
  /// The ledger of `balai df -v` before and after.
  let ledgers: [Ledger]

  /// The part of `balai df -v --format json` that must add up.
  struct Ledger: Decodable {
    struct Interval: Decodable {
      let atLeast: Int64
      let atMost: Int64?
    }
    struct Line: Decodable {
      let kind: String
      let size, reclaimable: Interval
      let onDisk, reclaimableOnDisk: Interval?
    }
    struct Root: Decodable {
      struct Stray: Decodable { let path: String; let onDisk: Int64 }

      let onDisk, orphanedLayers, engineFiles: Int64
      let leftOver: [Stray]
    }

    let storage: [Line]
    let dataRoot: Root?
  }

  init(seed: UInt64) async throws {
    self.seed = seed
    let store = DiskStore(seed: seed)
    var halves: [Half] = []
    var ledgers: [Ledger] = []
    (halves, whole, ledgers) = try await RealEngine.with(ownDisk: true) { engine in
      let balai = BalaiCommand(engine: engine)
      try await store.fill(engine)
      var ledgers = [try await Self.ledger(balai)]
      var random = SeededGenerator(seed: seed)
      let everything = try Self.write(Self.everything(store), named: "everything", on: engine)
      let some = try Self.write(Self.half(of: store, &random), named: "some", on: engine)
      let whole = try await Self.plan(everything, on: engine, balai).frees
      var halves: [Half] = []
      for policy in [some, everything] {
        halves.append(try await Self.sweep(policy, on: engine, balai))
      }
      ledgers.append(try await Self.ledger(balai))
      return (halves, whole, ledgers)
    }
    self.halves = halves
    self.ledgers = ledgers
  }

  private static func ledger(_ balai: BalaiCommand) async throws -> Ledger {
    let run = try await balai("df", "-v", "--format", "json")
    guard run.status == 0 else { throw RealEngineError(attempt: "balai df", reason: run.errors) }
    return try JSONDecoder().decode(Ledger.self, from: Data(run.output.utf8))
  }

  private static func plan(
    _ policy: String, on engine: RealEngine, _ balai: BalaiCommand
  ) async throws -> RemovalPlan {
    let file = engine.directory + "/plan.json"
    let run = try await balai("plan", "-p", policy, "-o", file)
    guard run.status == 0 else { throw RealEngineError(attempt: "balai plan", reason: run.errors) }
    return try RemovalPlan(readingFile: file)
  }

  private static func sweep(
    _ policy: String, on engine: RealEngine, _ balai: BalaiCommand
  ) async throws -> Half {
    let plan = try await plan(policy, on: engine, balai)
    let promised = try await engine.docker("system", "df", "--format", "{{.Reclaimable}}")
    let before = (
      try engine.contentBytes(), try await engine.diskUsage(), try await engine.freeSpace()
    )
    let run = try await balai("prune", engine.directory + "/plan.json", "-f", "--format", "json")
    let after = (
      try engine.contentBytes(), try await engine.diskUsage(), try await engine.freeSpace()
    )
    struct Result: Decodable {
      struct Step: Decodable {
        let action: String
        let outcome, detail: String?
      }
      let steps: [Step]
    }
    let steps =
      plan.isEmpty
      ? [] : try JSONDecoder().decode(Result.self, from: Data(run.output.utf8)).steps
    let missed = steps.filter { $0.outcome != "done" }
    let next = try await Self.plan(policy, on: engine, balai)
    return Half(
      predicted: plan.frees, content: before.0 - after.0, du: before.1 - after.1,
      statfs: after.2 - before.2,
      promised: promised.split(separator: "\n").map { $0.prefix { $0 != " " } }
        .joined(separator: "+"),
      missed: missed.map { "\($0.action): \($0.outcome ?? "") \($0.detail ?? "")" }
        + (run.status == 0 ? [] : ["exit status \(run.status): \(run.errors)"]),
      nextIsEmpty: next.isEmpty)
  }

  private static func write(
    _ text: String, named name: String, on engine: RealEngine
  ) throws -> String {
    let file = "\(engine.directory)/\(name).yaml"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  private static func everything(_ store: DiskStore) -> String {
    """
    version: 1
    grace: 0s
    stop:
      containers: [{all: true}]
    remove:
      containers: [{all: true}]
      images: [{all: true}]
      build-cache: [{all: true}]
      volumes: [{name: "*"}, {anonymous: true}]
      networks: [{all: true}]
    """
  }

  /// Some of each kind, or none.
  private static func half(of store: DiskStore, _ random: inout SeededGenerator) -> String {
    func list(_ key: String, _ names: [String]) -> [String] {
      names.isEmpty ? [] : ["{\(key): [\(names.map { "\"\($0)\"" }.joined(separator: ", "))]}"]
    }
    let containers = list("name", random.some(store.containers))
    let images =
      list("reference", random.some(store.images))
      + (random.chance(oneIn: 2) ? ["{dangling: true}"] : [])
    let volumes =
      list("name", random.some(store.volumes))
      + (random.chance(oneIn: 2) ? ["{anonymous: true}"] : [])
    let cache = random.pick([
      [], [], ["{all: true}"], ["{shared: true}"], ["{type: source.local}"],
      ["{type: regular}"],
    ])
    var lines = ["version: 1", "grace: 0s"]
    if !containers.isEmpty { lines += ["stop:", "  containers: [\(containers.joined())]"] }
    lines.append("remove:")
    for (kind, rules) in [
      ("containers", containers), ("images", images), ("volumes", volumes), ("build-cache", cache),
      ("networks", ["{name: nothing-has-this-name}"]),
    ] where !rules.isEmpty {
      lines.append("  \(kind): [\(rules.joined(separator: ", "))]")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
