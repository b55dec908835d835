import Inventory
import Sweep
import TestSupport
import Testing

/// What an engine, or something before it, says of a step is not believed against what is there.
struct FalseAnswerTests {
  /// A container, an image and a tag, with the call that takes each of them away.
  enum Target: CaseIterable {
    case stop, container, tag, image

    var call: String {
      switch self {
      case .stop: "POST /containers/web/stop"
      case .container: "DELETE /containers/job"
      case .tag: "DELETE /images/app:1"
      case .image: "DELETE /images/sha256:base"
      }
    }

    var look: String {
      switch self {
      case .stop: "GET /containers/web/json"
      case .container: "GET /containers/job/json"
      case .tag: "GET /images/app:1/json"
      case .image: "GET /images/sha256:base/json"
      }
    }

    var list: String {
      [.stop, .container].contains(self) ? "GET /containers/json" : "GET /images/json"
    }

    func isThere(_ contents: FakeEngine.Contents) -> Bool {
      switch self {
      case .stop: contents.containers["web"]?.state == "running"
      case .container: contents.containers["job"] != nil
      case .tag: contents.images["sha256:app"]?.tags.contains("app:1") == true
      case .image: contents.images["sha256:base"] != nil
      }
    }

    func outcome(in result: SweepResult) -> Outcome? {
      let (action, object): (ActionKind, ObjectID) =
        switch self {
        case .stop: (.stop, .container(ContainerID("web")))
        case .container: (.removeContainer, .container(ContainerID("job")))
        case .tag: (.untag, .image(ImageID("sha256:app")))
        case .image: (.removeImage, .image(ImageID("sha256:base")))
        }
      return result.run.steps.first { $0.action == action && $0.object == object }?.outcome
    }
  }

  private func bench() async throws -> SweepBench {
    var contents = FakeEngine.Contents()
    contents.images["sha256:base"] = FakeEngine.Picture(tags: ["base:1"])
    contents.images["sha256:app"] = FakeEngine.Picture(
      tags: ["app:1", "app:2"], parent: "sha256:base")
    contents.containers["web"] = FakeEngine.Box(name: "web", image: "sha256:app", state: "running")
    contents.containers["job"] = FakeEngine.Box(name: "job", image: "sha256:base", state: "exited")
    return try await SweepBench(contents)
  }

  @Test(arguments: Target.allCases, [404, 200, 204, 304])
  func whatIsSaidToBeGoneOrDoneAndIsThereHasFailed(_ target: Target, _ status: Int) async throws {
    let bench = try await bench()
    let plan = try await bench.plan()
    bench.fake.change {
      $0.faults[target.call] =
        status == 404 ? .error(404, "not here") : StubReply(status, status == 200 ? "[]" : "")
    }
    let result = try await bench.carryOut(plan)
    guard case .failed = target.outcome(in: result) else {
      Issue.record("\(target): \(result.outcomes)")
      return
    }
    #expect(target.isThere(bench.fake.now) && result.hasFailures)
  }

  @Test(arguments: Target.allCases, [404, 409, 500])
  func whatTheEngineDidIsNeverCalledGone(_ target: Target, _ status: Int) async throws {
    let bench = try await bench()
    let plan = try await bench.plan()
    bench.fake.change {
      $0.faults[target.call] = .error(status, "not here")
      $0.meanwhile[target.call] = { contents in
        switch target {
        case .stop: contents.containers["web"]?.state = "exited"
        case .container: contents.containers["job"] = nil
        case .tag: contents.images["sha256:app"]?.tags.removeAll { $0 == "app:1" }
        case .image: contents.images["sha256:base"] = nil
        }
      }
    }
    let result = try await bench.carryOut(plan)
    // "There is none" can be said of what somebody else took just before.
    #expect(target.outcome(in: result) == (status == 404 ? .unknown : .done), "\(result.outcomes)")
    #expect(result.hasFailures == (status == 404) && bench.fake.now.images.isEmpty)
    let freed = try #require(result.run.freed?.content)
    if status == 404, target != .stop, target != .tag {
      #expect(freed.atMost == result.run.predicted.content.atMost && freed.atLeast < freed.atMost)
    }
  }

