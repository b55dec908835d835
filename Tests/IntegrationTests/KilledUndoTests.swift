import Foundation
import Index
import TestSupport
import Testing

/// What a sweep took away comes back whole, whichever of the two was killed, and whenever.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct KilledUndoTests {
  private static let policy = """
    version: 1
    grace: 0s
    stop: {containers: [{all: true}]}
    remove:
      containers: [{all: true}]
      images: [{all: true}]
      volumes: [{name: "data"}]
      networks: [{name: "net"}]
    archive: {images: local-only, volumes: true}
    """

  /// What undo can bring back: containers by their names, since their ids are new then; images by id,
  /// and by what their tags point at.
  private func objects(_ engine: RealEngine) async throws -> Set<String> {
    let containers = try await engine.docker("ps", "-a", "--format", "{{.Names}}")
    let images = try await engine.docker("images", "-q", "--no-trunc")
    let tags = try await engine.docker(
      "images", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}")
    let volumes = try await engine.docker("volume", "ls", "--format", "volume {{.Name}}")
    let networks = try await engine.docker(
      "network", "ls", "--filter", "type=custom", "--format", "network {{.Name}}")
    return Set(
      [containers, images, tags, volumes, networks].flatMap {
        $0.split(separator: "\n").map(String.init)
      }.filter { !$0.contains("<none>") })
  }

  private func fill(_ engine: RealEngine) async throws -> (balai: BalaiCommand, policy: String) {
    let store = StoreBuilder(filling: engine)
    try await store.base("base:1", size: 10)
    try await store.tag("base:1", as: "base:2")
    try await engine.docker("network", "create", "net")
    for name in ["web", "job"] {
      try await engine.docker(
        "create", "--name", name, "--network", "net", "--volume", "data:/data", "base:1", "true")
    }
    let file = engine.directory + "/policy.yaml"
    try Self.policy.write(toFile: file, atomically: true, encoding: .utf8)
    return (BalaiCommand(engine: engine), file)
  }

  private func lastRun(_ balai: BalaiCommand) throws -> Int64 {
    try HostIndex(at: balai.stateDirectory + "/index.db").runs(limit: 1).first?.id ?? 0
  }

  /// Undoes a sweep that was killed in this moment; false where it had not begun.
  private func bringBack(
    _ run: Int64, _ before: Set<String>, _ balai: BalaiCommand, _ place: String
  ) async throws -> Bool {
    let look = try await balai("undo", "\(run)", "-n")
    let left = try await objects(balai.engine)
    if look.status == 64 {
      #expect(look.errors.contains("there is no run"), "\(place): \(look.errors)")
      #expect(left == before, "\(place): nothing goes before it is journalled")
      return false
    }
    #expect(look.status == 0, "\(place): \(look.errors)")
    for gone in before.subtracting(left) where !gone.hasPrefix("sha256:") || gone.contains(" ") {
      let name = gone.split(separator: " ").last.map(String.init) ?? gone
      #expect(look.output.contains(name), "\(place): \(gone) is in its plan: \(look.output)")
    }
    let undone = try await balai("undo", "\(run)", "-f")
    #expect(undone.status == 0, "\(place): \(undone.output)\(undone.errors)")
    #expect(try await objects(balai.engine) == before, "\(place): all is back")
    return true
  }

  @Test func sweepThatWasKilledIsUndoneAtOnce() async throws {
    try await RealEngine.with { engine in
      let (balai, policy) = try await fill(engine)
      let before = try await objects(engine)
      #expect(try await balai("index").status == 0)
      var undone = 0
      var write = 1
      while true {
        let run = try lastRun(balai) + 1
        let killed = try await balai.killed(atWrite: write, "prune", "-f", "-p", policy)
        guard killed.status == BalaiCommand.killed else {
          #expect(killed.status == 0, "\(killed.errors)")
          break
        }
        let place = "killed at write \(write)"
        undone += try await bringBack(run, before, balai, place) ? 1 : 0
        write += BalaiCommand.killStep(otherwise: 31)
      }
      #expect(try await bringBack(lastRun(balai), before, balai, "whole"))
      for moment in [250, 500] {
        let run = try lastRun(balai) + 1
        _ = try await balai.killed(afterMilliseconds: moment, "prune", "-f", "-p", policy)
        undone += try await bringBack(run, before, balai, "killed after \(moment) ms") ? 1 : 0
      }
      #expect(undone > 1)
    }
  }

  @Test func undoThatWasKilledIsClosedAndASecondOneBringsEverythingBack() async throws {
    try await RealEngine.with { engine in
      let (balai, policy) = try await fill(engine)
      let before = try await objects(engine)
      var kills = 0
      var closed = 0
      func again(_ place: String, _ undo: (Int64) async throws -> ProcessRun) async throws -> Bool {
        let swept = try await balai("prune", "-f", "-p", policy)
        #expect(swept.status == 0, "\(place): \(swept.output)\(swept.errors)")
        let run = try lastRun(balai)
        let killed = try await undo(run)
        let left = try await objects(engine)
        guard killed.status == BalaiCommand.killed else {
          #expect(killed.status == 0 && left == before, "\(killed.output)\(killed.errors)")
          return false
        }
        kills += 1
        let second = try await balai("undo", "\(run)", "-f")
        #expect(second.status == 0, "\(place): \(second.output)\(second.errors)")
        let after = try await objects(engine)
        #expect(left.isSubset(of: after), "\(place): \(left.subtracting(after)) went")
        #expect(after == before, "\(place): \(before.subtracting(after)) is not back")
        closed += second.errors.contains("was killed before it ended") ? 1 : 0
        try check(balai, undone: run, place)
        return true
      }
      var write = 1
      while try await again(
        "killed at write \(write)",
        { try await balai.killed(atWrite: write, "undo", "\($0)", "-f") })
      {
        write += BalaiCommand.killStep(otherwise: 31)
      }
      for moment in [250, 500] {
        _ = try await again("killed after \(moment) ms") {
          try await balai.killed(afterMilliseconds: moment, "undo", "\($0)", "-f")
        }
      }
      #expect(kills > 2 && closed > 0, "\(kills) kills, \(closed) of them in an undo")
    }
  }

  /// Every undo of a run has ended, with an outcome for each step.
  private func check(_ balai: BalaiCommand, undone number: Int64, _ place: String) throws {
    let index = try HostIndex(at: balai.stateDirectory + "/index.db")
    for listed in try index.runs(limit: 2) where listed.undoes == number {
      let run = try #require(try index.run(listed.id))
      #expect(run.end == .complete || run.end == .abandoned, "\(place): \(run.end)")
      #expect(run.steps.allSatisfy { $0.outcome != nil }, "\(place)")
    }
  }
}
