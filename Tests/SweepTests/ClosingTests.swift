import Engine
import Foundation
import Inventory
import Sweep
import TestSupport
import Testing

/// What the closing of a killed run's journal finds out, and what it leaves alone.
struct ClosingTests {
  private static let began = Timestamp(seconds: 1_800_000_000)

  /// A run that was killed with all these steps in flight, or before it came to them.
  private func killedRun(
    on bench: SweepBench, undoes: Int64? = nil, _ steps: [(ActionKind, ObjectID, String)],
    areInFlight: Bool = true
  ) throws -> Int64 {
    let id = try bench.index.beginRun(
      RunRecord(
        id: 0, engineKey: bench.client.identity.key, engineName: "fake", policy: "all",
        startedAt: Self.began, end: .running, predicted: .zero, undoes: undoes,
        steps: steps.enumerated().map { number, step in
          StepRecord(
            number: number, action: step.0, object: step.1, title: step.2,
            frees: Footprint(content: Bytes(exactly: 10), disk: nil))
        }))
    for number in steps.indices where areInFlight {
      try bench.index.intend(run: id, step: number, at: Self.began)
    }
    return id
  }

  private func close(
    on bench: SweepBench, watching: Duration = .zero
  ) async throws -> [RunRecord] {
    let lock = try SweepLock(on: bench.client.identity, in: bench.lockDirectory)
    return try await Sweeper(bench.client, bench.index, clock: { Self.began })
      .closeInterruptedRuns(holding: lock, watching: watching)
  }

  private func host(_ states: [String]) -> FakeEngine.Contents {
    var contents = FakeEngine.Contents()
    for (number, state) in states.enumerated() {
      contents.containers["c\(number)"] = FakeEngine.Box(
        name: "c\(number)", image: "sha256:i", state: state)
    }
    return contents
  }

  private let removal = (ActionKind.removeContainer, ObjectID.container(ContainerID("c0")), "c0")

  @Test func stepThatTheEngineIsStillAtIsLookedAtAgain() async throws {
    let bench = try await SweepBench(host(["exited"]))
    let look = "GET /containers/c0/json"
    bench.fake.change {
      $0.meanwhile[look] = { contents in
        contents.meanwhile[look] = { $0.containers["c0"] = nil }
      }
    }
    let id = try killedRun(on: bench, [removal])
    #expect(try await close(on: bench, watching: .seconds(60)).map(\.id) == [id])
    #expect(try bench.index.run(id)?.steps.map(\.outcome) == [.done])
    #expect(try bench.index.run(id)?.freed?.content == Bytes(exactly: 10))
  }

  @Test func stepThatMayStillGoOnIsUnknown() async throws {
    let bench = try await SweepBench(host(["removing", "running"]))
    let id = try killedRun(
      on: bench, [removal, (.stop, .container(ContainerID("c1")), "c1")])
    #expect(try await close(on: bench).count == 1)
    #expect(try bench.index.run(id)?.steps.map(\.outcome) == [.unknown, .unknown])
    #expect(try bench.index.run(id)?.freed?.content == Bytes(atLeast: 0, atMost: 20))
  }

  @Test func stepThatTheEngineTellsNothingOfIsUnknownAndTheRunCloses() async throws {
    let bench = try await SweepBench(host(["exited", "exited"]))
    bench.fake.change {
      $0.faults["GET /containers/c0/json"] = .error(500, "its lock is held")
      $0.faults["GET /containers/c1/json"] = StubReply(manner: .hangingUp)
    }
    let id = try killedRun(
      on: bench, [removal, (.removeContainer, .container(ContainerID("c1")), "c1")])
    #expect(try await close(on: bench).count == 1)
    let run = try #require(try bench.index.run(id))
    #expect(run.end == .abandoned && run.steps.map(\.outcome) == [.unknown, .unknown])
  }

  @Test func runOfAnEngineThatCannotBeAskedStaysUnfinished() async throws {
    let bench = try await SweepBench(host(["exited"]))
    let id = try killedRun(on: bench, [removal])
    bench.stub.close()
    await #expect(throws: EngineError.self) { try await close(on: bench) }
    let run = try #require(try bench.index.run(id))
    #expect(run.end == .running && run.steps.map(\.outcome) == [nil])
    #expect(try bench.index.hasUnfinishedRuns(of: bench.client.identity.key))
  }

