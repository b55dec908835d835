import Inventory
import Plan
import Policy
import TestSupport
import Testing

/// Laws over random stores and random policies.
struct PlanLawTests {
  private static let seeds = 0..<300 as Range<UInt64>
  private let now = RandomSnapshot.now

  /// The plan of a random policy on a random store; nil where it is refused as removing everything.
  private func plan(_ seed: UInt64, _ snapshot: Snapshot) throws -> RemovalPlan? {
    do {
      return try Planner.plan(snapshot, try policy(seed), at: now)
    } catch PlanError.everyImage {
      return nil
    }
  }

  private func policy(_ seed: UInt64) throws -> RetentionPolicy {
    try RetentionPolicy(reading: RandomPolicy(seed: seed).text, from: "random", named: "random")
  }

  @Test(arguments: seeds)
  func predictedBytesAreTheTruth(seed: UInt64) throws {
    let store = RandomSnapshot(seed: seed, volumes: 0, buildCache: 0)
    guard let plan = try plan(seed, store.snapshot) else { return }
    let after = store.snapshot.after(plan, at: now)
    let known = Set(store.layers.keys)
    // A container of an image that nobody knows holds layers that nobody knows; only an interval is
    // true of it.
    let isKnown = store.snapshot.containers.allSatisfy { container in
      known.contains(container.imageID) || !plan.removes(.container(container.id))
    }
    let truth = store.bytes(in: store.snapshot) - store.bytes(in: after)
    if isKnown {
      #expect(plan.frees.content == Bytes(exactly: truth))
    } else {
      #expect(plan.frees.content.atLeast == truth)
    }
  }

  @Test(arguments: seeds)
  func truthIsInsideTheIntervalWhereHistoriesAreLost(seed: UInt64) throws {
    let store = RandomSnapshot(
      seed: seed, losingHistories: true, volumes: 0, buildCache: 0)
    guard let plan = try plan(seed, store.snapshot) else { return }
    let after = store.snapshot.after(plan, at: now)
    let truth = store.bytes(in: store.snapshot) - store.bytes(in: after)
    #expect(plan.frees.content.atLeast <= truth && truth <= plan.frees.content.atMost)
  }

  @Test(arguments: seeds)
  func containerStaysOfWhichOneThatStaysUsesANamespace(seed: UInt64) throws {
    var store = RandomSnapshot(seed: seed).snapshot
    store.shareNamespaces(seed: seed)
    guard let plan = try plan(seed, store) else { return }
    for user in store.containers where !plan.removes(.container(user.id)) {
      for host in (user.hosts ?? [:]).values {
        #expect(!plan.removes(.container(host)), "\(user.name)")
      }
    }
  }

  @Test(arguments: seeds)
  func afterACompleteSweepTheNextPlanIsEmpty(seed: UInt64) throws {
    var store = RandomSnapshot(seed: seed).snapshot
    store.shareNamespaces(seed: seed)
    guard let plan = try plan(seed, store) else { return }
    let next = try self.plan(seed, store.after(plan, at: now))
    #expect(next?.steps.map(\.title) ?? [] == [])
  }

  @Test(arguments: seeds)
  func nothingInUseIsPlannedAndNoParentBeforeItsChildren(seed: UInt64) throws {
    let store = RandomSnapshot(seed: seed).snapshot
    guard let plan = try plan(seed, store) else { return }
    var containers = Set(store.containers.map(\.id))
    var active = Set(store.containers.filter(\.state.isActive).map(\.id))
    var images = store.images
    var records = store.buildCache ?? []
    for step in plan.steps {
      switch (step.action, step.object) {
      case (.stop, .container(let id)): active.remove(id)
      case (.removeContainer, .container(let id)):
        #expect(!active.contains(id), "the engine refuses a running container")
        containers.remove(id)
      case (.removeImage, .image(let id)):
        let users = store.containers.filter { $0.imageID == id && containers.contains($0.id) }
        #expect(users.isEmpty, "the engine refuses an image in use")
        #expect(!images.contains { $0.parent == id }, "and one with children")
        images.removeAll { $0.id == id }
      case (.removeVolume, .volume(let name)):
        let users = store.containers.filter { containers.contains($0.id) }
        #expect(!users.contains { $0.volumes.contains(name) }, "the engine refuses it")
      case (.removeNetwork, .network(let id)):
        let name = store.networks.first { $0.id == id }?.name ?? ""
        let users = store.containers.filter { containers.contains($0.id) }
        #expect(!users.contains { $0.networks.contains(name) }, "stopped ones need it too")
      case (.removeBuildCache, .buildCache(let id)):
        #expect(!records.contains { $0.parents.contains(id) }, "BuildKit keeps parents")
        records.removeAll { $0.id == id }
      default: break
      }
    }
  }