  @Test(arguments: Target.allCases)
  func lookThatFindsNothingWhereAListHasItSettlesNothing(_ target: Target) async throws {
    let bench = try await bench()
    let (plan, snapshot) = (try await bench.plan(), try await bench.snapshot())
    bench.fake.change { $0.faults[target.look] = .error(404, "not here") }
    let result = try await bench.carryOut(plan, seeing: snapshot)
    guard case .failed(let why) = target.outcome(in: result) else {
      Issue.record("\(target): \(result.outcomes)")
      return
    }
    #expect(why.contains("the engine's list has it"))
    #expect(target.isThere(bench.fake.now) && !bench.stub.calls.contains(target.call))
  }

  @Test(arguments: Target.allCases)
  func listThatCannotBeReadConfirmsNothing(_ target: Target) async throws {
    let bench = try await bench()
    let (plan, snapshot) = (try await bench.plan(), try await bench.snapshot())
    bench.fake.change {
      $0.faults[target.look] = .error(404, "not here")
      $0.faults[target.list] = StubReply(200, "[{")
    }
    let result = try await bench.carryOut(plan, seeing: snapshot)
    switch target.outcome(in: result) {
    case .failed, .notTried: break
    default: Issue.record("\(target): \(result.outcomes)")
    }
    #expect(target.isThere(bench.fake.now))
  }

  @Test(arguments: Target.allCases)
  func oneFalseLookIsMadeGoodByTheNext(_ target: Target) async throws {
    let bench = try await bench()
    let (plan, snapshot) = (try await bench.plan(), try await bench.snapshot())
    bench.fake.change {
      $0.faults[target.look] = .error(404, "not here")
      $0.meanwhile[target.list] = { $0.faults[target.look] = nil }
    }
    let result = try await bench.carryOut(plan, seeing: snapshot)
    #expect(target.outcome(in: result) == .done, "\(result.outcomes)")
    #expect(bench.fake.now.images.isEmpty && bench.fake.now.containers.isEmpty)
  }

  /// Something on the way answers with empty lists; what is on the engine is counted elsewhere.
  @Test func emptyListThatTheEngineCountsAgainstSettlesNothing() async throws {
    var contents = FakeEngine.Contents()
    contents.images["sha256:app"] = FakeEngine.Picture(tags: ["app:1", "app:2"])
    let bench = try await SweepBench(contents)
    let image = try await bench.plan()
    let info = #"{"ID":"FAKE","Name":"fake","DockerRootDir":"/fake","Containers":1,"Images":1}"#
    bench.fake.change {
      $0.faults["GET /info"] = StubReply(200, info)
      $0.faults["GET /containers/json"] = StubReply(200, "[]")
      $0.faults["GET /images/json"] = StubReply(200, "[]")
    }
    let seen = try await bench.snapshot()
    let result = try await bench.carryOut(image, seeing: seen)
    #expect(
      result.outcomes["untag app:1"]
        == .failed(
          "cannot understand the engine's reply to GET /containers/json: it is empty, but there are 1"
        ),
      "\(result.outcomes)")
    #expect(bench.fake.now.images["sha256:app"]?.tags == ["app:1", "app:2"])
  }

  @Test func absenceIsNotBelievedOfAnEmptyListThatTheEngineCountsAgainst() async throws {
    let bench = try await bench()
    let plan = try await bench.plan()
    let seen = try await bench.snapshot()
    let info = #"{"ID":"FAKE","Name":"fake","DockerRootDir":"/fake","Containers":2,"Images":2}"#
    bench.fake.change {
      $0.faults["GET /info"] = StubReply(200, info)
      $0.faults["GET /containers/job/json"] = .error(404, "no such container")
      $0.faults["GET /containers/json"] = StubReply(200, "[]")
    }
    let result = try await bench.carryOut(plan, seeing: seen)
    #expect(result.outcomes["remove-container job"] != .gone, "\(result.outcomes)")
    #expect(result.hasFailures && bench.fake.now.containers["job"] != nil)
  }
}
