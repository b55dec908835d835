import Engine
import Inventory
import Plan
import Policy
import Sweep
import TestSupport
import Testing

/// A volume has no id: its date must be one that the volume of the plan can have.
struct VolumeStepTests {
  private static let made = Timestamp(seconds: 1_700_000_000)
  /// When a sweep of the bench says that it does whatever it does.
  private static let sweep = Timestamp(seconds: 1_800_000_001)

  /// - Parameter state: of the container that mounts the volume.
  private func sweep(
    _ state: String, autoRemove: Bool = false, api: String = "1.41", dated date: Timestamp,
    after call: String, losingUser: Bool = false
  ) async throws -> Outcome? {
    var contents = FakeEngine.Contents()
    contents.apiVersion = api
    contents.containers["web"] = FakeEngine.Box(name: "web", image: "sha256:i", state: state)
    contents.containers["web"]?.volumes = ["data"]
    contents.containers["web"]?.autoRemove = autoRemove
    contents.volumes["data"] = Volume(name: "data", created: Self.made)
    let bench = try await SweepBench(contents)
    var snapshot = try await bench.snapshot()
    snapshot.volumes = [Volume(name: "data", created: Self.made)]
    let policy = try RetentionPolicy(
      reading: """
        version: 1
        grace: 0s
        stop: {containers: [{all: true}]}
        remove: {containers: [{all: true}], volumes: [{name: data}]}
        """, from: "volumes", named: "volumes")
    let plan = try Planner.plan(snapshot, policy, at: Timestamp(seconds: 1_800_000_000))
    bench.fake.change {
      $0.meanwhile[call] = { contents in
        contents.volumes["data"]?.created = date
        if losingUser { contents.containers["web"] = nil }
      }
    }
    return try await bench.carryOut(plan).outcomes["remove-volume data"]
  }

  private let changed = Outcome.changed("it was made anew or written to")
  private let stop = "POST /containers/web/stop"
  private let look = "GET /volumes/data"

  @Test func volumeThatItsLastUserWroteToUntilItStoppedGoes() async throws {
    for state in ["running", "paused"] {
      #expect(
        try await sweep(state, dated: Self.sweep, after: stop) == .done)
    }
    #expect(
      try await sweep(
        "running", autoRemove: true, dated: Self.sweep, after: stop) == .done)
  }

  @Test func volumeThatChangedAfterItsLastUserWasStoppedStays() async throws {
    for autoRemove in [false, true] {
      #expect(
        try await sweep(
          "running", autoRemove: autoRemove, dated: Self.sweep + .seconds(1), after: look)
          == changed)
    }
  }

  @Test func volumeOfContainersThatDidNotRunStaysWhereItChangedAtAll() async throws {
    for state in ["exited", "created"] {
      #expect(try await sweep(state, dated: Self.made, after: look) == .done)
      #expect(try await sweep(state, dated: Self.made + .seconds(1), after: look) == changed)
    }
  }

  @Test func engineThatTellsWhenAVolumeWasMadeIsHeldToIt() async throws {
    for api in ["1.42", "1.55"] {
      #expect(try await sweep("running", api: api, dated: Self.made, after: look) == .done)
      #expect(
        try await sweep(
          "running", api: api, dated: Self.sweep, after: stop) == changed)
    }
  }

  @Test func volumeWhoseUserSomebodyElseRemovedStaysWhereItChanged() async throws {
    #expect(try await sweep("running", dated: Self.sweep, after: stop, losingUser: true) == changed)
  }

  @Test func volumeThatThePlanCallsEmptyStaysWhereItHoldsSomethingByNow() async throws {
    let changed = Outcome.changed("something was written into it, or may have been")
    for (size, last, outcome): (Int64?, Int64?, Outcome) in [
      (nil, nil, changed), (0, nil, .done), (1, nil, changed), (0, 0, .done), (0, 1, changed),
    ] {
      var contents = FakeEngine.Contents()
      contents.volumes["data"] = Volume(name: "data", created: Self.made)
      let bench = try await SweepBench(contents)
      var snapshot = try await bench.snapshot()
      snapshot.volumes = [Volume(name: "data", created: Self.made, size: 0)]
      let policy = try RetentionPolicy(
        reading: "version: 1\ngrace: 0s\nremove: {volumes: [{name: data}]}", from: "v", named: "v")
      let plan = try Planner.plan(snapshot, policy, at: Timestamp(seconds: 1_800_000_000))
      #expect(plan.steps.map(\.restorability) == [.restorable])
      snapshot.volumes[0].size = size
      let result = try await bench.carryOut(
        plan, seeing: snapshot, volumeContent: { $0 == "data" ? last : nil })
      #expect(result.outcomes["remove-volume data"] == outcome)
    }
  }
}
