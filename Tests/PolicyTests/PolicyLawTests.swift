import Inventory
import TestSupport
import Testing

@testable import Policy

private let seeds = 0..<UInt64(300)

private func judge(_ policy: RandomPolicy, _ store: Snapshot) throws -> Verdicts {
  let policy = try RetentionPolicy(reading: policy.text, from: "random", named: "random")
  return policy.verdicts(on: store, at: RandomSnapshot.now, runningIn: nil)
}

extension Verdicts {
  fileprivate var removedImages: Set<ImageID> { Set(images.filter { $1.isRemoval }.keys) }
  fileprivate var removedContainers: Set<ContainerID> {
    Set(containers.filter { $1.isRemoval }.keys)
  }
}

extension ImageVerdict {
  /// What happens, without the reason.
  fileprivate var outcome: [String] {
    if case .untag(let references, _) = self { return ["untag"] + references }
    return [decision.rawValue]
  }
}

extension ContainerVerdict {
  fileprivate var outcome: String {
    if case .remove(_, .some) = self { return "stop and remove" }
    return decision.rawValue
  }
}

@Test func everyObjectHasOneVerdictAndTheSameOneTwice() throws {
  for seed in seeds {
    let store = RandomSnapshot(seed: seed).snapshot
    let verdicts = try judge(RandomPolicy(seed: seed), store)
    #expect(Set(verdicts.images.keys) == Set(store.images.map(\.id)))
    #expect(Set(verdicts.containers.keys) == Set(store.containers.map(\.id)))
    #expect(try judge(RandomPolicy(seed: seed), store) == verdicts)
  }
}

@Test func nothingInUseIsEverRemoved() throws {
  var (removed, used) = (0, 0)
  for seed in seeds {
    let store = RandomSnapshot(seed: seed).snapshot
    let verdicts = try judge(RandomPolicy(seed: seed), store)
    for container in store.containers where verdicts.containers[container.id]?.isRemoval != true {
      #expect(!verdicts.removedImages.contains(container.imageID))
      used += 1
    }
    removed += verdicts.removedImages.count
  }
  #expect(removed > 500 && used > 500, "the law was not put to the test")
}

@Test func activeContainersNeedAStopRuleAndUnknownStatesAreKept() throws {
  for seed in seeds {
    let store = RandomSnapshot(seed: seed).snapshot
    let verdicts = try judge(RandomPolicy(seed: seed), store)
    for container in store.containers {
      switch (container.state, verdicts.containers[container.id]) {
      case (.unknown, let verdict): #expect(verdict?.decision == .keep)
      case (let state, .remove(_, let stop)): #expect(state.isActive == (stop != nil))
      case (let state, .stop): #expect(state.isActive && !container.autoRemove)
      default: break
      }
    }
  }
}

@Test func aParentOfAKeptImageIsNeverRemoved() throws {
  var links = 0
  for seed in seeds {
    let store = RandomSnapshot(seed: seed).snapshot
    let removed = try judge(RandomPolicy(seed: seed), store).removedImages
    for image in store.images where !removed.contains(image.id) {
      guard let parent = image.parent else { continue }
      #expect(!removed.contains(parent))
      links += 1
    }
  }
  #expect(links > 500, "the law was not put to the test")
}

@Test func oneMoreKeepRuleNeverRemovesMore() throws {
  var spared = 0
  for seed in seeds {
    let store = RandomSnapshot(seed: seed).snapshot
    let policy = RandomPolicy(seed: seed)
    var more = policy
    more.keepImages.append(RandomPolicy.keepImageRule(seed: seed &+ 9_000))
    more.keepContainers.append(RandomPolicy.keepContainerRule(seed: seed &+ 8_000))
    let (before, after) = (try judge(policy, store), try judge(more, store))
    #expect(after.removedImages.isSubset(of: before.removedImages))
    #expect(after.removedContainers.isSubset(of: before.removedContainers))
    spared += before.removedImages.count - after.removedImages.count
  }
  #expect(spared > 100, "the law was not put to the test")
}

@Test func orderOfRulesNeverChangesADecision() throws {
  for seed in seeds {
    let store = RandomSnapshot(seed: seed).snapshot
    let policy = RandomPolicy(seed: seed)
    let (one, other) = (try judge(policy, store), try judge(policy.shuffled(seed: seed), store))
    #expect(one.images.mapValues(\.outcome) == other.images.mapValues(\.outcome))
    #expect(one.containers.mapValues(\.outcome) == other.containers.mapValues(\.outcome))
  }
}

@Test func orderOfTheEnginesListsNeverChangesAVerdict() throws {
  for seed in seeds.prefix(100) {
    var store = RandomSnapshot(seed: seed).snapshot
    let verdicts = try judge(RandomPolicy(seed: seed), store)
    store.images.reverse()
    store.containers.reverse()
    #expect(try judge(RandomPolicy(seed: seed), store) == verdicts)
  }
}

