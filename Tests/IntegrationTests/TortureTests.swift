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
    checkEvents(round, place)
    checkTags(round, place)
    if !round.mischief.hasNeighbour {
      let lost = round.before.objects.subtracting(round.planned).subtracting(round.after.objects)
      #expect(lost.isEmpty, "\(place): \(lost) went, and was not planned")
    }
    if let run = round.run { check(run, round, place) }
    if let undone = round.undone, let run = round.run { check(undone, after: run, round, place) }
  }

  /// Whatever went, went by the plan or by the neighbour: also what he made meanwhile.
  private func checkEvents(_ round: TortureRound, _ place: String) {
    let known = round.before.objects.union(round.madeByNeighbour)
    for event in round.events where ["destroy", "delete"].contains(event.action) {
      guard known.contains(event.id) else { continue }
      #expect(
        round.planned.contains(event.id) || round.takenByNeighbour.contains(event.id),
        "\(place): \(event.type) \(event.id) \(event.name) went, and was not planned")
    }
  }

  private func checkTags(_ round: TortureRound, _ place: String) {
    for (tag, image) in round.before.tags
    where !round.plannedTags.contains(tag) && !round.touchedByNeighbour.contains(tag) {
      // He may have taken the image with another of its tags.
      guard !round.takenByNeighbour.contains(image) else { continue }
      #expect(round.after.tags[tag] == image, "\(place): the tag \(tag) went, and was not planned")
    }
  }

  private func check(_ run: RunRecord, _ round: TortureRound, _ place: String) {
    #expect(run.steps.map(\.object) == round.plan.steps.map(\.object), "\(place): another plan")
    for step in run.steps where step.action != .stop && step.action != .untag {
      let what = "\(place): \(step.action.rawValue) \(step.title)"
      let isThere = round.after.objects.contains(step.name)
      switch step.outcome {
      case nil: Issue.record("\(what) has no outcome")
      case .done: #expect(!isThere, "\(what) is called done, and is there")
      case .gone:
        #expect(!isThere, "\(what) is called gone, and is there")
        #expect(round.mischief.hasNeighbour, "\(what) is called gone, and nobody else was there")
      case .unknown: break
      case .changed(let why), .inUse(let why), .failed(let why), .notTried(let why):
        #expect(!why.isEmpty, "\(what) was left without a reason")
        #expect(
          isThere || round.mischief.hasNeighbour,
          "\(what) is gone, and is called \(step.outcome?.word ?? ""): \(why)")
      }
    }
  }

  /// All that went came back, but for what its plan called lost.
  private func check(
    _ undone: TortureRound.Contents, after run: RunRecord, _ round: TortureRound, _ place: String
  ) {
    for step in run.steps where step.restorability?.isLost == false {
      let what = "\(place): \(step.action.rawValue) \(step.title) (\(step.outcome?.word ?? ""))"
      let isBack =
        switch step.object {
        case .container: undone.containerNames.contains(step.title)
        case .image(let id):
          step.action == .untag
            ? undone.tags[step.title] == id.rawValue : undone.objects.contains(id.rawValue)
        case .volume, .network, .buildCache: undone.objects.contains(step.name)
        }
      #expect(isBack, "\(what) is not back: \(round.undo?.output ?? "")")
    }
    for (tag, image) in round.before.tags where undone.objects.contains(image) {
      #expect(undone.tags[tag] == image, "\(place): the tag \(tag) is not back")
    }
  }
}

extension StepRecord {
  /// As a round's contents name its object.
  fileprivate var name: String {
    if case .network = object { title } else { object.id }
  }
}

extension TortureRound {
  /// What the plan removes, as contents name it.
  fileprivate var planned: Set<String> {
    Set(
      plan.steps.filter { $0.action != .stop && $0.action != .untag }.map { step in
        if case .network = step.object { step.title } else { step.object.id }
      })
  }

  fileprivate var plannedTags: Set<String> {
    Set(
      plan.steps.flatMap { step -> [String] in
        switch (step.action, step.expected) {
        case (.untag, _): [step.reference].compactMap { $0 }
        case (.removeImage, .image(let image)): image.references
        default: []
        }
      })
  }

  /// Ids and names that the engine took away for the neighbour.
  fileprivate var takenByNeighbour: Set<String> { Set(deeds.flatMap(\.removed)) }

  /// Ids of what he created and committed.
  fileprivate var madeByNeighbour: Set<String> {
    let deeds = deeds.filter { ["create", "commit"].contains($0.action) && $0.status == 201 }
    return Set(deeds.compactMap(\.objects.last))
  }

  /// Names that he put on something, or took.
  fileprivate var touchedByNeighbour: Set<String> {
    Set(deeds.flatMap { $0.objects + $0.removed })
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
