import Inventory
import Policy
import TestSupport
import Testing

@testable import Plan

/// Dependents go before what they depend on, and nothing else changes.
struct ContainerOrderTests {
  private static let seeds = 0..<200 as Range<UInt64>

  private static func container(
    _ name: String, in project: String = "shop", service: String? = nil, needs: String = ""
  ) -> Container {
    Container(
      id: ContainerID(name), name: name, image: "i", imageID: ImageID("i"),
      labels: [
        "com.docker.compose.project": project, "com.docker.compose.service": service ?? name,
        "com.docker.compose.depends_on": needs,
      ], state: .running, created: RandomSnapshot.now - .seconds(90_000),
      startedAt: RandomSnapshot.now - .seconds(90_000))
  }

  private static let policy = """
    version: 1
    grace: 0s
    stop: {containers: [{all: true}]}
    remove: {containers: [{all: true}]}

    """

  private func plan(_ containers: [Container], _ policy: String = policy) throws -> RemovalPlan {
    let snapshot = Snapshot(
      engine: .sample, takenAt: RandomSnapshot.now, images: [], containers: containers)
    return try Planner.plan(
      snapshot, try RetentionPolicy(reading: policy, from: "t", named: "t"),
      at: RandomSnapshot.now)
  }

  /// The names in each wave of one action.
  private func waves(_ plan: RemovalPlan, _ action: ActionKind = .stop) -> [[String]] {
    let steps = plan.steps.filter { $0.action == action }
    return Set(steps.map(\.wave)).sorted().map { wave in
      steps.filter { $0.wave == wave }.map(\.title)
    }
  }

  @Test func dependentsAreStoppedAndRemovedFirstAsTheLabelsOfComposeSay() throws {
    let plan = try plan([
      Self.container("cache"), Self.container("db"),
      Self.container("web", needs: "api:service_started:true, cache"),
      Self.container("api", needs: "db:service_healthy:false,cache:service_started:true"),
    ])
    #expect(waves(plan) == [["web"], ["api"], ["cache", "db"]])
    #expect(waves(plan, .removeContainer) == [["web"], ["api"], ["cache", "db"]])
  }

  @Test func everyReplicaOfAServiceCounts() throws {
    let plan = try plan([
      Self.container("db-1", service: "db"), Self.container("db-2", service: "db"),
      Self.container("web-1", service: "web"),
      Self.container("web-2", service: "web", needs: "db:service_started:false"),
    ])
    #expect(waves(plan) == [["web-1", "web-2"], ["db-1", "db-2"]])
  }

  @Test func servicesOfAnotherProjectAreOthers() throws {
    let plan = try plan([
      Self.container("db", in: "blog"), Self.container("web", in: "shop", needs: "db"),
    ])
    #expect(waves(plan) == [["db", "web"]])
  }

  /// The engine removes the owner of a namespace that another container lives in without a word.
  @Test func containerGoesBeforeTheOneInWhoseNamespaceItLives() throws {
    var probe = Self.container("a-probe", in: "tools")
    probe.hosts = [.network: ContainerID("web")]
    var sidecar = Self.container("sidecar")
    sidecar.labels = [:]
    sidecar.hosts = [.pid: ContainerID("a-probe"), .ipc: ContainerID("long gone")]
    let plan = try plan([
      Self.container("db"), sidecar, Self.container("web", needs: "db"), probe,
      Self.container("alone", in: "blog"),
    ])
    let expected = [["alone", "sidecar"], ["a-probe"], ["web"], ["db"]]
    #expect(waves(plan) == expected)
    #expect(waves(plan, .removeContainer) == expected)
  }

  /// One that was made by hand of an image that compose built has the labels of its service.
  @Test(arguments: ["web", "db"])
  func containerByHandGoesBeforeTheOneOfComposeInWhoseNamespaceItLives(service: String) throws {
    var byHand = Self.container("z-by-hand", service: service)
    byHand.hosts = [.network: ContainerID("web")]
    let found = waves(
      try plan([Self.container("db"), Self.container("web", needs: "db"), byHand]))
    #expect(found.flatMap(\.self).sorted() == ["db", "web", "z-by-hand"])
    let place = { (name: String) in found.firstIndex { $0.contains(name) } ?? -1 }
    #expect(place("z-by-hand") < place("web"), "\(found)")
  }

  @Test func containerBehindACircleGoesAfterTheOneInItsNamespace() throws {
    var guest = Self.container("guest", needs: "b,vpn")
    guest.hosts = [.network: ContainerID("vpn")]
    let found = waves(
      try plan([guest, Self.container("b", needs: "guest"), Self.container("vpn")]))
    #expect(found == [["b", "guest"], ["vpn"]])
  }

  @Test func containersInEachOthersNamespacesGoTogether() throws {
    var one = Self.container("one", in: "blog")
    var two = Self.container("two")
    one.hosts = [.network: two.id]
    two.hosts = [.pid: one.id]
    #expect(waves(try plan([one, two])) == [["one", "two"]])
  }

