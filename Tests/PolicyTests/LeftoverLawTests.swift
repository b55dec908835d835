import Inventory
import TestSupport
import Testing

@testable import Policy

private let seeds = 0..<UInt64(300)

/// Without images, which leave nothing behind.
private func host(_ seed: UInt64) -> Snapshot {
  RandomSnapshot(seed: seed, images: 0, buildCache: 16).snapshot
}

private func judge(_ policy: RandomPolicy, _ store: Snapshot) throws -> Verdicts {
  let policy = try RetentionPolicy(reading: policy.text, from: "random", named: "random")
  return policy.verdicts(on: store, at: RandomSnapshot.now, runningIn: nil)
}

extension Verdicts {
  /// Everything but containers and images, with what is said of it.
  fileprivate var leftovers: [ObjectID: ObjectVerdict] {
    var all: [ObjectID: ObjectVerdict] = [:]
    for (name, verdict) in volumes { all[.volume(name)] = verdict }
    for (id, verdict) in networks { all[.network(id)] = verdict }
    for (id, verdict) in buildCache { all[.buildCache(id)] = verdict }
    return all
  }

  fileprivate var removedLeftovers: Set<ObjectID> {
    Set(leftovers.filter { $1.isRemoval }.keys)
  }
}

@Test func everyLeftoverHasOneVerdictAndTheSameOneTwice() throws {
  for seed in seeds {
    let store = host(seed)
    let verdicts = try judge(RandomPolicy(seed: seed), store)
    #expect(Set(verdicts.volumes.keys) == Set(store.volumes.map(\.name)))
    #expect(Set(verdicts.networks.keys) == Set(store.networks.map(\.id)))
    #expect(Set(verdicts.buildCache.keys) == Set(store.buildCache?.map(\.id) ?? []))
    #expect(try judge(RandomPolicy(seed: seed), store) == verdicts)
  }
}

@Test func noVolumeOrNetworkOfAContainerThatStaysIsRemoved() throws {
  var (removed, used) = (0, 0)
  for seed in seeds {
    let store = host(seed)
    let verdicts = try judge(RandomPolicy(seed: seed), store)
    let names = Dictionary(uniqueKeysWithValues: store.networks.map { ($0.name, $0.id) })
    for container in store.containers where verdicts.containers[container.id]?.isRemoval != true {
      for volume in container.volumes {
        #expect(verdicts.volumes[volume]?.reason.code == .inUse)
        used += 1
      }
      for network in container.networks {
        #expect(names[network].flatMap { verdicts.networks[$0]?.isRemoval } != true)
        used += 1
      }
    }
    for record in store.buildCache ?? [] where record.inUse {
      #expect(verdicts.buildCache[record.id]?.reason.code == .inUse)
    }
    removed += verdicts.removedLeftovers.count
  }
  #expect(removed > 1_000 && used > 1_000, "the law was not put to the test")
}

@Test func networksOfTheEngineAndOfSwarmsAreNeverSelected() throws {
  var owned = 0
  for seed in seeds {
    let store = host(seed)
    var policy = RandomPolicy(seed: seed)
    policy.removeNetworks.append("{all: true}")
    let verdicts = try judge(policy, store)
    for network in store.networks where network.isBuiltIn || network.scope == "swarm" {
      #expect(verdicts.networks[network.id]?.reason.code == .engineOwned)
      owned += 1
    }
  }
  #expect(owned > 500, "the law was not put to the test")
}

@Test func namedVolumesGoOnlyWhereTheDecidingRuleHasAName() throws {
  var named = 0
  for seed in seeds {
    let store = host(seed)
    let verdicts = try judge(RandomPolicy(seed: seed), store)
    for volume in store.volumes where !volume.isAnonymous {
      guard case .remove(let reason)? = verdicts.volumes[volume.name] else { continue }
      #expect(reason.rule?.text.contains("name: ") == true)
      named += 1
    }
    var nameless = RandomPolicy(seed: seed)
    nameless.removeVolumes.removeAll { $0.contains("name: ") }
    for (name, verdict) in try judge(nameless, store).volumes where verdict.isRemoval {
      #expect(store.volumes.contains { $0.name == name && $0.isAnonymous })
    }
  }
  #expect(named > 200, "the law was not put to the test")
}

