import Foundation
import Inventory
import Plan
import Policy
import TestSupport
import Testing

struct RestorationTests {
  private let now = Timestamp(seconds: 1_800_000_000)

  private func policy(_ archive: String) throws -> RetentionPolicy {
    let text = """
      version: 1
      grace: 0s
      stop: {containers: [{all: true}]}
      remove:
        containers: [{all: true}]
        images: [{all: true}]
        volumes: [{name: "*"}]
        networks: [{all: true}]
        build-cache: [{all: true}]

      """
    return try RetentionPolicy(
      reading: text + (archive.isEmpty ? "" : "archive: {\(archive)}\n"), from: "t", named: "t")
  }

  private func image(_ name: String, digests: [String] = [], size: Int64 = 10) -> Image {
    Image(
      id: ImageID(name), references: ["\(name):1"], digests: digests, size: size,
      firstSeen: now - .seconds(1_000_000))
  }

  private func container(
    of image: String, _ state: ContainerState = .exited, writable: Int64? = 0, remove: Bool = false,
    labels: [String: String] = [:]
  ) -> Container {
    Container(
      id: ContainerID("c"), name: "c", image: image, imageID: ImageID(image),
      labels: labels, state: state,
      created: now - .seconds(10_000), startedAt: now - .seconds(9_000),
      finishedAt: state.isActive ? nil : now - .seconds(8_000), writableSize: writable,
      autoRemove: remove)
  }

  /// `restorable` and so on of every step, by its action.
  private func words(
    _ images: [Image] = [], _ containers: [Container] = [], volumes: [Volume] = [],
    archive: String = "", registered: Set<String>? = nil, on engine: EngineIdentity = .sample
  ) throws -> [ActionKind: String] {
    let snapshot = Snapshot(
      engine: engine, takenAt: now, images: images, containers: containers, volumes: volumes,
      registered: registered)
    let plan = try Planner.plan(snapshot, try policy(archive), at: now)
    return Dictionary(plan.steps.map { ($0.action, $0.restorability.word) }) { first, _ in first }
  }

  @Test func imageIsPulledAgainByItsDigestAndLostWithoutOne() throws {
    #expect(try words([image("i", digests: ["i@sha256:1"])])[.removeImage] == "restorable")
    #expect(try words([image("i")])[.removeImage] == "lost: image")
  }

  @Test(arguments: [EngineIdentity.sample, .containerd, .podman])
  func digestThatNoRegistryHasIsNoneOnceTheyWereAsked(engine: EngineIdentity) throws {
    let images = [image("i", digests: ["i@sha256:1"])]
    #expect(try words(images, registered: [], on: engine)[.removeImage] == "lost: image")
    #expect(try words(images, registered: ["i@sha256:1"], on: engine)[.removeImage] == "restorable")
  }

  @Test(arguments: [EngineIdentity.containerd, .podman])
  func digestsThatAnEngineMakesUpProveNothing(engine: EngineIdentity) throws {
    let images = [image("i", digests: ["i@sha256:1"])]
    #expect(try words(images, on: engine)[.removeImage] == "lost: image")
  }

  @Test(arguments: [
    (0, "", nil), (9, "", "lost: writable layer"), (9, "writable-layers: true", nil),
  ])
  func containerWhoseNetworkOrHostIsGoneCannotBeCreatedAgain(
    written: Int64, archive: String, word: String?
  ) throws {
    let pulled = [image("i", digests: ["i@sha256:1"])]
    var attached = container(of: "i", writable: written)
    attached.networks = ["gone"]
    let words = { try self.words(pulled, [$0], archive: archive)[.removeContainer] }
    #expect(try words(attached) == word ?? "lost: network")
    var guest = container(of: "i", writable: written)
    guest.hosts = [.pid: ContainerID("gone")]
    #expect(try words(guest) == word ?? "lost: namespace")
  }

  /// What it wrote is saved all the same: there may be a network of that name again some day.
  @Test func whatAContainerWroteIsSavedThoughItsNetworkIsGone() throws {
    var attached = container(of: "i", writable: 9)
    attached.networks = ["gone"]
    let snapshot = Snapshot(
      engine: .sample, takenAt: now, images: [image("i", digests: ["i@sha256:1"])],
      containers: [attached])
    let plan = try Planner.plan(snapshot, try policy("writable-layers: true"), at: now)
    let step = try #require(plan.steps.first { $0.action == .removeContainer })
    #expect(step.restorability == .lost(.network) && step.saves != nil)
    let file = NSTemporaryDirectory() + "restoration-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try plan.save(to: file)
    #expect(try RemovalPlan(readingFile: file) == plan)
  }

