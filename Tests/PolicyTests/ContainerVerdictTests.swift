import Inventory
import Testing

@testable import Policy

private func removing(_ rule: String) throws -> RetentionPolicy {
  try policy("remove:\n  containers:\n    - {\(rule)}\n")
}

@Test func allMatchesEveryStoppedContainer() throws {
  #expect(try removing("all: true").removed([container("a"), container("b")]) == ["a", "b"])
}

@Test func labelMatchesByKeyAndValue() throws {
  let red = container("red", labels: ["team": "red"])
  let blue = container("blue", labels: ["team": "blue"])
  let none = container("none")
  let all = [red, blue, none]
  #expect(try removing("label: team").removed(all) == ["red", "blue"])
  #expect(try removing("label: team=red").removed(all) == ["red"])
  #expect(try removing("label: team!=red").removed(all) == ["blue", "none"])
  #expect(try removing("label: [team=red, team=blue]").removed(all) == ["red", "blue"])
}

@Test func nameMatchesTheWholeName() throws {
  let all = [container("web-1"), container("web-10"), container("my-web-1")]
  #expect(try removing("name: \"web-?\"").removed(all) == ["web-1"])
  #expect(try removing("name: [web-10, \"my*\"]").removed(all) == ["web-10", "my-web-1"])
}

@Test func statusMatchesTheEnginesWord() throws {
  let all = [container("a", state: .created), container("b"), container("c", state: .dead)]
  #expect(try removing("status: [created, dead]").removed(all) == ["a", "c"])
}

@Test func createdBeforeTakesAgeOrDate() throws {
  let all = [
    container("new", created: try ago("29d")), container("edge", created: try ago("30d")),
    container("old", created: try ago("31d")),
  ]
  #expect(try removing("created-before: 30d").removed(all) == ["old"])
  let date = try ago("30d").rfc3339
  #expect(try removing("created-before: \"\(date)\"").removed(all) == ["old"])
  #expect(try removing("created-before: 2027-01-15").removed(all) == ["new", "edge", "old"])
  #expect(try removing("created-before: 2026-12-16").removed(all) == ["old"])
}

@Test func stoppedForCountsFromTheEndAndElseFromCreationIfNeverStarted() throws {
  let all = [
    container("fresh", startedAt: try ago("9d"), finishedAt: try ago("23h")),
    container("edge", startedAt: try ago("9d"), finishedAt: try ago("24h")),
    container("unknown", startedAt: try ago("9d")),
    container("never", state: .created, created: try ago("25h")),
    container("justCreated", state: .created, created: try ago("1h")),
    container("running", state: .running, startedAt: try ago("9d"), finishedAt: try ago("10d")),
  ]
  #expect(try removing("stopped-for: 24h").removed(all) == ["edge", "never"])
}

@Test func keysOfARuleMustAllMatch() throws {
  let all = [container("a", labels: ["x": ""]), container("b"), container("c", labels: ["x": ""])]
  #expect(try removing("label: x, name: [b, c]").removed(all) == ["c"])
}

@Test func whatNoRuleMatchesIsKept() throws {
  let verdict = try removing("label: x").verdict(on: container("a"))
  #expect(verdict?.reason.code == .noRule)
}

@Test func keepBeatsRemoveAndNamesItsRule() throws {
  let policy = try policy(
    "keep:\n  containers:\n    - name: b\n    - name: a\nremove:\n  containers:\n    - all: true\n")
  let verdict = policy.verdict(on: container("a"))
  #expect(verdict?.reason.code == .keepRule)
  #expect(verdict?.reason.rule?.keyPath == "keep.containers[1]")
}

@Test func theFirstMatchingRuleIsNamed() throws {
  let policy = try policy("remove:\n  containers:\n    - name: x\n    - all: true\n    - name: a\n")
  #expect(policy.verdict(on: container("a"))?.reason.rule?.keyPath == "remove.containers[1]")
}

@Test func nothingYoungerThanTheGraceIsTouched() throws {
  let policy = try policy("grace: 1h\nremove:\n  containers:\n    - all: true\n")
  let created = container("a", state: .created, created: try ago("59m"))
  let stopped = container("b", startedAt: try ago("9d"), finishedAt: try ago("59m"))
  var old = container("c", startedAt: try ago("9d"), finishedAt: try ago("1h"))
  // A new index has just seen everything for the first time.
  old.firstSeen = now
  let future = container("d", finishedAt: now + .seconds(60))
  #expect(policy.verdict(on: created)?.reason.code == .grace)
  #expect(policy.verdict(on: stopped)?.reason.code == .grace)
  #expect(policy.verdict(on: future)?.reason.code == .grace)
  #expect(policy.removed([old]) == ["c"])
}