@Test func noRecordIsRemovedWhileOneMadeFromItStays() throws {
  var (links, held) = (0, 0)
  for seed in seeds {
    let store = host(seed)
    let verdicts = try judge(RandomPolicy(seed: seed), store).buildCache
    for record in store.buildCache ?? [] where verdicts[record.id]?.isRemoval != true {
      for parent in record.parents where parent != "gone" {
        #expect(verdicts[parent]?.isRemoval == false)
        links += 1
      }
      if verdicts[record.id]?.reason.code == .parentOfKept { held += 1 }
    }
  }
  #expect(links > 500 && held > 100, "the law was not put to the test")
}

@Test func oneMoreKeepRuleNeverRemovesMoreLeftovers() throws {
  var spared = 0
  for seed in seeds {
    let store = host(seed)
    let policy = RandomPolicy(seed: seed)
    var more = policy
    more.keepMoreLeftovers(seed: seed &+ 7_000)
    more.keepContainers.append(RandomPolicy.keepContainerRule(seed: seed &+ 8_000))
    let (before, after) = (try judge(policy, store), try judge(more, store))
    #expect(after.removedLeftovers.isSubset(of: before.removedLeftovers))
    spared += before.removedLeftovers.count - after.removedLeftovers.count
  }
  #expect(spared > 100, "the law was not put to the test")
}

@Test func orderOfRulesNeverChangesWhatLeftoversAreRemoved() throws {
  for seed in seeds {
    let store = host(seed)
    let policy = RandomPolicy(seed: seed)
    #expect(
      try judge(policy, store).removedLeftovers
        == judge(policy.shuffled(seed: seed), store).removedLeftovers)
  }
}

@Test func orderOfTheEnginesListsNeverChangesAVerdictOnLeftovers() throws {
  for seed in seeds.prefix(100) {
    var store = host(seed)
    let verdicts = try judge(RandomPolicy(seed: seed), store)
    store.containers.reverse()
    store.volumes.reverse()
    store.networks.reverse()
    store.buildCache?.reverse()
    #expect(try judge(RandomPolicy(seed: seed), store).leftovers == verdicts.leftovers)
  }
}

@Test func leftoversUsedWithinUnusedForAreNeverSelected() throws {
  var selected = 0
  for seed in seeds {
    let store = host(seed)
    var policy = RandomPolicy(seed: seed)
    policy.removeVolumes = ["{unused-for: 14d}"]
    policy.removeNetworks = ["{unused-for: 14d}"]
    policy.removeBuildCache = ["{unused-for: 14d}"]
    let removed = try judge(policy, store).removedLeftovers
    var times: [ObjectID: [Timestamp?]] = [:]
    for volume in store.volumes {
      times[.volume(volume.name)] = [volume.lastUsed, volume.firstSeen, volume.created]
      // Removed in the same run, so used until now.
      #expect(
        !removed.contains(.volume(volume.name))
          || !store.containers.contains { $0.volumes.contains(volume.name) })
    }
    for network in store.networks {
      times[.network(network.id)] = [network.lastUsed, network.firstSeen, network.created]
      #expect(
        !removed.contains(.network(network.id))
          || !store.containers.contains { $0.networks.contains(network.name) })
    }
    for record in store.buildCache ?? [] {
      times[.buildCache(record.id)] = [record.lastUsed ?? record.created]
    }
    for object in removed {
      let known = times[object]?.compactMap(\.self) ?? []
      #expect(!known.isEmpty)
      #expect(known.allSatisfy { RandomSnapshot.now - $0 >= .seconds(14 * 86_400) })
      selected += 1
    }
  }
  #expect(selected > 500, "the law was not put to the test")
}

@Test func hundredThousandContainersAreJudgedWithWhatTheyUse() throws {
  let volumes = (0..<100).map { Volume(name: "data-\($0)") }
  let containers = (0..<100_000).map {
    container(
      "job-\($0)", state: $0 % 2 == 0 ? .running : .exited, finishedAt: now - .seconds(90_000),
      volumes: ["data-\($0 % 100)"], networks: ["bridge"])
  }
  let policy = try policy(
    """
    keep:
      containers:
        - name: ["web-*", "*-db"]
        - label: [balai.keep, team=red]
    stop:
      containers:
        - running-for: 6h
    remove:
      containers:
        - status: [exited, dead]
          stopped-for: 24h
      volumes:
        - name: "*"

    """)
  let host = Snapshot.with(containers, volumes: volumes, networks: [network("bridge")])
  let verdicts = policy.verdicts(on: host, at: now, runningIn: nil)
  #expect(verdicts.containers.values.count { $0.isRemoval } == 50_000)
  #expect(verdicts.volumes.values.count { $0.isRemoval } == 50)
}