  @Test func ofAnUndoInFlightOnlyWhatCannotBeHalfMadeIsDone() async throws {
    var contents = host(["created"])
    contents.volumes["data"] = Volume(name: "data", driver: "local", created: nil)
    contents.networks["n1"] = Network(id: "n1", name: "net", driver: "bridge")
    contents.images["sha256:whole"] = FakeEngine.Picture(tags: ["app:1", "app:2"])
    contents.images["sha256:half"] = FakeEngine.Picture(tags: ["job:1"])
    let bench = try await SweepBench(contents)
    let things: [(ActionKind, ObjectID, String)] = [
      (.removeContainer, .container(ContainerID("old")), "c0"),
      (.removeVolume, .volume("data"), "data"),
      (.removeNetwork, .network("before"), "net"),
      (.removeImage, .image(ImageID("sha256:whole")), "app:2"),
      (.removeImage, .image(ImageID("sha256:half")), "job:2"),
      (.untag, .image(ImageID("sha256:whole")), "app:1"),
      (.removeVolume, .volume("other"), "other"),
      (.untag, .image(ImageID("sha256:half")), "job:2"),
    ]
    let sweep = try killedRun(on: bench, things)
    for (step, references) in [3: ["app:2"], 4: ["job:2"]] {
      try bench.index.intend(
        run: sweep, step: step, at: Self.began, keeping: Keepsake(references: references))
    }
    try bench.index.endRun(
      sweep, as: .complete, freed: .zero, measured: nil, at: Self.began)
    let undo = try killedRun(on: bench, undoes: sweep, things)
    #expect(try await close(on: bench).map(\.id) == [undo])
    #expect(
      try bench.index.run(undo)?.steps.map(\.outcome) == [
        .unknown, .unknown, .done, .done, .unknown, .done, .unknown, .unknown,
      ])
  }

  /// Below API 1.42 the engine walks its disk for that, which can take minutes.
  @Test func recordOfTheBuildCacheIsAskedForOnlyWhereTheEngineKnowsItFromMemory() async throws {
    for (version, outcome) in [("1.41", Outcome.unknown), ("1.42", .done)] {
      var contents = host([])
      contents.apiVersion = version
      let bench = try await SweepBench(contents)
      let id = try killedRun(on: bench, [(.removeBuildCache, .buildCache("r1"), "step")])
      #expect(try await close(on: bench).count == 1)
      #expect(try bench.index.run(id)?.steps.map(\.outcome) == [outcome], "\(version)")
      #expect(bench.stub.calls.contains("GET /system/df") == (version == "1.42"))
    }
  }

  /// On a disk that takes no more a run goes on without its journal, and is then closed like a killed one.
  @Test func stepWithoutAnIntentIsNotCalledUntriedWhereItsObjectIsGone() async throws {
    var contents = host(["exited", "exited", "running"])
    contents.images["sha256:left"] = FakeEngine.Picture(tags: ["left:1"])
    contents.networks["n1"] = Network(id: "n1", name: "net", driver: "bridge")
    let bench = try await SweepBench(contents)
    let gone: [(ActionKind, ObjectID, String)] = [
      (.stop, .container(ContainerID("c0")), "c0"),
      (.removeContainer, .container(ContainerID("away")), "away"),
      (.untag, .image(ImageID("sha256:left")), "left:2"),
      (.removeImage, .image(ImageID("sha256:away")), "away:1"),
      (.removeVolume, .volume("data"), "data"), (.removeNetwork, .network("n2"), "away"),
    ]
    let there: [(ActionKind, ObjectID, String)] = [
      (.removeContainer, .container(ContainerID("c1")), "c1"),
      (.stop, .container(ContainerID("c2")), "c2"),
      (.untag, .image(ImageID("sha256:left")), "left:1"),
      (.removeImage, .image(ImageID("sha256:left")), "left:1"),
      (.removeNetwork, .network("n1"), "net"),
    ]
    let id = try killedRun(on: bench, gone + there, areInFlight: false)
    bench.stub.forgetRequests()
    #expect(try await close(on: bench).count == 1)
    let untried = Outcome.notTried("the run was killed before")
    #expect(
      try bench.index.run(id)?.steps.map(\.outcome)
        == gone.map { _ in .unknown } + there.map { _ in untried })
    #expect(bench.stub.calls.count == 4, "\(bench.stub.calls)")
  }

  @Test func runThatLacksAStepCloses() async throws {
    let bench = try await SweepBench(host(["exited", "exited"]))
    let run = try bench.index.beginRun(
      RunRecord(
        id: 0, engineKey: bench.client.identity.key, engineName: "fake", policy: "all",
        startedAt: Self.began, end: .running, predicted: .zero,
        steps: [1, 7].map { number in
          StepRecord(
            number: number, action: .removeContainer,
            object: .container(ContainerID("c\(number)")), title: "c\(number)",
            frees: Footprint(content: Bytes(exactly: 10), disk: nil))
        }))
    try bench.index.intend(run: run, step: 7, at: Self.began)
    #expect(try await close(on: bench).map(\.id) == [run])
    #expect(
      try bench.index.run(run)?.steps.map(\.outcome)
        == [.notTried("the run was killed before"), .done])
  }

  @Test func leftoversOfASweepGoWhereASnapshotShowsThemAndCostNothingElsewhere() async throws {
    var contents = host(["exited"])
    contents.images["sha256:i"] = FakeEngine.Picture(tags: ["app:1"])
    let bench = try await SweepBench(contents)
    let sweeper = Sweeper(bench.client, bench.index, clock: { Self.began })
    let lock = try SweepLock(on: bench.client.identity, in: bench.lockDirectory)
    let clean = try await bench.snapshot()
    bench.stub.forgetRequests()
    #expect(try await !sweeper.removeLeftovers(seenIn: clean, holding: lock))
    #expect(bench.stub.calls.isEmpty)

    bench.fake.change {
      $0.images["sha256:saved"] = FakeEngine.Picture(
        tags: ["balai.invalid/saved-container:c0"], parent: "sha256:i")
    }
    let left = try await bench.snapshot()
    #expect(try await sweeper.removeLeftovers(seenIn: left, holding: lock))
    #expect(Set(bench.fake.now.images.keys) == ["sha256:i"])
    #expect(bench.fake.now.containers.count == 1)
  }
}
