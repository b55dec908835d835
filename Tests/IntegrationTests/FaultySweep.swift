import Engine
import Foundation
import Index
import Inventory
import Plan
import Sweep
import TestSupport

/// What a sweep with a fault in it came to.
struct FaultySweep {
  let cell: FaultCell
  /// What goes where nothing is in the way.
  let plan: RemovalPlan
  let status: Int32
  let words: String
  let before: FaultStore.Truth
  let after: FaultStore.Truth
  /// Nil: none was begun.
  let run: RunRecord?
  let unfinished: Int
  let calls: [FaultyCall]
  /// Whether the look at everything, before the sweep, went through the fault too.
  let hitsSurvey: Bool

  /// Sweeps the store through the proxy, and looks at what became of it.
  init(
    _ cell: FaultCell, _ number: Int, on engine: RealEngine, _ store: FaultStore,
    through proxy: FaultProxy
  ) async throws {
    self.cell = cell
    hitsSurvey = true
    let files = engine.directory + "/faults"
    plan = try await Self.plan(files, on: engine)
    before = try store.look()
    proxy.use(cell.choice)
    let what = cell.isSaved ? [files + ".json"] : ["-p", files + ".yaml"]
    let state = files + "-\(number)"
    let swept = try await BalaiCommand.run(
      ["prune", "-f"] + what,
      environment: ["DOCKER_HOST": "unix://" + proxy.socketPath, "BALAI_STATE_DIR": state])
    calls = proxy.calls
    proxy.use { _, _ in .pass }
    (status, words) = (swept.status, swept.output + swept.errors)
    after = try store.look()
    let index = try HostIndex(at: state + "/index.db")
    run = try index.runs(limit: 1).first.flatMap { try index.run($0.id) }
    unfinished = try index.unfinishedRuns(of: plan.engine.key).count
    try? FileManager.default.removeItem(atPath: state)
  }

  /// The same in this process, with a saved plan and with deadlines of a second or two.
  init(
    impatient cell: FaultCell, on engine: RealEngine, _ store: FaultStore,
    through proxy: FaultProxy
  ) async throws {
    self.cell = cell
    hitsSurvey = false
    plan = try await Self.plan(engine.directory + "/faults", on: engine)
    before = try store.look()
    let client = try await EngineClient.connect(
      to: EngineEndpoint(socketPath: proxy.socketPath),
      limits: RequestLimits(
        instant: .seconds(1), quick: .seconds(1), long: .seconds(2), maxBodyBytes: 1 << 20))
    let now = Timestamp(seconds: 1_800_000_000)
    var snapshot = try await client.survey(knowing: .nothing, at: now).snapshot
    let sizes = try await client.usage().volumeSizes
    for place in snapshot.volumes.indices {
      snapshot.volumes[place].size = sizes[snapshot.volumes[place].name]
    }
    let index = try HostIndex.inMemory()
    let lock = try SweepLock(on: client.identity, in: engine.directory)
    proxy.use(cell.choice)
    let result = try await Sweeper(client, index, clock: { now }, patience: .seconds(2))
      .carryOut(plan, on: snapshot, holding: lock)
    calls = proxy.calls
    proxy.use { _, _ in .pass }
    // What was asked for and given up may still come to its end.
    proxy.endConnections()
    status = result.engineError != nil ? 69 : result.hasFailures ? 3 : 0
    words = "\(result.run.steps.map { "\($0.title): \($0.outcome?.word ?? "")" })"
    after = try store.look()
    run = result.run
    unfinished = try index.unfinishedRuns(of: plan.engine.key).count
  }

  /// What is to go where nothing is in the way.
  private static func plan(_ files: String, on engine: RealEngine) async throws -> RemovalPlan {
    try FaultStore.policy.write(toFile: files + ".yaml", atomically: true, encoding: .utf8)
    let planned = try await BalaiCommand.run(
      ["plan", "-p", files + ".yaml", "-o", files + ".json"],
      environment: ["DOCKER_HOST": engine.host, "BALAI_STATE_DIR": files + "-calm"])
    guard planned.status == 0 else {
      throw RealEngineError(attempt: "planning", reason: planned.errors)
    }
    return try RemovalPlan(readingFile: files + ".json")
  }

  /// Whether the fault came to pass.
  var isHit: Bool { calls.contains { $0.fault == cell.fault } }

  /// Whether a step was given up, or for another's sake not tried.
  var gaveUp: Bool {
    guard let run else { return true }
    let words = ["failed", "unknown", "not-tried"]
    return run.steps.contains { words.contains($0.outcome?.word ?? "") }
  }

  /// What is wrong with it, in a sentence each; none where it ended as it must.
  var flaws: [String] {
    var flaws: [String] = []
    if ![0, 1, 3, 4, 69].contains(status) { flaws.append("it ended with \(status)") }
    if unfinished > 0 || run?.end == .running { flaws.append("its journal is not closed") }
    let may = Set(plan.steps.removed.map(\.id)).union(
      plan.steps.flatMap { step in
        if case .image(let image) = step.expected { image.references } else { [String]() }
      })
    let gone = before.everything.subtracting(after.everything)
    if !gone.isSubset(of: may) { flaws.append("\(gone.subtracting(may)) went, and is not planned") }
    if hitsSurvey, cell.isList, !cell.isHarmless, !gone.isEmpty {
      flaws.append("\(gone) went without a whole list")
    }
    if cell.isHarmless, status != 0 || gone.count < may.count { flaws.append("it did not do all") }
    guard let run else {
      if status == 0 { flaws.append("it ended well and did nothing") }
      if before != after { flaws.append("something changed without a run") }
      return flaws
    }
    if run.steps.map(\.object) != plan.steps.map(\.object) { flaws.append("it had another plan") }
    let hasFailed = run.steps.contains { ["failed", "unknown"].contains($0.outcome?.word ?? "") }
    if [0, 3].contains(status), hasFailed != (status == 3) {
      flaws.append("it ended with \(status)\(hasFailed ? ", and something failed" : "")")
    }
    for step in run.steps { if let flaw = flaw(of: step) { flaws.append(flaw) } }
    return flaws
  }

  private func flaw(of step: StepRecord) -> String? {
    let what = "\(step.action.rawValue) \(step.title)"
    guard let outcome = step.outcome else { return "\(what) has no outcome" }
    let said = "\(what) is called \(outcome.word) (\(outcome.reason ?? ""))"
    switch outcome {
    case .done: return isThere(step) ? "\(said), and is there" : nil
    case .gone: return "\(said), and nobody else was there"
    case .unknown: return step.intendedAt == nil ? "\(said), and was never asked for" : nil
    case .changed(let why), .inUse(let why), .failed(let why), .notTried(let why):
      if why.isEmpty { return "\(said) without a reason" }
      return isThere(step) ? nil : "\(said), and has happened"
    }
  }

  /// Whether what a step is to end or to take away is there.
  private func isThere(_ step: StepRecord) -> Bool {
    switch (step.action, step.object) {
    case (.stop, .container(let id)): after.containers[id.rawValue] == true
    case (.untag, .image(let id)): after.tags[step.title] == id.rawValue
    default: after.everything.contains(step.object.id)
    }
  }
}
