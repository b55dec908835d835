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

  /// All that an engine has.
  struct Contents: Hashable {
    /// Ids of containers and images, names of volumes and networks.
    var objects: Set<String> = []
    /// Ids of images by their tags.
    var tags: [String: String] = [:]
    var containerNames: Set<String> = []
  }

  private static let policy = """
    version: 1
    grace: 0s
    keep: {images: [{reference: "keep*"}], containers: [{name: "keep*"}]}
    stop: {containers: [{all: true}]}
    remove:
      containers: [{all: true}]
      images: [{reference: "app*"}]
      volumes: [{name: "data*"}]
    """
  /// An engine that is killed while it takes a network away does not start again: its libnetwork panics
  /// (`controller.reservePools`, in Docker 20.10).
  private static let networks = "\n  networks: [{name: \"net*\"}]"

  let mischief: Mischief
  let status: Int32
  let errors: String
  let plan: RemovalPlan
  let before: Contents
  /// Once the sweep's journal is closed.
  let after: Contents
  /// Once it was undone; nil: it was not.
  let undone: Contents?
  let undo: ProcessRun?
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
    let archive = "archive: {images: local-only, volumes: true, directory: \(file)-copies}\n"
    let networks = mischief == .restartedEngine ? "" : Self.networks
    try (Self.policy + networks + "\nstop-timeout: 1s\n" + (random.chance(oneIn: 2) ? archive : ""))
      .write(toFile: file + ".yaml", atomically: true, encoding: .utf8)
    let calm = ["DOCKER_HOST": engine.host, "BALAI_STATE_DIR": state]
    let planned = try await BalaiCommand.run(
      ["plan", "-p", file + ".yaml", "-o", file + ".json"], environment: calm)
    guard planned.status == 0 else {
      throw RealEngineError(attempt: "planning", reason: planned.errors)
    }
    plan = try RemovalPlan(readingFile: file + ".json")
    before = try await Self.contents(engine)
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
    after = try await Self.contents(engine)
    let index = try HostIndex(at: state + "/index.db")
    run = try index.runs(limit: 1).first.flatMap { $0.id > runs ? try index.run($0.id) : nil }
    unfinished = try index.unfinishedRuns(of: plan.engine.key).count
    // With a neighbour, nobody can say what should come back.
    if let run, !mischief.hasNeighbour {
      undo = try await BalaiCommand.run(["undo", "\(run.id)", "-f"], environment: calm)
      undone = try await Self.contents(engine)
    } else {
      (undo, undone) = (nil, nil)
    }
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
      return try await sweep(fullDisk: state + "/filler", arguments, environment, &random)
    default: return try await BalaiCommand.run(arguments, environment: environment)
    }
  }

  /// Half of the time somebody goes on writing, and takes what the sweep gives up.
  private static func sweep(
    fullDisk filler: String, _ arguments: [String], _ environment: [String: String],
    _ random: inout SeededGenerator
  ) async throws -> ProcessRun {
    let fill = "cat /dev/zero >>'\(filler)' 2>/dev/null"
    _ = try await ProcessRun.of("/bin/sh", ["-c", fill])
    let isHungry = random.chance(oneIn: 2)
    async let writer: ProcessRun? =
      isHungry
      ? ProcessRun.of("/bin/sh", ["-c", "while [ -e '\(filler)' ]; do \(fill); sleep 0.01; done"])
      : nil
    let swept = try await BalaiCommand.run(arguments, environment: environment)
    try? FileManager.default.removeItem(atPath: filler)
    _ = try await writer
    try? FileManager.default.removeItem(atPath: filler)
    return swept
  }

  private static func fill(_ engine: RealEngine, _ random: inout SeededGenerator) async throws {
    let store = StoreBuilder(filling: engine)
    try await store.base("keep:1", size: 10)
    for number in 0..<Int.random(in: 1...3, using: &random) {
      let parent = number > 0 && random.chance(oneIn: 2) ? "app\(number - 1):1" : "keep:1"
      try await store.commit("app\(number):1", from: parent, size: 100)
      if random.chance(oneIn: 2) { try await store.tag("app\(number):1", as: "app\(number):2") }
      if random.chance(oneIn: 4) { try await store.tag("app\(number):1", as: "stay\(number):1") }
    }
    if random.chance(oneIn: 2) { try await engine.docker("network", "create", "--internal", "net") }
    for number in 0..<Int.random(in: 2...5, using: &random) {
      let life: StoreBuilder.ContainerLife = random.pick([.created, .created, .exited, .running])
      let volumes = random.chance(oneIn: 3) ? ["data\(number):/data"] : []
      try await store.container(
        life, of: random.pick(["keep:1", "app0:1"]), named: "box\(number)", volumes: volumes)
    }
    try await store.container(.created, of: "app0:1", named: "keep")
  }

  private static func contents(_ engine: RealEngine) async throws -> Contents {
    func lines(_ arguments: String...) async throws -> [String] {
      try await engine.docker(arguments).split(separator: "\n").map(String.init)
    }
    var contents = Contents()
    for line in try await lines("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}") {
      let words = line.split(separator: " ").map(String.init)
      contents.objects.insert(words[0])
      contents.containerNames.formUnion(words.dropFirst())
    }
    let images = ["images", "-a", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"]
    for line in try await engine.docker(images).split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      contents.objects.insert(words[1])
      if !words[0].contains("<none>") { contents.tags[words[0]] = words[1] }
    }
    contents.objects.formUnion(try await lines("volume", "ls", "-q"))
    let networks = try await lines("network", "ls", "--format", "{{.Name}}")
    contents.objects.formUnion(networks.filter { $0.hasPrefix("net") })
    return contents
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
        docker network ls -q --filter name=net | xargs -r docker network rm
        """,
      ], environment: ["DOCKER_HOST": engine.host])
  }
}
