import Inventory
import TestSupport
import Testing

@testable import Policy

private let seeds = 0..<UInt64(60)

/// A random policy, a random store, what is judged of it, and every object in it.
private struct Bench {
  let policy: RetentionPolicy
  let store: Snapshot
  let own: ContainerID?
  let verdicts: Verdicts

  init(seed: UInt64) throws {
    policy = try RetentionPolicy(
      reading: RandomPolicy(seed: seed).text, from: "random", named: "random")
    store =
      RandomSnapshot(
        seed: seed, images: 12, containers: 8, volumes: 6, networks: 6, buildCache: 8
      ).snapshot
    own = seed % 4 == 0 ? store.containers.first?.id : nil
    verdicts = policy.verdicts(on: store, at: RandomSnapshot.now, runningIn: own)
  }

  func weighings() throws -> [Weighing] {
    let objects: [ObjectID] =
      store.containers.map { .container($0.id) } + store.images.map { .image($0.id) }
      + store.volumes.map { .volume($0.name) } + store.networks.map { .network($0.id) }
      + (store.buildCache ?? []).map { .buildCache($0.id) }
    return try objects.map {
      try #require(policy.weighing(of: $0, on: store, at: RandomSnapshot.now, runningIn: own))
    }
  }

  /// The verdict as the judges say it.
  func said(of object: ObjectID) -> (decision: Decision?, reason: Reason?) {
    switch object {
    case .container(let id):
      (verdicts.containers[id]?.decision, verdicts.containers[id]?.reason)
    case .image(let id): (verdicts.images[id]?.decision, verdicts.images[id]?.reason)
    case .volume(let name): (verdicts.volumes[name]?.decision, verdicts.volumes[name]?.reason)
    case .network(let id): (verdicts.networks[id]?.decision, verdicts.networks[id]?.reason)
    case .buildCache(let id):
      (verdicts.buildCache[id]?.decision, verdicts.buildCache[id]?.reason)
    }
  }
}

@Test func weighingSaysWhatTheJudgesSayAndTheDecidingRuleMatches() throws {
  var seen: Set<Reason.Code> = []
  for seed in seeds {
    let bench = try Bench(seed: seed)
    for weighing in try bench.weighings() {
      let said = bench.said(of: weighing.object)
      #expect(weighing.decision == said.decision)
      #expect(weighing.reason == said.reason)
      let matching = weighing.rules.filter(\.matches)
      if let rule = weighing.reason.rule {
        #expect(matching.contains { $0.rule == rule }, "\(weighing.reason)")
      }
      switch weighing.reason.code {
      case .noRule: #expect(matching.isEmpty)
      case .grace, .removeRule: #expect(!matching.contains { $0.verb == .keep })
      default: break
      }
      seen.insert(weighing.reason.code)
    }
  }
  let unseen: Set<Reason.Code> = [.activity, .projectNeeds, .swarmTask, .enoughSpace]
  #expect(seen == Set(Reason.Code.allCases).subtracting(unseen))
}

@Test func weighingNamesEveryRuleOfItsKindAndWhyItDoesNotMatch() throws {
  for seed in seeds {
    let bench = try Bench(seed: seed)
    for weighing in try bench.weighings() {
      let kind = RulePlace.Kind.allCases.first { $0.rawValue.hasPrefix(weighing.object.kind) }
      let places = RulePlace.all.filter { $0.kind == kind }
      #expect(
        weighing.rules.map(\.rule) == places.flatMap { bench.policy.rules.references(at: $0) })
      for rule in weighing.rules {
        #expect(!rule.matches || rule.failing.isEmpty)
        for key in rule.failing where key != "the missing name" {
          #expect(rule.rule.text.contains(key))
        }
        #expect(rule.matchesFrom.map { $0 > RandomSnapshot.now } ?? true)
        if !rule.matches, rule.failing.isEmpty { #expect(rule.verb == .stop) }
      }
    }
  }
}

@Test func ageThatFailsMatchesFromTheTimeOnThatIsSaid() throws {
  var waited = 0
  for seed in seeds {
    let bench = try Bench(seed: seed)
    let used = Set(bench.store.containers.flatMap(\.volumes))
    let objects: [ObjectID] =
      bench.store.containers.filter { !$0.state.isActive }.map { .container($0.id) }
      + bench.store.volumes.filter { !used.contains($0.name) }.map { .volume($0.name) }
    func matches(_ object: ObjectID, _ rule: RuleReference, at time: Timestamp) -> Bool? {
      bench.policy.weighing(of: object, on: bench.store, at: time, runningIn: nil)?.rules
        .first { $0.rule == rule }?.matches
    }
    for object in objects {
      let weighing = try #require(
        bench.policy.weighing(of: object, on: bench.store, at: RandomSnapshot.now, runningIn: nil))
      for rule in weighing.rules {
        guard let time = rule.matchesFrom else { continue }
        #expect(matches(object, rule.rule, at: time - .microseconds(1)) == false)
        #expect(matches(object, rule.rule, at: time) == true)
        waited += 1
      }
    }
  }
  #expect(waited > 50, "the law was not put to the test")
}

@Test func everyVerdictSaysWhatWouldChangeItButWhatTheEngineOwns() throws {
  for seed in seeds {
    for weighing in try Bench(seed: seed).weighings() {
      switch weighing.reason.code {
      case .engineOwned: #expect(weighing.changes.isEmpty)
      default: #expect(!weighing.changes.isEmpty, "\(weighing.reason)")
      }
    }
  }
}
