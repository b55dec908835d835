import Foundation
import Index
import Inventory
import Plan
import TestSupport

/// One sweep of a saved plan on a real engine, with something going wrong, and what it came to.
struct TortureRound {
  /// What goes wrong.
  enum Mischief: String, CaseIterable {
    case nothing, killedWrite, killedAnytime, faults, neighbour, faultyNeighbour, killedNeighbour
    case restartedEngine, fullDisk

    var hasNeighbour: Bool {
      [.neighbour, .faultyNeighbour, .killedNeighbour].contains(self)
    }
    var hasFaults: Bool { [.faults, .faultyNeighbour].contains(self) }
  }

  static let policy = """
    version: 1
    grace: 0s
    keep: {images: [{reference: "keep*"}], containers: [{name: "keep*"}]}
    stop: {containers: [{all: true}]}
    remove: {containers: [{all: true}], images: [{all: true}], volumes: [{name: "data*"}]}
    stop-timeout: 1s
    """

  let mischief: Mischief
  let status: Int32
  let errors: String
  let plan: RemovalPlan
  /// Ids of containers and images, and names of volumes, before the sweep and after all.
  let before: Set<String>
  let after: Set<String>
  let events: [WitnessedEvent]
  let deeds: [HostileNeighbour.Deed]
  /// The run's journal once it is closed; nil: there was no run.
  let run: RunRecord?
  let unfinished: Int

  init(
    _ mischief: Mischief, on engine: RealEngine, in state: String,
    using random: inout SeededGenerator
  ) async throws {
    self.mischief = mischief
    try await Self.fill(engine, &random)
    let file = engine.directory + "/torture"
    try Self.policy.write(toFile: file + ".yaml", atomically: true, encoding: .utf8)
    let calm = ["DOCKER_HOST": engine.host, "BALAI_STATE_DIR": state]
    let planned = try await BalaiCommand.run(
      ["plan", "-p", file + ".yaml", "-o", file + ".json"], environment: calm)
    guard planned.status == 0 else {
      throw RealEngineError(attempt: "planning", reason: planned.errors)
    }
    plan = try RemovalPlan(readingFile: file + ".json")
    before = try await Self.everything(engine)
    let runs = try HostIndex(at: state + "/index.db").runs(limit: 1).first?.id ?? 0

    let witness = mischief == .restartedEngine ? nil : try EventWitness(of: engine.socketPath)
    let targets = plan.steps.compactMap { step in
      if case .image(let id) = step.object { id } else { nil }
    }
    let neighbour =
      mischief.hasNeighbour
      ? HostileNeighbour(on: engine.socketPath, seed: random.next(), targets: targets) : nil
    let swept = try await Self.sweep(file + ".json", mischief, engine, calm, state, &random)
    deeds = try await neighbour?.stop() ?? []
    (status, errors) = (swept.status, swept.errors)
    // Removes nothing here, and closes what was killed.
    let closing = try await BalaiCommand.run(["prune", "-f"], environment: calm)
    guard closing.status == 0 else {
      throw RealEngineError(attempt: "closing after \(mischief)", reason: closing.errors)
    }
    events = try await witness?.finish() ?? []
    after = try await Self.everything(engine)
    let index = try HostIndex(at: state + "/index.db")
    run = try index.runs(limit: 1).first.flatMap { $0.id > runs ? try index.run($0.id) : nil }
    unfinished = try index.unfinishedRuns(of: plan.engine.key).count
    try await Self.clear(engine)
  }

  private static func sweep(
    _ plan: String, _ mischief: Mischief, _ engine: RealEngine, _ calm: [String: String],
    _ state: String, _ random: inout SeededGenerator
  ) async throws -> ProcessRun {
    var environment = calm
    var proxy: FaultProxy?
    if mischief.hasFaults {
      // Mostly at what changes something: a sweep that learns nothing about its engine does nothing.
      let seed = random.next()
      proxy = try FaultProxy(before: engine.socketPath) { call, number in
        var random = SeededGenerator(seed: seed &+ UInt64(number))
        let isHit = random.chance(oneIn: call.method == "GET" ? 60 : 2)
        return isHit ? Fault.random(using: &random) : .pass
      }
      environment["DOCKER_HOST"] = "unix://" + (proxy?.socketPath ?? "")
    }
    defer { proxy?.stop() }
    if mischief == .killedWrite || mischief == .killedNeighbour {
      let write = Int.random(in: 1...260, using: &random)
      environment.merge(try await KillingLibrary.environment(killingAt: write)) { $1 }
    }
    let arguments = ["prune", plan, "-f"]
    let moment = Duration.milliseconds(Int.random(in: 20...900, using: &random))
    switch mischief {
    case .killedAnytime:
      // `timeout` sends the signal; it is not the sweep's own deadline.
      let seconds = Double(moment.components.attoseconds) / 1e18
      return try await ProcessRun.of(
        "/usr/bin/timeout",
        ["-s", "KILL", "\(seconds)", BalaiCommand.binary.path] + arguments,
        environment: environment)
    case .restartedEngine:
      async let swept = BalaiCommand.run(arguments, environment: environment)
      try await Task.sleep(for: moment)
      try await engine.kill()
      try await engine.restart()
      return try await swept
    case .fullDisk:
      let filler = state + "/filler"
      _ = try await ProcessRun.of("/bin/sh", ["-c", "cat /dev/zero >'\(filler)' 2>/dev/null"])
      let swept = try await BalaiCommand.run(arguments, environment: environment)
      try? FileManager.default.removeItem(atPath: filler)
      return swept
    default: return try await BalaiCommand.run(arguments, environment: environment)
    }
  }

  private static func fill(_ engine: RealEngine, _ random: inout SeededGenerator) async throws {
    let store = StoreBuilder(filling: engine)
    try await store.base("keep:1", size: 10)
    for number in 0..<Int.random(in: 1...3, using: &random) {
      let parent = number > 0 && random.chance(oneIn: 2) ? "app\(number - 1):1" : "keep:1"
      try await store.commit("app\(number):1", from: parent, size: 100)
      if random.chance(oneIn: 2) { try await store.tag("app\(number):1", as: "app\(number):2") }
    }
    for number in 0..<Int.random(in: 2...5, using: &random) {
      let life: StoreBuilder.ContainerLife = random.pick([.created, .created, .exited, .running])
      let volumes = random.chance(oneIn: 3) ? ["data\(number):/data"] : []
      try await store.container(
        life, of: random.pick(["keep:1", "app0:1"]), named: "box\(number)", volumes: volumes)
    }
    try await store.container(.created, of: "app0:1", named: "keep")
  }

  private static func everything(_ engine: RealEngine) async throws -> Set<String> {
    let containers = try await engine.docker("ps", "-aq", "--no-trunc")
    let images = try await engine.docker("images", "-aq", "--no-trunc")
    let volumes = try await engine.docker("volume", "ls", "-q")
    return Set(
      [containers, images, volumes].flatMap { $0.split(separator: "\n").map(String.init) })
  }

  private static func clear(_ engine: RealEngine) async throws {
    _ = try await ProcessRun.of(
      "/bin/sh",
      [
        "-c",
        """
        docker ps -aq | xargs -r docker rm -f
        docker images -aq | sort -u | xargs -r docker rmi -f
        docker volume ls -q | xargs -r docker volume rm
        """,
      ], environment: ["DOCKER_HOST": engine.host])
  }
}