  @Test(arguments: seeds)
  func addingAKeepRuleNeverGrowsAPlan(seed: UInt64) throws {
    let store = RandomSnapshot(seed: seed).snapshot
    var kept = RandomPolicy(seed: seed)
    kept.keepImages.append(RandomPolicy.keepImageRule(seed: seed &+ 1))
    kept.keepContainers.append(RandomPolicy.keepContainerRule(seed: seed &+ 1))
    guard let before = try plan(seed, store) else { return }
    let policy = try RetentionPolicy(reading: kept.text, from: "random", named: "random")
    guard let after = try? Planner.plan(store, policy, at: now) else { return }
    let removed = Set(before.steps.filter { $0.action != .untag }.map(\.object))
    #expect(Set(after.steps.filter { $0.action != .untag }.map(\.object)).isSubset(of: removed))
    #expect(after.frees.content.atMost <= before.frees.content.atMost)
  }

  @Test(arguments: seeds)
  func figuresOfTheDiskAddUpAndNoneIsNegativeOrAboveTheWhole(seed: UInt64) throws {
    let store = RandomSnapshot(seed: seed, losingHistories: seed % 2 == 0)
    let usage = DiskUsage(measuring: store.snapshot, under: try policy(seed), at: now)
    for kind in usage.kinds {
      #expect(kind.active >= 0 && kind.active <= kind.total)
      #expect(kind.size.atLeast >= 0 && kind.reclaimable.atLeast >= 0)
      #expect(kind.reclaimable.atMost <= kind.size.atMost, "\(kind.name)")
    }
    for row in usage.images {
      #expect(row.unique.content.atLeast >= 0 && row.unique.content.atMost <= row.image.size)
      #expect(row.shared.atMost <= row.image.size)
      let sum = row.unique.content + row.shared
      #expect(sum.atLeast <= row.image.size && row.image.size <= sum.atMost)
    }
  }
}

extension RemovalPlan {
  fileprivate func removes(_ object: ObjectID) -> Bool {
    steps.contains { $0.action == .removeContainer && $0.object == object }
  }
}

extension RandomSnapshot {
  /// What is on disk: layers that an image or a container holds, and writable layers.
  fileprivate func bytes(in snapshot: Snapshot) -> Int64 {
    let holders = snapshot.images.map(\.id) + snapshot.containers.map(\.imageID)
    let held = Set(holders.flatMap { layers[$0] ?? [] })
    return held.reduce(0) { $0 + $1.size }
      + snapshot.containers.reduce(0) { $0 + ($1.writableSize ?? 0) }
  }
}

extension Snapshot {
  /// The host once a plan has been carried out.
  fileprivate func after(_ plan: RemovalPlan, at now: Timestamp) -> Snapshot {
    var host = self
    for step in plan.steps {
      switch (step.action, step.object) {
      case (.stop, .container(let id)):
        for place in host.containers.indices where host.containers[place].id == id {
          host.containers[place].state = .exited
          host.containers[place].finishedAt = now
        }
      case (.removeContainer, .container(let id)): host.containers.removeAll { $0.id == id }
      case (.untag, .image(let id)):
        for place in host.images.indices where host.images[place].id == id {
          host.images[place].references.removeAll { $0 == step.reference }
          host.images[place].digests.removeAll { $0 == step.reference }
        }
      case (.removeImage, .image(let id)): host.images.removeAll { $0.id == id }
      case (.removeVolume, .volume(let name)): host.volumes.removeAll { $0.name == name }
      case (.removeNetwork, .network(let id)): host.networks.removeAll { $0.id == id }
      case (.removeBuildCache, .buildCache(let id)): host.buildCache?.removeAll { $0.id == id }
      default: break
      }
    }
    // An index remembers that containers used them until now.
    for place in host.volumes.indices
    where containers.contains(where: { $0.volumes.contains(host.volumes[place].name) }) {
      host.volumes[place].lastUsed = now
    }
    for place in host.networks.indices
    where containers.contains(where: { $0.networks.contains(host.networks[place].name) }) {
      host.networks[place].lastUsed = now
    }
    // What is gone but still held stays known.
    host.departedImages += images.filter { image in
      !host.images.contains { $0.id == image.id }
        && host.containers.contains { $0.imageID == image.id }
    }
    return host
  }
}
