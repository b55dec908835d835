import Inventory
import ShippedPolicies
import TestSupport
import Testing

@testable import Policy

/// The findings on a policy, as `kind keyPath`.
private func findings(_ body: String) throws -> [String] {
  try policy(body).findings.map { "\($0.kind.rawValue) \($0.rule.keyPath)" }
}

/// A remove rule beside a keep rule of the same kind, both in flow style.
private func beside(_ kind: String, keep: String, remove: String, stop: String? = nil) throws
  -> [String]
{
  let stops = stop.map { "stop:\n  containers:\n    - {\($0)}\n" } ?? ""
  return try findings(
    "keep:\n  \(kind):\n    - {\(keep)}\n\(stops)remove:\n  \(kind):\n    - {\(remove)}\n")
}

@Suite struct PolicyLintTests {
  @Test(arguments: [
    ("keep", "images", "dangling: true, reference: app"),
    ("keep", "images", "dangling: true, newest: 3"),
    ("remove", "images", "dangling: true, reference: [app, \"ci/*\"]"),
    ("keep", "containers", "status: [running, paused], stopped-for: 1d"),
    ("keep", "containers", "status: [exited, created], running-for: 1d"),
    ("keep", "containers", "stopped-for: 1d, running-for: 1d"),
    ("remove", "networks", "name: [bridge, host]"),
  ])
  func ruleThatNothingCanMatchIsFound(verb: String, kind: String, rule: String) throws {
    let rest = verb == "keep" ? "remove:\n  containers:\n    - all: true\n" : ""
    #expect(
      try findings("\(verb):\n  \(kind):\n    - {\(rule)}\n\(rest)")
        == ["never-matches \(verb).\(kind)[0]"])
  }

  @Test(arguments: [
    ("keep", "images", "dangling: false, reference: app"),
    ("remove", "images", "dangling: true, reference: [app, \"app@*\"]"),
    ("keep", "containers", "status: [running, exited], stopped-for: 1d"),
    ("remove", "networks", "name: [bridge, \"ci_*\"]"),
    ("keep", "networks", "name: bridge"),
  ])
  func ruleThatSomethingCanMatchIsNotFound(verb: String, kind: String, rule: String) throws {
    let rest = verb == "keep" ? "remove:\n  containers:\n    - all: true\n" : ""
    #expect(try findings("\(verb):\n  \(kind):\n    - {\(rule)}\n\(rest)") == [])
  }

  @Test(arguments: [
    ("images", "all: true", "unused-for: 14d"),
    ("images", "unused-for: 7d", "unused-for: 14d, label: ci"),
    ("images", "label: [ci, other]", "label: ci=true"),
    ("images", "reference: [app, web]", "reference: app"),
    ("images", "created-before: 2026-01-31", "created-before: 2026-01-30"),
    ("containers", "status: [exited, dead]", "status: dead, stopped-for: 1d"),
    ("containers", "label: a!=b", "label: \"!a\""),
    ("volumes", "anonymous: true", "unused-for: 1d"),
    ("volumes", "driver: [local, x]", "driver: local, name: a"),
    ("networks", "all: true", "all: true"),
    ("build-cache", "type: regular", "type: regular, unused-for: 1d"),
  ])
  func keepThatSwallowsARemoveIsFound(kind: String, keep: String, remove: String) throws {
    #expect(try beside(kind, keep: keep, remove: remove) == ["swallowed remove.\(kind)[0]"])
  }

  @Test(arguments: [
    ("images", "unused-for: 14d", "unused-for: 7d"),
    ("images", "newest: 3", "unused-for: 14d"),
    // A parent may be dangling once its children are gone.
    ("images", "dangling: true", "dangling: true"),
    ("images", "label: ci=true", "label: ci"),
    ("images", "created-before: 30d", "created-before: 2020-01-31"),
    ("containers", "name: a", "all: true"),
    ("volumes", "anonymous: true", "name: \"*\""),
    ("images", "all: true, label: a", "unused-for: 1d"),
  ])
  func keepThatLeavesSomethingIsNotFound(kind: String, keep: String, remove: String) throws {
    #expect(try beside(kind, keep: keep, remove: remove) == [])
  }

  @Test func keepByStateSwallowsNothingThatIsStoppedFirst() throws {
    let keep = "status: exited"
    #expect(try beside("containers", keep: keep, remove: "status: exited").count == 1)
    #expect(
      try beside("containers", keep: keep, remove: "status: exited", stop: "label: ci") == [])
  }

  @Test func stopRuleWithoutEffectAndRuleThatStandsTwiceAreFound() throws {
    #expect(
      try findings(
        """
        keep:
          containers:
            - label: ci
        stop:
          containers:
            - { label: ci, running-for: 6h }
        remove:
          images:
            - { dangling: true, unused-for: 1d }
            - { unused-for: 24h, dangling: true }
        """) == ["swallowed stop.containers[0]", "duplicate remove.images[1]"])
  }

  @Test func findingSaysWhereAndWhatToDo() throws {
    let finding = try #require(
      try policy("keep:\n  images:\n    - all: true\nremove:\n  images:\n    - all: true\n")
        .findings.first)
    #expect(
      "\(finding)"
        == "8: remove.images[0]: can never remove anything: keep.images[0] in line 5 (all: true) "
        + "keeps all of it; narrow that rule, or take this one away")
  }

  @Test(arguments: ShippedPolicies.all.map(\.name))
  func shippedPolicyHasNoFinding(name: String) throws {
    let text = try #require(ShippedPolicies.all.first { $0.name == name }?.text)
    #expect(try RetentionPolicy(reading: text, from: name, named: name).findings == [])
  }

  /// A rule that is found never decides anything, whatever the host.
  @Test func whatIsFoundToBeIdleNeverDecides() throws {
    var found = 0
    for seed in 0..<UInt64(400) {
      let policy = try RetentionPolicy(
        reading: RandomPolicy(seed: seed).text, from: "random", named: "random")
      let idle = Set(policy.findings.filter { $0.kind != .duplicate }.map(\.rule))
      guard !idle.isEmpty else { continue }
      found += idle.count
      for host in 0..<UInt64(6) {
        let store = RandomSnapshot(seed: seed * 7 + host, buildCache: 8).snapshot
        let verdicts = policy.verdicts(on: store, at: RandomSnapshot.now, runningIn: nil)
        var without = policy
        without.rules.leaveOut(idle)
        let others = without.verdicts(on: store, at: RandomSnapshot.now, runningIn: nil)
        #expect(others.decisions == verdicts.decisions)
      }
    }
    #expect(found > 20, "\(found)")
  }
}

extension Verdicts {
  /// What comes of each object, whatever the reason.
  fileprivate var decisions: [ObjectID: Decision] {
    var all: [ObjectID: Decision] = [:]
    for (id, verdict) in containers { all[.container(id)] = verdict.decision }
    for (id, verdict) in images { all[.image(id)] = verdict.decision }
    for (name, verdict) in volumes { all[.volume(name)] = verdict.decision }
    for (id, verdict) in networks { all[.network(id)] = verdict.decision }
    for (id, verdict) in buildCache { all[.buildCache(id)] = verdict.decision }
    return all
  }
}
