import Foundation
import Inventory
import Plan
import TestSupport
import Testing

/// Sweeps with kills, faults, full disks, restarts and a hostile neighbour on a real engine. `make
/// torture` runs hundreds of them.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct TortureTests {
  private static let rounds = number("BALAI_TORTURE_ROUNDS") ?? 18
  private static let seed = number("BALAI_TORTURE_SEED") ?? 1

  private static func number(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
  }

  @Test func nothingUnplannedGoesAndTheJournalAgreesWithTheEngine() async throws {
    try await RealEngine.with { engine in
      let state = engine.directory + "/state"
      let mounted = try await ProcessRun.of(
        "/bin/sh",
        ["-c", "mkdir '\(state)' && mount -t tmpfs -o size=90m,mode=0700 tmpfs '\(state)'"])
      try #require(mounted.status == 0, "\(mounted.errors)")
      let result: Result<TortureTally, any Error>
      do { result = .success(try await torture(engine, state)) } catch { result = .failure(error) }
      _ = try await ProcessRun.of("/bin/umount", ["-l", state])
      let tally = try result.get()
      print(tally.line)
      #expect(tally.removals > 0 && tally.runs > 0)
    }
  }

  private func torture(_ engine: RealEngine, _ state: String) async throws -> TortureTally {
    var random = SeededGenerator(seed: UInt64(Self.seed))
    var tally = TortureTally()
    for number in 0..<Self.rounds {
      let all = TortureRound.Mischief.allCases
      let round = try await TortureRound(
        all[number % all.count], on: engine, in: state, using: &random)
      check(round, "seed \(Self.seed), round \(number) (\(round.mischief.rawValue))")
      tally.add(round)
    }
    return tally
  }

  private func check(_ round: TortureRound, _ place: String) {
    let documented: Set<Int32> = [0, 1, 3, 4, 69, 128 + SIGKILL]
    #expect(documented.contains(round.status), "\(place): \(round.status) \(round.errors)")
    #expect(round.unfinished == 0, "\(place): every journal is closed")
    let planned = Set(round.plan.steps.removed.map(\.id))
    let others = Set(round.deeds.flatMap(\.removed))
    for event in round.events where ["destroy", "delete"].contains(event.action) {
      guard round.before.contains(event.id) else { continue }
      #expect(
        planned.contains(event.id) || others.contains(event.id),
        "\(place): \(event.type) \(event.id) \(event.name) went, and was not planned")
    }
    guard round.mischief.hasNeighbour || round.mischief.hasFaults else {
      let lost = round.before.subtracting(planned).subtracting(round.after)
      #expect(lost.isEmpty, "\(place): \(lost) went, and was not planned")
      if let run = round.run { check(run, round, others, place) }
      return
    }
    if let run = round.run { check(run, round, others, place) }
  }

  private func check(
    _ run: RunRecord, _ round: TortureRound, _ others: Set<String>, _ place: String
  ) {
    #expect(run.steps.map(\.object) == round.plan.steps.map(\.object), "\(place): another plan")
    for step in run.steps where step.action != .stop && step.action != .untag {
      let what = "\(place): \(step.action.rawValue) \(step.title)"
      let isThere = round.after.contains(step.object.id)
      switch step.outcome {
      case nil: Issue.record("\(what) has no outcome")
      case .done: #expect(!isThere, "\(what) is called done, and is there")
      case .gone, .unknown: break
      case .changed(let why), .inUse(let why), .failed(let why), .notTried(let why):
        #expect(!why.isEmpty, "\(what) was left without a reason")
        #expect(
          isThere || others.contains(step.object.id) || round.mischief.hasNeighbour,
          "\(what) is gone, and is called \(step.outcome?.word ?? ""): \(why)")
      }
    }
  }
}

/// What all rounds came to.
struct TortureTally {
  private(set) var runs = 0
  private(set) var removals = 0
  private var sweeps = 0
  private var kills = 0
  private var skipped = 0
  private var deeds = 0
  private var ends: [String: Int] = [:]

  mutating func add(_ round: TortureRound) {
    sweeps += 1
    if round.status == 128 + SIGKILL { kills += 1 }
    deeds += round.deeds.count
    guard let run = round.run else { return }
    runs += 1
    ends[run.end.rawValue, default: 0] += 1
    removals += run.steps.count { $0.outcome == .done }
    skipped += run.steps.count { $0.outcome != .done }
  }

  var line: String {
    let ends = ends.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    return
      " torture \(sweeps) sweeps, \(runs) of them with a run (\(ends.joined(separator: ", "))); "
      + "\(kills) killed; \(removals) steps done, \(skipped) left with a reason; "
      + "\(deeds) deeds of the neighbour"
  }
}
