import Inventory
import TestSupport
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(10))) struct SurveyTests {
  static let lists = [
    "GET /containers/json", "GET /events", "GET /images/json", "GET /networks", "GET /volumes",
  ]

  let host = SmallHost()

  @Test func firstSurveyAsksEachObjectOnce() async throws {
    let (stub, client) = try await start()
    defer { stub.close() }
    let survey = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    #expect(
      stub.details == [
        "GET /containers/c0/json?size=1", "GET /containers/c1/json?size=1",
        "GET /containers/c2/json?size=1", "GET /images/sha256:i0/history?",
        "GET /images/sha256:i0/json?", "GET /images/sha256:i1/history?",
        "GET /images/sha256:i1/json?",
      ])
    #expect(survey.snapshot.containers.map(\.writableSize) == [100, 100, 100])
    #expect(survey.snapshot.images.allSatisfy { $0.content?.diffs == ["sha256:d"] })
    #expect(survey.lastEvent != nil)
  }

  @Test func secondSurveyOfAnUnchangedHostAsksOnlyTheLists() async throws {
    host.change { $0.containers["c1"]?.state = "running" }
    let (stub, client) = try await start()
    defer { stub.close() }
    let first = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    stub.forgetRequests()
    let second = try await client.survey(knowing: first.remembered, at: Timestamp(seconds: 1))
    #expect(stub.calls.sorted() == Self.lists)
    #expect(second.snapshot.containers == first.snapshot.containers)
    #expect(second.snapshot.images.map(\.content) == first.snapshot.images.map(\.content))
    #expect(second.lastEvent == first.lastEvent)
  }

  @Test func containerWithoutTheExitCodeOfItsEndIsAskedForIt() async throws {
    let (stub, client) = try await start()
    defer { stub.close() }
    var known = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1)).remembered
    let ids = known.containers.keys.sorted()
    #expect(ids.map { known.containers[$0]?.exitCode } == [3, 3, 3])
    known.containers[ids[1]]?.exitCode = nil
    stub.forgetRequests()
    let second = try await client.survey(knowing: known, at: Timestamp(seconds: 1))
    #expect(stub.details.map { $0.prefix { $0 != "?" } } == ["GET /containers/c1/json"])
    #expect(second.snapshot.containers.map(\.exitCode) == [3, 3, 3])
  }

  @Test func eventAboutOneContainerAsksOnlyThatOneAgain() async throws {
    let (stub, client) = try await start()
    defer { stub.close() }
    let first = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    host.change {
      $0.containers["c1"]?.bytes = 777
      $0.containers["c1"]?.finishedAt = "2026-02-02T00:00:00Z"
    }
    host.logEvent("container", "die", "c1")
    stub.forgetRequests()
    let second = try await client.survey(knowing: first.remembered, at: Timestamp(seconds: 1))
    #expect(stub.details == ["GET /containers/c1/json?size=1"])
    #expect(second.snapshot.containers.map(\.writableSize) == [100, 777, 100])
    #expect(second.snapshot.containers[1].finishedAt == Timestamp(rfc3339: "2026-02-02T00:00:00Z"))
  }

  @Test(arguments: ["exec_create: /bin/true", "exec_die", "health_status: healthy"])
  func healthCheckIsNoChange(_ action: String) async throws {
    let (stub, client) = try await start()
    defer { stub.close() }
    let first = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    host.logEvent("container", action, "c1")
    stub.forgetRequests()
    let second = try await client.survey(knowing: first.remembered, at: Timestamp(seconds: 1))
    #expect(stub.details.isEmpty)
    #expect(second.lastEvent != first.lastEvent)
  }

  @Test func changedStateIsSeenWithoutAnEvent() async throws {
    let (stub, client) = try await start()
    defer { stub.close() }
    let first = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    host.change { $0.containers["c2"]?.state = "running" }
    stub.forgetRequests()
    let second = try await client.survey(knowing: first.remembered, at: Timestamp(seconds: 1))
    #expect(stub.details == ["GET /containers/c2/json?"])
    #expect(second.snapshot.containers[2].state == .running)
    #expect(second.snapshot.containers[2].writableSize == nil)
  }

  @Test func lostEventsMakeEveryContainerDoubtful() async throws {
    let (stub, client) = try await start()
    defer { stub.close() }
    let first = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    host.change {
      $0.containers["c1"]?.bytes = 777
      $0.containers["c1"]?.finishedAt = "2026-02-02T00:00:00Z"
    }
    for _ in 0..<300 { host.logEvent("container", "exec_start", "other") }
    stub.forgetRequests()
    let second = try await client.survey(knowing: first.remembered, at: Timestamp(seconds: 1))
    // Only the container that ran again is measured again.
    #expect(
      stub.details == [
        "GET /containers/c0/json?", "GET /containers/c1/json?", "GET /containers/c1/json?size=1",
        "GET /containers/c2/json?",
      ])
    #expect(second.snapshot.containers.map(\.writableSize) == [100, 777, 100])
    #expect(second.lastEvent != nil && second.lastEvent != first.lastEvent)
  }

  @Test func restartedEngineWithoutEventsLeavesNoMark() async throws {
    let (stub, client) = try await start()
    defer { stub.close() }
    let first = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    host.change { $0.events = [] }
    stub.forgetRequests()
    let second = try await client.survey(knowing: first.remembered, at: Timestamp(seconds: 1))
    #expect(stub.details.count == 3)
    #expect(second.lastEvent == nil)
  }

  @Test(arguments: [
    StubReply(200, ""), .error(400, "until before since"), StubReply(200, "nonsense\n"),
    StubReply(200, "{}", manner: .cut(after: 1, chunked: true)),
  ])
  func eventsThatCannotBeReadMakeEverythingDoubtful(_ fault: StubReply) async throws {
    let (stub, client) = try await start()
    defer { stub.close() }
    let first = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    host.change { $0.faults["GET /events"] = fault }
    stub.forgetRequests()
    let second = try await client.survey(knowing: first.remembered, at: Timestamp(seconds: 1))
    #expect(stub.details.count == 3)
    #expect(second.lastEvent == nil)
    #expect(second.snapshot.containers == first.snapshot.containers)
  }

  @Test func eventsThatNeverComeDoNotHoldTheSurveyUp() async throws {
    let stub = try host.stub()
    defer { stub.close() }
    var limits = RequestLimits.standard
    limits.instant = .milliseconds(300)
    // Connected with other limits, so that a slow machine does not fail at the ping.
    let patient = try await stub.client()
    let client = EngineClient(
      endpoint: patient.endpoint, identity: patient.identity,
      api: EngineAPI(
        transport: patient.api.transport, version: patient.api.version, limits: limits),
      countsBefore: patient.countsBefore)
    host.change { $0.faults["GET /events"] = .hanging }
    let survey = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    #expect(survey.lastEvent == nil)
    #expect(survey.snapshot.containers.count == 3)
  }

  @Test func emptyListOfAnEngineThatCountsObjectsIsRefused() async throws {
    host.change { $0.faults["GET /info"] = StubReply(200, #"{"Containers":3,"Images":2}"#) }
    let (stub, client) = try await start()
    defer { stub.close() }
    for list in ["/containers/json", "/images/json"] {
      host.change { $0.faults["GET " + list] = StubReply(200, "[]") }
      await #expect {
        try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
      } throws: { error in
        guard case EngineError.brokenReply("GET " + list, _) = error else { return false }
        return true
      }
      host.change { $0.faults["GET " + list] = nil }
    }
  }

  @Test func emptyListOfAnEngineThatHasBecomeEmptyIsAnEmptyHost() async throws {
    host.change { $0.faults["GET /info"] = StubReply(200, #"{"Containers":3,"Images":2}"#) }
    let (stub, client) = try await start()
    defer { stub.close() }
    host.change {
      ($0.containers, $0.images) = ([:], [:])
      $0.faults["GET /info"] = StubReply(200, #"{"Containers":0,"Images":0}"#)
    }
    let survey = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    #expect(survey.snapshot.containers.isEmpty && survey.snapshot.images.isEmpty)
  }

  @Test func containerMeasuredLaterOnlyWhenSizesAreAsked() async throws {
    let (stub, client) = try await start()
    defer { stub.close() }
    let first = try await client.survey(
      knowing: .nothing, at: Timestamp(seconds: 1), askSizes: false)
    #expect(first.snapshot.containers.allSatisfy { $0.writableSize == nil })
    #expect(!stub.requests.contains { $0.query == "size=1" })
    stub.forgetRequests()
    let second = try await client.survey(knowing: first.remembered, at: Timestamp(seconds: 1))
    #expect(second.snapshot.containers.map(\.writableSize) == [100, 100, 100])
    #expect(stub.details.count == 3)
  }

  @Test func newTagOfAKnownImageIsDatedByItsEvent() async throws {
    let (stub, client) = try await start()
    defer { stub.close() }
    let first = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    host.change { $0.images["sha256:i1"] = ["i1:1", "i1:2"] }
    host.logEvent("image", "tag", "sha256:i1")
    let clock = host.contents.withLock { $0.clock }
    stub.forgetRequests()
    let images = try await client.survey(knowing: first.remembered, at: Timestamp(seconds: 1))
      .snapshot.images
    #expect(stub.calls.sorted() == Self.lists)
    #expect(images[0].lastTagged == nil)
    #expect(images[1].lastTagged == Timestamp(microseconds: clock / 1000))
    #expect(images[1].references == ["i1:1", "i1:2"])
  }

  @Test func whatVanishesMeanwhileIsLeftOut() async throws {
    host.change {
      $0.forgetsWhatIsAnswered404 = true
      $0.faults["GET /containers/c1/json"] = .error(404, "no such container")
      $0.faults["GET /images/sha256:i0/json"] = .error(404, "no such image")
      $0.faults["GET /images/sha256:i1/history"] = .error(404, "no such image")
    }
    let (stub, client) = try await start()
    defer { stub.close() }
    let snapshot = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1)).snapshot
    #expect(snapshot.containers.map(\.name) == ["c0", "c2"])
    #expect(snapshot.images.isEmpty)
  }

  @Test func whatIsSaidToBeGoneAndIsListedAllTheSameStaysListed() async throws {
    host.change {
      $0.faults["GET /containers/c1/json"] = .error(404, "no such container")
      $0.faults["GET /images/sha256:i0/json"] = .error(404, "no such image")
      $0.faults["GET /images/sha256:i1/history"] = .error(404, "no such image")
    }
    let (stub, client) = try await start()
    defer { stub.close() }
    let snapshot = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1)).snapshot
    #expect(snapshot.containers.map(\.name) == ["c0", "c1", "c2"])
    #expect(snapshot.containers[1].restartPolicy == "")
    #expect(snapshot.images.map { $0.content == nil } == [true, true])
  }

  @Test func damagedObjectsStayListedAndAreAskedAgain() async throws {
    host.change {
      $0.faults["GET /containers/c1/json"] = .error(500, "broken")
      $0.faults["GET /images/sha256:i0/history"] = .error(500, "broken")
    }
    let (stub, client) = try await start()
    defer { stub.close() }
    let first = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    #expect(first.snapshot.containers.count == 3)
    #expect(first.snapshot.containers[1].restartPolicy == "")
    #expect(first.snapshot.images.map { $0.content == nil } == [true, false])
    host.change { $0.faults = [:] }
    stub.forgetRequests()
    let second = try await client.survey(knowing: first.remembered, at: Timestamp(seconds: 1))
    #expect(
      stub.details == [
        "GET /containers/c1/json?size=1", "GET /images/sha256:i0/history?",
        "GET /images/sha256:i0/json?",
      ])
    #expect(second.snapshot.containers[1].restartPolicy == "no")
  }

  @Test(
    arguments: ["/containers/json", "/images/json", "/volumes", "/networks"],
    [
      StubReply(200, ""), StubReply(200, "null"), StubReply(200, "{oops"), StubReply(200, "[{}]"),
      .error(500, "disk on fire"), StubReply(200, "[]", manner: .cut(after: 1, chunked: true)),
    ])
  func listThatCannotBeReadIsNeverAnEmptyOne(_ list: String, _ fault: StubReply) async throws {
    host.change { $0.faults["GET \(list)"] = fault }
    let (stub, client) = try await start()
    defer { stub.close() }
    await #expect(throws: EngineError.self) {
      try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
    }
  }

  @Test func cancelledSurveyEndsEveryRequest() async throws {
    host.change { $0.faults["GET /images/json"] = .hanging }
    let (stub, client) = try await start()
    defer { stub.close() }
    let task = Task { try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1)) }
    await stub.waitForRequests(6)
    task.cancel()
    await #expect(throws: EngineError.cancelled) { try await task.value }
    await stub.waitForDisconnection()
  }

  private func start(
    _ limits: RequestLimits = .standard
  ) async throws -> (StubEngine, EngineClient) {
    let stub = try host.stub()
    return (stub, try await stub.client(limits))
  }
}

extension StubEngine {
  /// The inspects and history calls so far, with their queries, sorted.
  fileprivate var details: [String] {
    requests.filter { $0.unversionedPath.split(separator: "/").count > 2 }
      .map { "\($0.call)?\($0.query)" }.sorted()
  }
}