  @Test func imagesAreArchivedAsThePolicySays() throws {
    let local = [image("i")]
    let pulled = [image("i", digests: ["i@sha256:1"])]
    #expect(try words(local, archive: "volumes: true")[.removeImage] == "archived")
    #expect(try words(pulled, archive: "volumes: true")[.removeImage] == "restorable")
    #expect(try words(pulled, archive: "images: all")[.removeImage] == "archived")
    #expect(
      try words(local, archive: "images: none, volumes: true")[.removeImage] == "lost: image")
  }

  @Test func containerThatWroteNothingIsMadeAgainAsLongAsItsImageComesBack() throws {
    let pulled = [image("i", digests: ["i@sha256:1"])]
    #expect(try words(pulled, [container(of: "i")])[.removeContainer] == "restorable")
    #expect(try words([image("i")], [container(of: "i")])[.removeContainer] == "lost: image")
    #expect(
      try words([image("i")], [container(of: "i")], archive: "volumes: true")[.removeContainer]
        == "restorable")
  }

  @Test(arguments: [(ContainerState.exited, 5 as Int64?), (.exited, nil), (.running, 0)])
  func whatAContainerWroteOrMayWriteIsLostUnlessItIsArchived(
    state: ContainerState, size: Int64?
  ) throws {
    let images = [image("i", digests: ["i@sha256:1"])]
    let containers = [container(of: "i", state, writable: size)]
    #expect(try words(images, containers)[.removeContainer] == "lost: writable layer")
    #expect(
      try words(images, containers, archive: "writable-layers: true")[.removeContainer]
        == "archived")
  }

  @Test func containerWhoseImageIsGoneCannotEvenBeArchived() throws {
    let words = try words(
      [], [container(of: "gone")], archive: "images: all, writable-layers: true")
    #expect(words[.removeContainer] == "lost: image")
  }

  @Test func containerThatTheEngineRemovesByItselfIsLostWhenItStops() throws {
    let words = try words(
      [image("i", digests: ["i@sha256:1"])], [container(of: "i", .running, remove: true)],
      archive: "images: all, writable-layers: true")
    #expect(words[.stop] == "lost: container")
    #expect(words[.removeContainer] == "lost: container")
  }

  @Test func containersThatNobodyCanCreateAgainAreLost() throws {
    let images = [image("i", digests: ["i@sha256:1"])]
    let all = "images: all, writable-layers: true"
    let task = container(of: "i", labels: ["com.docker.swarm.task.id": "t"])
    #expect(try words(images, [task], archive: all)[.removeContainer] == "lost: container")
    let podmans = try words(images, [container(of: "i")], archive: all, on: .podman)
    #expect(podmans[.removeContainer] == "lost: container")
  }

  @Test(arguments: [(0 as Int64?, "restorable"), (1, "lost: data"), (nil, "lost: data")])
  func volumeIsMadeAgainEmpty(size: Int64?, word: String) throws {
    let volumes = [
      Volume(name: "v", created: now - .seconds(9), size: size, firstSeen: now - .seconds(9))
    ]
    #expect(try words(volumes: volumes)[.removeVolume] == word)
    let archived = try words(volumes: volumes, archive: "volumes: true")[.removeVolume]
    #expect(archived == (size == 0 ? "restorable" : "archived"))
  }

  @Test func tagIsPutBackWhereItsImageStaysOrComesBack() throws {
    var twice = image("i")
    twice.references.append("j:1")
    #expect(try words([twice])[.untag] == "lost: image")
    #expect(try words([twice], archive: "volumes: true")[.untag] == "restorable")
    let keepingOne = try RetentionPolicy(
      reading: "version: 1\ngrace: 0s\nremove: {images: [{reference: \"j:*\"}]}\n", from: "t",
      named: "t")
    let snapshot = Snapshot(engine: .sample, takenAt: now, images: [twice], containers: [])
    let steps = try Planner.plan(snapshot, keepingOne, at: now).steps
    #expect(steps.map(\.action) == [.untag])
    #expect(steps.map(\.restorability) == [.restorable])
  }

  @Test func roomForACopyIsItsContentAtLeastAndHasNoEndWhereNobodyKnowsIt() throws {
    let snapshot = Snapshot(
      engine: .sample, takenAt: now, images: [image("i", size: 1_000)],
      containers: [container(of: "i", writable: 30)],
      volumes: [Volume(name: "v", created: now - .seconds(9), firstSeen: now - .seconds(9))])
    let all = try policy("images: all, writable-layers: true, volumes: true")
    let steps = try Planner.plan(snapshot, all, at: now).steps
    #expect(steps.map { $0.saves?.atLeast } == [1_030, 1_000, 0])
    #expect(steps.map { $0.saves?.isBounded } == [true, true, false])
  }
}