@Test func newestKeepsSoManyOfEachRepository() throws {
  for seed in seeds {
    let store = RandomSnapshot(seed: seed, containers: 0).snapshot
    var policy = RandomPolicy(seed: seed)
    policy.keepImages = ["{newest: 2}"]
    policy.removeImages = ["{all: true}"]
    let removed = try judge(policy, store).removedImages
    var repositories: [Substring: [ImageID]] = [:]
    for image in store.images {
      for repository in Set(image.references.map({ ReferencePattern.repository(of: $0) })) {
        repositories[repository, default: []].append(image.id)
      }
    }
    for images in repositories.values {
      #expect(images.count { !removed.contains($0) } >= min(2, images.count))
    }
  }
}

@Test func unusedForNeverSelectsWhatWasUsedWithinIt() throws {
  var selected = 0
  for seed in seeds {
    let store = RandomSnapshot(seed: seed).snapshot
    var policy = RandomPolicy(seed: seed)
    policy.removeImages = ["{unused-for: 14d}"]
    let verdicts = try judge(policy, store)
    for image in store.images where verdicts.images[image.id]?.reason.code == .removeRule {
      let times = [image.lastUsed, image.lastTagged, image.firstSeen].compactMap(\.self)
      #expect(!times.isEmpty)
      #expect(times.allSatisfy { RandomSnapshot.now - $0 >= .seconds(14 * 86_400) })
      selected += 1
    }
  }
  #expect(selected > 100, "the law was not put to the test")
}

@Test func onlySelectedReferencesAreTakenAwayAndNeverAll() throws {
  var untagged = 0
  for seed in seeds {
    let store = RandomSnapshot(seed: seed).snapshot
    let verdicts = try judge(RandomPolicy(seed: seed), store)
    for image in store.images {
      guard case .untag(let references, _)? = verdicts.images[image.id] else { continue }
      #expect(!references.isEmpty)
      #expect(
        Set(references).isStrictSubset(of: image.isUntagged ? image.digests : image.references))
      untagged += 1
    }
  }
  #expect(untagged > 50, "the law was not put to the test")
}

@Test func everyReasonFitsItsVerdict() throws {
  var seen: Set<Reason.Code> = []
  for seed in seeds {
    let verdicts = try judge(RandomPolicy(seed: seed), RandomSnapshot(seed: seed).snapshot)
    for verdict in verdicts.images.values {
      let code = verdict.reason.code
      seen.insert(code)
      #expect((verdict.decision == .keep) != [.removeRule, .parentOfRemoved].contains(code))
      #expect((verdict.reason.rule != nil) == [.removeRule, .keepRule].contains(code))
    }
    for verdict in verdicts.containers.values { seen.insert(verdict.reason.code) }
    for verdicts in [verdicts.volumes, verdicts.networks, verdicts.buildCache] {
      for verdict in verdicts.values {
        let code = verdict.reason.code
        seen.insert(code)
        #expect(verdict.isRemoval == (code == .removeRule))
        #expect((verdict.reason.rule != nil) == [.removeRule, .keepRule].contains(code))
      }
    }
  }
  // Random stores have no projects, no swarm and no activity: see `ProtectionTests.swift`.
  let unseen: Set<Reason.Code> = [.runsBalai, .activity, .projectNeeds, .swarmTask, .enoughSpace]
  #expect(seen == Set(Reason.Code.allCases).subtracting(unseen))
}

@Test func tenThousandImagesAndContainersAreJudged() throws {
  let store = RandomSnapshot(seed: 1, images: 10_000, containers: 10_000).snapshot
  var policy = RandomPolicy(seed: 3)
  policy.keepImages = ["{newest: 3}", "{reference: [\"*/*:*\", \"team/*\"]}"]
  policy.removeImages = ["{reference: \"*:*-*\"}", "{unused-for: 14d}"]
  let verdicts = try judge(policy, store)
  #expect(verdicts.images.count == 10_000)
  #expect(verdicts.containers.count == 10_000)
  #expect(verdicts.removedImages.count > 100)
}

@Test func randomStoresAreTrueToThemselves() {
  for seed in seeds.prefix(50) {
    let store = RandomSnapshot(seed: seed)
    var sizes: [String: Int64] = [:]
    for image in store.snapshot.images {
      let layers = store.layers[image.id] ?? []
      #expect(image.content?.diffs == layers.map(\.diff))
      #expect(image.size == layers.reduce(0) { $0 + $1.size })
      #expect(image.content?.history.reduce(0) { $0 + $1.size } == image.size)
      for layer in layers {
        #expect(sizes.updateValue(layer.size, forKey: layer.chainID) ?? layer.size == layer.size)
      }
    }
  }
}