  @Test func containerBetweenTwoThatGoCountsThoughItHasStopped() throws {
    var api = Self.container("api", needs: "db")
    api.state = .exited
    let plan = try plan([
      Self.container("db"), api, Self.container("web", needs: "api"),
    ])
    #expect(waves(plan) == [["web"], ["db"]])
  }

  @Test(arguments: ["a", "b", "b,c", "c:service_started:true"])
  func circlesGoTogetherAtTheEnd(needs: String) throws {
    let plan = try plan([
      Self.container("a", needs: needs), Self.container("b", needs: "a,c"),
      Self.container("c", needs: "b"), Self.container("web", needs: "a"),
    ])
    let found = waves(plan)
    #expect(found.first == ["web"] || found.first == ["b", "c"])
    #expect(found.flatMap(\.self).sorted() == ["a", "b", "c", "web"])
  }

  @Test(arguments: [
    ",", ":", ":::", ",,:", "nobody", "web", "\u{1b}[31m", String(repeating: "a,", count: 9_999),
  ])
  func labelsOfStrangersDoNoHarm(needs: String) throws {
    #expect(waves(try plan([Self.container("web", needs: needs)])) == [["web"]])
  }

  @Test func longChainIsNoTrouble() throws {
    let chain = (0..<3_000).map { Self.container("s\($0)", needs: "s\($0 + 1)") }
    #expect(waves(try plan(chain.shuffled())).flatMap(\.self) == (0..<3_000).map { "s\($0)" })
  }

  /// Random stores whose containers are services of two projects, with dependencies at random; without
  /// circles unless asked for.
  private func store(_ seed: UInt64, circles: Bool = false) -> Snapshot {
    var random = SeededGenerator(seed: seed)
    var store = RandomSnapshot(seed: seed).snapshot
    for place in store.containers.indices where !random.chance(oneIn: 4) {
      let service = Int.random(in: 0..<8, using: &random)
      let needs = (0..<3).map { _ in
        Int.random(in: circles ? 0..<8 : (service + 1)..<(service + 9), using: &random)
      }
      store.containers[place].labels["com.docker.compose.project"] = random.pick(["shop", "blog"])
      store.containers[place].labels["com.docker.compose.service"] = "s\(service)"
      store.containers[place].labels["com.docker.compose.depends_on"] =
        needs.map { "s\($0):service_started:true" }.joined(separator: ",")
    }
    return store
  }

  private func plan(_ seed: UInt64, _ snapshot: Snapshot) throws -> RemovalPlan? {
    let text = RandomPolicy(seed: seed).text
    let policy = try RetentionPolicy(reading: text, from: "random", named: "random")
    return try? Planner.plan(snapshot, policy, at: RandomSnapshot.now)
  }

  /// The services that one needs, by whatever way.
  private func reach(_ service: String, _ project: String, _ snapshot: Snapshot) -> Set<String> {
    var found: Set<String> = []
    var rest = [service]
    while let next = rest.popLast() {
      for container in snapshot.containers
      where container.labels["com.docker.compose.project"] == project
        && container.labels["com.docker.compose.service"] == next
      {
        let label = container.labels["com.docker.compose.depends_on"] ?? ""
        for entry in label.split(separator: ",") {
          let name = String(entry.split(separator: ":")[0])
          if found.insert(name).inserted { rest.append(name) }
        }
      }
    }
    return found
  }

  @Test(arguments: seeds)
  func nothingGoesBeforeADependentThatGoesToo(seed: UInt64) throws {
    let store = store(seed)
    guard let plan = try plan(seed, store) else { return }
    let labels = Dictionary(uniqueKeysWithValues: store.containers.map { ($0.id, $0.labels) })
    for action in [ActionKind.stop, .removeContainer] {
      let steps = plan.steps.filter { $0.action == action }
      for step in steps {
        guard case .container(let id) = step.object, let mine = labels[id],
          let service = mine["com.docker.compose.service"],
          let project = mine["com.docker.compose.project"]
        else { continue }
        let needed = reach(service, project, store)
        for other in steps {
          guard case .container(let otherID) = other.object, let theirs = labels[otherID],
            theirs["com.docker.compose.project"] == project,
            let name = theirs["com.docker.compose.service"], needed.contains(name)
          else { continue }
          #expect(step.wave < other.wave, "\(step.title) needs \(other.title)")
        }
      }
    }
  }

  @Test(arguments: seeds)
  func orderChangesNoStepAndIsTheSameTwice(seed: UInt64) throws {
    for circles in [false, true] {
      let store = store(seed, circles: circles)
      var plain = store
      for place in plain.containers.indices {
        plain.containers[place].labels["com.docker.compose.depends_on"] = nil
      }
      guard let plan = try plan(seed, store), let unordered = try self.plan(seed, plain) else {
        continue
      }
      let words = { (step: PlannedStep) in "\(step.action) \(step.title) \(step.restorability)" }
      #expect(plan.steps.map(words).sorted() == unordered.steps.map(words).sorted())
      #expect(plan.frees == unordered.frees)
      var shuffled = store
      shuffled.containers.reverse()
      #expect(try self.plan(seed, shuffled)?.steps == plan.steps)
      let waves = plan.steps.map(\.wave)
      #expect(waves == waves.sorted())
    }
  }
}