@Test(arguments: [ContainerState.running, .paused, .restarting])
func activeContainerIsKeptWithoutAStopRule(state: ContainerState) throws {
  let verdict = try removing("all: true").verdict(on: container("a", state: state))
  #expect(verdict?.reason.code == .active)
}

@Test(arguments: [ContainerState.running, .paused, .restarting])
func activeContainerIsRemovedWhereStopAndRemoveAgree(state: ContainerState) throws {
  let policy = try policy(
    "stop:\n  containers:\n    - all: true\nremove:\n  containers:\n    - status: exited\n")
  guard case .remove(let reason, let stop) = policy.verdict(on: container("a", state: state)) else {
    Issue.record("not removed")
    return
  }
  #expect(reason.rule?.keyPath == "remove.containers[0]")
  #expect(stop?.rule?.keyPath == "stop.containers[0]")
}

@Test func containerThatMayOnlyBeStoppedStays() throws {
  let text =
    "stop:\n  containers:\n    - all: true\nremove:\n  containers:\n    - stopped-for: 1d\n"
  let running = container("a", state: .running, startedAt: try ago("9d"))
  #expect(try policy(text).verdict(on: running)?.isStop == true)
  let graced = text.replacing("stopped-for: 1d", with: "all: true")
  #expect(try policy("grace: 1h\n" + graced).verdict(on: running)?.isStop == true)
}

@Test func containerThatRemovesItselfIsOnlyStoppedWhereItMayBeRemoved() throws {
  let running = container("a", state: .running, autoRemove: true)
  let stop = "stop:\n  containers:\n    - all: true\n"
  #expect(try policy(stop).verdict(on: running)?.reason.code == .removesItself)
  let both = stop + "remove:\n  containers:\n    - all: true\n"
  #expect(try policy(both).verdict(on: running)?.isRemoval == true)
}

@Test func runningForCountsFromTheStart() throws {
  let policy = try policy("stop:\n  containers:\n    - running-for: 6h\n")
  let long = container("a", state: .running, startedAt: try ago("6h"))
  let short = container("b", state: .running, startedAt: try ago("5h"))
  let unknown = container("c", state: .running)
  let stopped = container("d", startedAt: try ago("9h"), finishedAt: try ago("1h"))
  #expect(policy.verdict(on: long)?.isStop == true)
  for other in [short, unknown, stopped] { #expect(policy.verdict(on: other)?.isStop == false) }
}

@Test func unknownStateIsAlwaysKept() throws {
  let policy = try policy(
    "stop:\n  containers:\n    - all: true\nremove:\n  containers:\n    - all: true\n")
  #expect(policy.verdict(on: container("a", state: .unknown("odd")))?.reason.code == .active)
}

@Test func theContainerBalaiRunsInIsKept() throws {
  let id = String(repeating: "ab", count: 32)
  let policy = try removing("all: true")
  let own = container(id)
  #expect(policy.verdict(on: own, runningIn: ContainerID(id))?.reason.code == .runsBalai)
  #expect(
    policy.verdict(on: own, runningIn: ContainerID(id.prefix(12)))?.reason.code == .runsBalai)
  #expect(policy.verdict(on: own, runningIn: ContainerID("ab"))?.isRemoval == true)
  #expect(policy.verdict(on: own, runningIn: ContainerID(""))?.isRemoval == true)
}

extension ContainerVerdict {
  fileprivate var isStop: Bool { if case .stop = self { true } else { false } }
}

@Test func containerIsInUseWhileOneThatStaysUsesItsNamespaces() throws {
  let policy = try removing("name: \"x*\"")
  var (inner, middle, outer) = (container("x1"), container("x2"), container("y2"))
  middle.hosts = [.pid: inner.id]
  outer.hosts = [.network: middle.id, .ipc: middle.id]
  let verdicts = policy.verdicts(
    on: snapshot([], [inner, middle, outer]), at: now, runningIn: nil
  ).containers
  #expect(
    verdicts[middle.id]
      == .keep(Reason(.inUse, detail: "container 'y2' uses its network and IPC namespace")))
  #expect(
    verdicts[inner.id] == .keep(Reason(.inUse, detail: "container 'x2' uses its PID namespace")))
  #expect(try removing("all: true").removed([inner, middle, outer]) == ["x1", "x2", "y2"])
  outer.hosts = nil
  #expect(policy.removed([inner, middle, outer]) == ["x1", "x2"])
}
