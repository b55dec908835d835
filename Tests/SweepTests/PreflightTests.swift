import Engine
import Inventory
import Plan
import Sweep
import TestSupport
import Testing

/// What happened to a plan's objects after it was made, though their names and tags are as they were.
struct PreflightTests {
  private static let planned = Timestamp(seconds: 1_800_000_000)
  private static let later = planned + .seconds(60)
  private static let used = Outcome.changed(
    "it was used, or may have been, since it was planned")
  private static let tagged = Outcome.changed("it was tagged or pulled since it was planned")

  private func host() -> FakeEngine.Contents {
    var contents = FakeEngine.Contents()
    contents.images["sha256:app"] = FakeEngine.Picture(tags: ["app:1", "app:2"])
    contents.images["sha256:other"] = FakeEngine.Picture(tags: ["other:1"])
    return contents
  }

  /// Sweeps with one image as `change` leaves it in the look before the sweep.
  private func sweep(
    _ bench: SweepBench, _ plan: RemovalPlan, _ change: (inout Image) -> Void
  ) async throws -> SweepResult {
    var seen = try await bench.snapshot()
    let place = try #require(seen.images.firstIndex { $0.id == ImageID("sha256:app") })
    change(&seen.images[place])
    return try await bench.carryOut(plan, seeing: seen)
  }

  @Test func imageUsedSinceItWasPlannedKeepsAllItsTags() async throws {
    let bench = try await SweepBench(host())
    let result = try await sweep(bench, bench.plan()) { $0.lastUsed = Self.later }
    #expect(result.outcomes["untag app:1"] == Self.used, "\(result.outcomes)")
    #expect(bench.fake.now.images["sha256:app"]?.tags == ["app:1", "app:2"])
    #expect(bench.fake.now.images["sha256:other"] == nil && !result.hasFailures)
  }

  @Test func imageTaggedOrPulledSinceItWasPlannedKeepsAllItsTags() async throws {
    let bench = try await SweepBench(host())
    let result = try await sweep(bench, bench.plan()) { $0.lastTagged = Self.later }
    #expect(result.outcomes["untag app:1"] == Self.tagged, "\(result.outcomes)")
    #expect(bench.fake.now.images["sha256:app"]?.tags == ["app:1", "app:2"])
    #expect(bench.fake.now.images["sha256:other"] == nil && !result.hasFailures)
  }

  /// An engine whose clock is behind ours dates what came after the plan before it.
  @Test func useAfterTheOneThatThePlanKnewCountsWhateverTheClocksSay() async throws {
    let bench = try await SweepBench(host())
    var before = try await bench.snapshot()
    for place in before.images.indices {
      before.images[place].lastUsed = Self.planned - .seconds(90)
    }
    let plan = try await bench.plan(seeing: before)
    let result = try await sweep(bench, plan) { $0.lastUsed = Self.planned - .seconds(30) }
    #expect(result.outcomes["untag app:1"] == Self.used, "\(result.outcomes)")
  }

  @Test func imageThatWasInUseWhenItWasPlannedGoesThoughItWasUsedUntilNow() async throws {
    let bench = try await SweepBench(host())
    var before = try await bench.snapshot()
    for place in before.images.indices { before.images[place].lastUsed = before.takenAt }
    let plan = try await bench.plan(seeing: before)
    let result = try await sweep(bench, plan) { $0.lastUsed = Self.later }
    #expect(bench.fake.now.images.isEmpty, "\(result.outcomes)")
  }

  @Test func imageThatNothingHappenedToGoesWithItsOldTimes() async throws {
    let bench = try await SweepBench(host())
    let old = Self.planned - .seconds(90)
    var before = try await bench.snapshot()
    for place in before.images.indices {
      (before.images[place].lastUsed, before.images[place].lastTagged) = (old, old)
    }
    let plan = try await bench.plan(seeing: before)
    let result = try await sweep(bench, plan) { ($0.lastUsed, $0.lastTagged) = (old, old) }
    #expect(bench.fake.now.images.isEmpty, "\(result.outcomes)")
  }

  @Test func imageTaggedDuringTheSweepKeepsAllItsTags() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    let seen = try await bench.snapshot()
    bench.fake.change { $0.images["sha256:app"]?.lastTagged = Self.later.rfc3339 }
    let result = try await bench.carryOut(plan, seeing: seen)
    #expect(result.outcomes["untag app:1"] == Self.tagged, "\(result.outcomes)")
    #expect(bench.fake.now.images["sha256:app"]?.tags == ["app:1", "app:2"])
  }

  /// The engine's events of that time can be lost when the plan is made; its own note is not.
  @Test func tagFromBeforeThePlanIsNoNewsThoughThePlanDidNotKnowIt() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    bench.fake.change {
      $0.images["sha256:app"]?.lastTagged = (Self.planned - .seconds(60)).rfc3339
    }
    let result = try await sweep(bench, plan) { $0.lastTagged = nil }
    #expect(bench.fake.now.images.isEmpty, "\(result.outcomes)")
  }

  @Test func restorableContainerThatHoldsSomethingByNowStays() async throws {
    var contents = FakeEngine.Contents()
    for name in ["filled", "empty"] {
      contents.containers[name] = FakeEngine.Box(name: name, image: "sha256:i", state: "created")
    }
    let bench = try await SweepBench(contents)
    let plan = try await bench.plan().calling(.restorable)
    bench.fake.change { $0.containers["filled"]?.written = 1 }
    let result = try await bench.carryOut(plan)
    #expect(
      result.outcomes["remove-container filled"]
        == .changed("something was written into it, which no undo brings back"))
    #expect(Array(bench.fake.now.containers.keys) == ["filled"])
  }
}

extension RemovalPlan {
  /// The same plan with another word for what an undo brings back.
  fileprivate func calling(_ restorability: Restorability) -> RemovalPlan {
    RemovalPlan(
      engine: engine, policy: policy, createdAt: createdAt, stopTimeout: stopTimeout,
      steps: steps.map {
        PlannedStep(
          number: $0.number, wave: $0.wave, action: $0.action, object: $0.object,
          reference: $0.reference, title: $0.title, reason: $0.reason, frees: $0.frees,
          restorability: restorability, expected: $0.expected)
      }, kept: [], notes: [])
  }
}