/// Laws over random stores and random policies.
struct RestorationLawTests {
  private static let seeds = 0..<300 as Range<UInt64>

  private func plan(
    _ seed: UInt64, archive: String? = nil, registered: Set<String>? = nil
  ) throws -> RemovalPlan? {
    let policy = try policy(seed, archive)
    let store = store(seed, registered)
    do {
      return try Planner.plan(store, policy, at: RandomSnapshot.now)
    } catch PlanError.everyImage {
      return nil
    }
  }

  private func policy(_ seed: UInt64, _ archive: String?) throws -> RetentionPolicy {
    let text = RandomPolicy(seed: seed).text + (archive.map { "archive: {\($0)}\n" } ?? "")
    return try RetentionPolicy(reading: text, from: "random", named: "random")
  }

  private func store(_ seed: UInt64, _ registered: Set<String>?) -> Snapshot {
    var store = RandomSnapshot(seed: seed, buildCache: 4).snapshot
    store.registered = registered
    if seed % 3 == 0 { store.engine.imageStore = .containerd }
    return store
  }

  private static let everything = "images: all, writable-layers: true, volumes: true"
  private static let rules = [
    "images: local-only", "images: all", "images: none, volumes: true",
    "images: none, writable-layers: true", "writable-layers: true, volumes: true", everything,
  ]

  @Test(arguments: seeds)
  func archiveOfEverythingLosesNoImageNoDataAndNoLayer(seed: UInt64) throws {
    let store = RandomSnapshot(seed: seed, buildCache: 4).snapshot
    guard let plan = try plan(seed, archive: Self.everything) else { return }
    let images = Set(store.images.map(\.id))
    let orphans = store.containers.filter { !images.contains($0.imageID) }.map(\.id)
    for step in plan.steps {
      if case .container(let id) = step.object, orphans.contains(id) { continue }
      #expect(![.lost(.image), .lost(.data), .lost(.writableLayer)].contains(step.restorability))
    }
  }

  @Test(arguments: seeds)
  func archiveNeverMakesAStepWorseAndNeverAnotherOne(seed: UInt64) throws {
    guard let before = try plan(seed) else { return }
    for rule in Self.rules {
      guard let after = try plan(seed, archive: rule) else { continue }
      try #require(after.steps.map(\.object) == before.steps.map(\.object))
      for (one, other) in zip(before.steps, after.steps) where !one.restorability.isLost {
        #expect(!other.restorability.isLost, "\(rule): \(one.title)")
      }
      #expect(
        after.steps.filter(\.restorability.isLost).count
          <= before.steps.filter(\.restorability.isLost).count)
    }
  }

  @Test(arguments: seeds)
  func everyStepHasAWordAndSavesExactlyWhatIsArchived(seed: UInt64) throws {
    for rule in [nil] + Self.rules {
      for step in try plan(seed, archive: rule)?.steps ?? [] {
        #expect(Restorability(word: step.restorability.word) == step.restorability)
        #expect((step.saves != nil) == (step.restorability == .archived))
      }
    }
  }

  @Test(arguments: seeds)
  func whatRegistriesHaveOnlyHelpsAndWhatTheyLackIsLost(seed: UInt64) throws {
    let digests = RandomSnapshot(seed: seed, buildCache: 4).snapshot.images.flatMap(\.digests)
    guard let none = try plan(seed, registered: []),
      let all = try plan(seed, registered: Set(digests))
    else { return }
    for (one, other) in zip(none.steps, all.steps) {
      #expect(one.action != .removeImage || one.restorability == .lost(.image))
      if !one.restorability.isLost { #expect(!other.restorability.isLost) }
    }
  }
}

extension EngineIdentity {
  static let containerd: EngineIdentity = {
    var engine = EngineIdentity.sample
    engine.imageStore = .containerd
    return engine
  }()

  static let podman: EngineIdentity = {
    var engine = EngineIdentity.sample
    engine.kind = .podman
    return engine
  }()
}
