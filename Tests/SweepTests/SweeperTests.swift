import Engine
import Inventory
import Plan
import Sweep
import Synchronization
import TestSupport
import Testing

struct SweeperTests {
  private func host() -> FakeEngine.Contents {
    var contents = FakeEngine.Contents()
    contents.images["sha256:base"] = FakeEngine.Picture(tags: ["base:1"])
    contents.images["sha256:app"] = FakeEngine.Picture(
      tags: ["app:1", "app:2", "mirror/app:1"], parent: "sha256:base")
    contents.images["sha256:none"] = FakeEngine.Picture(tags: [], parent: "sha256:app")
    contents.containers["web"] = FakeEngine.Box(name: "web", image: "sha256:app", state: "running")
    contents.containers["job"] = FakeEngine.Box(name: "job", image: "sha256:base", state: "exited")
    contents.containers["new"] = FakeEngine.Box(name: "new", image: "sha256:base", state: "created")
    return contents
  }

  @Test func everythingPlannedGoesInOnePass() async throws {
    let bench = try await SweepBench(host())
    let result = try await bench.carryOut(bench.plan())
    #expect(result.run.steps.allSatisfy { $0.outcome == .done }, "\(result.outcomes)")
    #expect(bench.fake.now.containers.isEmpty && bench.fake.now.images.isEmpty)
    #expect(result.run.end == .complete && !result.hasFailures)
    #expect(result.run.freed?.content == result.run.predicted.content)
  }

  @Test func noCallIsEverForcedOrAPrune() async throws {
    let bench = try await SweepBench(host())
    _ = try await bench.carryOut(bench.plan())
    let removals = bench.stub.requests.filter { $0.method != "GET" }
    #expect(!removals.isEmpty)
    for request in removals {
      #expect(!request.query.contains("force") && !request.path.contains("prune"))
      #expect(!request.query.contains("v=1"))
    }
  }

  @Test func whatRanIsASubsetOfWhatWasPlanned() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    bench.fake.change {
      $0.containers["late"] = FakeEngine.Box(name: "late", image: "sha256:late", state: "exited")
      $0.images["sha256:late"] = FakeEngine.Picture(tags: ["late:1"])
    }
    let result = try await bench.carryOut(plan)
    #expect(result.run.steps.count == plan.steps.count)
    #expect(Array(bench.fake.now.containers.keys) == ["late"])
    #expect(Array(bench.fake.now.images.keys) == ["sha256:late"])
  }

  @Test func oneRefusalDoesNotStopTheRestAndKeepsWhatDependsOnIt() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    bench.fake.change { $0.faults["DELETE /containers/job"] = .error(500, "driver failed") }
    let result = try await bench.carryOut(plan)
    #expect(result.hasFailures)
    #expect(result.outcomes["remove-container job"] == .failed("driver failed"))
    #expect(Array(bench.fake.now.images.keys) == ["sha256:base"])
    #expect(
      result.outcomes["remove-image base:1"]
        == .inUse("image is being used by container job"))
    #expect(Array(bench.fake.now.containers.keys) == ["job"])
    #expect(result.run.freed?.content != result.run.predicted.content)
  }

  @Test func childThatStaysKeepsTheTagsOfItsParent() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    bench.fake.change { $0.faults["DELETE /images/sha256:none"] = .error(500, "driver failed") }
    let result = try await bench.carryOut(plan)
    #expect(bench.fake.now.images["sha256:app"]?.tags == ["app:1", "app:2", "mirror/app:1"])
    #expect(bench.fake.now.images["sha256:base"]?.tags == ["base:1"])
    #expect(
      result.outcomes["untag app:1"] == .notTried("an image that was built from it stays"))
    #expect(!bench.stub.calls.contains("DELETE /images/app:1"))
  }

  @Test func containerThatVanishesMeanwhileIsGoneAndNoFailure() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    bench.fake.change { $0.containers["job"] = nil }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["remove-container job"] == .gone)
    #expect(!result.hasFailures && bench.fake.now.images.isEmpty)
  }

  @Test func containerThatRemovesItselfCountsAsDone() async throws {
    var contents = host()
    contents.containers["web"]?.autoRemove = true
    let bench = try await SweepBench(contents)
    let result = try await bench.carryOut(bench.plan())
    #expect(result.outcomes["stop web"] == .done)
    #expect(result.outcomes["remove-container web"] == .done)
  }

  @Test func containerThatRemovedItselfBeforeItsTurnIsGoneAndNotDone() async throws {
    var contents = host()
    contents.containers["web"]?.autoRemove = true
    let bench = try await SweepBench(contents)
    let plan = try await bench.plan()
    bench.fake.change { $0.containers["web"] = nil }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["stop web"] == .gone)
    #expect(result.outcomes["remove-container web"] == .gone)
  }

  /// A plan that was made on the host lists the container that it is carried out in.
  @Test func containerThatBalaiRunsInStaysWithItsImageWhateverThePlanLists() async throws {
    let id = String(repeating: "0b", count: 32)
    var contents = host()
    contents.images["sha256:own"] = FakeEngine.Picture(tags: ["balai:1", "balai:2"])
    contents.containers[id] = FakeEngine.Box(name: "own", image: "sha256:own", state: "running")
    let bench = try await SweepBench(contents)
    let result = try await bench.carryOut(
      bench.plan(), runningIn: ContainerID(id.prefix(12)))
    #expect(result.outcomes["stop own"] == .inUse("balai runs in it"))
    #expect(result.outcomes["remove-container own"] == .inUse("balai runs in it"))
    #expect(bench.fake.now.containers.values.map(\.state) == ["running"])
    #expect(bench.fake.now.images["sha256:own"]?.tags == ["balai:1", "balai:2"])
    #expect(bench.fake.now.images.count == 1)
  }

  @Test func containerStartedByHandSinceIsLeftAlone() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    bench.fake.change {
      for name in ["web", "job"] {
        $0.containers[name]?.startedAt = "2026-01-03T00:00:00Z"
        $0.containers[name]?.state = "running"
      }
    }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["stop web"] == .changed("it was started again"))
    #expect(result.outcomes["remove-container web"] == .notTried("it was not stopped"))
    #expect(result.outcomes["remove-container job"] == .changed("it was started again"))
    #expect(Set(bench.fake.now.containers.keys) == ["web", "job"])
  }

  /// A restart count grows when the container ends, its start time when it is started again.
  @Test(arguments: [
    ("restarting", 3, "running", 3), ("restarting", 3, "running", 5), ("running", 3, "running", 4),
    ("running", 3, "exited", 4),
  ])
  func containerRestartedByItsPolicyIsStillTheOnePlanned(
    planned: String, plannedCount: Int, found: String, foundCount: Int
  ) async throws {
    var contents = host()
    contents.containers["web"]?.state = planned
    contents.containers["web"]?.restartCount = plannedCount
    let bench = try await SweepBench(contents)
    let plan = try await bench.plan()
    bench.fake.change {
      $0.containers["web"]?.state = found
      $0.containers["web"]?.restartCount = foundCount
      $0.containers["web"]?.startedAt = "2026-01-03T00:00:00Z"
    }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["remove-container web"] == .done, "\(result.outcomes)")
    #expect(bench.fake.now.containers.isEmpty)
  }

  @Test func containerInARestartLoopThatSomebodyRestartedIsLeftAlone() async throws {
    var contents = host()
    contents.containers["web"]?.state = "restarting"
    contents.containers["web"]?.restartCount = 3
    let bench = try await SweepBench(contents)
    let plan = try await bench.plan()
    bench.fake.change {
      $0.containers["web"]?.state = "running"
      $0.containers["web"]?.restartCount = 0
      $0.containers["web"]?.startedAt = "2026-01-03T00:00:00Z"
    }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["stop web"] == .changed("it was started again"))
  }

  @Test func containerStartedBetweenStopAndRemovalStays() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    bench.fake.change {
      $0.meanwhile["DELETE /containers/web"] = { contents in
        contents.containers["web"]?.state = "running"
        contents.containers["web"]?.startedAt = "2026-01-03T00:00:00Z"
      }
    }
    let result = try await bench.carryOut(plan)
    guard case .inUse = result.outcomes["remove-container web"] else {
      Issue.record("\(result.outcomes)")
      return
    }
    #expect(bench.fake.now.containers["web"]?.state == "running")
  }

  @Test func containerStartedRightAfterItsStopIsNoFailure() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    bench.fake.change {
      $0.meanwhile["POST /containers/web/stop"] = { contents in
        contents.meanwhile["GET /containers/web/json"] = { contents in
          contents.containers["web"]?.state = "running"
          contents.containers["web"]?.startedAt = "2026-01-03T00:00:00Z"
        }
      }
    }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["stop web"] == .changed("it was started again"))
    #expect(result.outcomes["remove-container web"] == .notTried("it was not stopped"))
    #expect(!result.hasFailures && bench.fake.now.containers["web"] != nil)
  }

  @Test func renamedContainerIsLeftAlone() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    bench.fake.change { $0.containers["job"]?.name = "precious" }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["remove-container job"] == .changed("it is named 'precious' now"))
  }

  @Test func tagMovedAtTheLastMomentHarmsNoOtherImage() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    // Between the look at the image and the look at its tag, somebody moves the tag.
    bench.fake.change {
      $0.meanwhile["GET /images/app:1/json"] = { contents in
        contents.images["sha256:app"]?.tags.removeAll { $0 == "app:1" }
        contents.images["sha256:precious"] = FakeEngine.Picture(tags: ["app:1"])
      }
    }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["untag app:1"] == .changed("the tag is on another image now"))
    #expect(bench.fake.now.images["sha256:precious"]?.tags == ["app:1"])
    #expect(bench.fake.now.images["sha256:app"]?.tags == ["app:2", "mirror/app:1"])
  }

  @Test func newTagMeansThatNoTagIsTaken() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    bench.fake.change { $0.images["sha256:app"]?.tags.append("precious:1") }
    let result = try await bench.carryOut(plan)
    guard case .changed = result.outcomes["untag app:1"] else {
      Issue.record("\(result.outcomes)")
      return
    }
    #expect(bench.fake.now.images["sha256:app"]?.tags.count == 4)
  }

  @Test func newContainerOfAPlannedImageKeepsAllItsTags() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    // Just after the look at all containers, before the first tag goes.
    bench.fake.change {
      $0.meanwhile["GET /images/sha256:app/json"] = { contents in
        contents.containers["late"] = FakeEngine.Box(
          name: "late", image: "sha256:app", state: "running")
      }
    }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["untag app:1"] == .inUse("container 'late' uses it"))
    #expect(bench.fake.now.images["sha256:app"]?.tags == ["app:1", "app:2", "mirror/app:1"])
  }

  @Test func newChildOfAPlannedImageKeepsAllItsTags() async throws {
    let bench = try await SweepBench(host())
    let plan = try await bench.plan()
    // Just after the look at the whole engine, before the first tag goes.
    bench.fake.change {
      $0.meanwhile["GET /images/sha256:app/json"] = { contents in
        contents.images["sha256:late"] = FakeEngine.Picture(tags: ["late:1"], parent: "sha256:app")
      }
    }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["untag app:1"] == .changed("image 'late:1' was built from it"))
    #expect(bench.fake.now.images["sha256:app"]?.tags == ["app:1", "app:2", "mirror/app:1"])
  }

  @Test func planOfAnotherEngineTouchesNothing() async throws {
    let bench = try await SweepBench(host())
    var engine = bench.client.identity
    engine.rootDirectory = "/elsewhere"
    let plan = try await bench.plan()
    let foreign = RemovalPlan(
      engine: engine, policy: plan.policy, createdAt: plan.createdAt, stopTimeout: nil,
      steps: plan.steps, kept: [], notes: [])
    bench.stub.forgetRequests()
    await #expect(throws: PlanError.self) { try await bench.carryOut(foreign) }
    #expect(bench.stub.requests.allSatisfy { $0.method == "GET" })
  }
}
