import Inventory
import Testing

@testable import Policy

private func removing(_ rule: String) throws -> RetentionPolicy {
  try policy("remove:\n  images:\n    - {\(rule)}\n")
}

private func keeping(_ rule: String) throws -> RetentionPolicy {
  try policy("keep:\n  images:\n    - {\(rule)}\nremove:\n  images:\n    - all: true\n")
}

@Test func allMatchesEveryUnusedImage() throws {
  #expect(try removing("all: true").removed([image("a", ["a:1"]), image("b")]) == ["a", "b"])
}

@Test func imageLabelMatches() throws {
  let all = [image("a", labels: ["x": "1"]), image("b")]
  #expect(try removing("label: x=1").removed(all) == ["a"])
}

@Test func danglingIsNoTagAndNoChild() throws {
  let all = [
    image("tagged", ["a:1"], parent: "base"), image("base"), image("dangling"),
    image("pinned", digests: ["a@sha256:00"]),
  ]
  #expect(try removing("dangling: true").removed(all) == ["dangling", "pinned"])
  #expect(try removing("dangling: false, all: true").verdict(on: all[2])?.reason.code == .noRule)
  #expect(try removing("dangling: false").removed([all[0], all[2], all[3]]) == ["tagged"])
}

@Test func imageCreatedBeforeIsTheBuildDate() throws {
  let all = [
    image("old", created: try ago("31d"), firstSeen: now), image("new", created: try ago("3d")),
    image("unknown"),
  ]
  #expect(try removing("created-before: 30d").removed(all) == ["old"])
}

@Test func unusedForCountsFromTheLastOfUseTagAndFirstSight() throws {
  let (old, new) = (try ago("14d"), try ago("13d"))
  let all = [
    image("old", lastTagged: old, firstSeen: old, lastUsed: old),
    image("used", lastTagged: old, firstSeen: old, lastUsed: new),
    image("tagged", lastTagged: new, firstSeen: old, lastUsed: old),
    image("seen", firstSeen: new), image("unknown", created: try ago("900d")),
    image("onlySeen", firstSeen: old),
  ]
  #expect(try removing("unused-for: 14d").removed(all) == ["old", "onlySeen"])
}

@Test func imageUsedByStoppedContainerIsKept() throws {
  let users = ["d", "c", "b", "a"].map { container($0, of: "a") }
  let verdict = try removing("all: true").verdict(on: image("a", ["a:1"]), users)
  #expect(verdict?.reason == Reason(.inUse, detail: "used by a, b, c and 1 more"))
}

@Test func imageWhoseContainersAreRemovedIsUnused() throws {
  let text = "remove:\n  containers:\n    - all: true\n  images:\n    - unused-for: 14d\n"
  let old = image("a", firstSeen: try ago("20d"), lastUsed: try ago("14d"))
  let recent = image("b", firstSeen: try ago("20d"), lastUsed: try ago("1d"))
  let containers = [container("x", of: "a"), container("y", of: "b")]
  #expect(try policy(text).removed([old, recent], containers) == ["a"])
}

@Test func containerOfAMovedTagDoesNotUseTheImageThatHasTheTagNow() throws {
  var user = container("x", of: "old")
  user.image = "app:1"
  let now = image("new", ["app:1"])
  #expect(try removing("all: true").removed([now, image("old")], [user]) == ["new"])
}

@Test func containerWithoutImageIDUsesWhatItsImageNameMeans() throws {
  for name in ["app", "docker.io/library/app:latest"] {
    var user = container("x", of: "")
    user.image = name
    let verdict = try removing("all: true").verdict(on: image("a", ["app:latest"]), [user])
    #expect(verdict?.reason.code == .inUse)
  }
}

@Test func theImageBalaiRunsFromIsKept() throws {
  let own = container("0123456789abcdef", of: "a")
  let verdict = try removing("all: true").verdict(
    on: image("a"), [own], runningIn: ContainerID("0123456789ab"))
  #expect(verdict?.reason.code == .runsBalai)
}

@Test func keptReferenceKeepsTheImageWithAllItsTags() throws {
  let both = image("a", ["app:1", "team/app:1"])
  #expect(try keeping("reference: app").verdict(on: both)?.reason.code == .keepRule)
  let pinned = image("b", ["x:1"], digests: ["x@sha256:00"])
  #expect(try keeping("reference: x@sha256:00").verdict(on: pinned)?.reason.code == .keepRule)
}

@Test func removedReferencesAreTakenAwayAndTheImageStaysWithTheOthers() throws {
  let both = image("a", ["app:1", "app:2", "team/app:1"])
  guard case .untag(let references, let reason) = try removing("reference: app").verdict(on: both)
  else {
    Issue.record("not untagged")
    return
  }
  #expect(references == ["app:1", "app:2"])
  #expect(reason.detail.hasPrefix("2 of its 3 references"))
}

@Test func imageGoesWhenItsReferencesAreAllSelected() throws {
  let both = image("a", ["app:1", "team/app:1"])
  let rules = "remove:\n  images:\n    - reference: app\n    - reference: team/*\n"
  #expect(try policy(rules).removed([both]) == ["a"])
  #expect(try policy(rules + "    - all: true\n").removed([both]) == ["a"])
}

@Test func referenceMatchesUntaggedImagesByDigestPatternsOnly() throws {
  let pinned = image("a", digests: ["app@sha256:00"])
  #expect(try removing("reference: [\"*\", app]").removed([pinned, image("b")]) == [])
  #expect(try removing("reference: \"app@sha256:*\"").removed([pinned, image("b")]) == ["a"])
  let tagged = image("c", ["app:1"], digests: ["app@sha256:00"])
  #expect(try removing("reference: \"app@sha256:*\"").removed([tagged]) == [])
}

@Test func newestKeepsSoManyPerRepository() throws {
  let all = try (1...5).map { image("a\($0)", ["app:\($0)"], lastTagged: try ago("\($0)d")) }
  let other = image("b1", ["web:1"], lastTagged: try ago("90d"))
  #expect(try keeping("newest: 2").removed(all + [other, image("c")]) == ["a3", "a4", "a5", "c"])
}

@Test func newestFallsBackToBuildDateThenFirstSightThenID() throws {
  let all = [
    image("seen", ["app:1"], firstSeen: try ago("3d")),
    image("built", ["app:2"], created: try ago("2d"), firstSeen: try ago("9d")),
    image("tagged", ["app:3"], created: try ago("1h"), lastTagged: try ago("4d")),
    image("unknown2", ["app:4"]), image("unknown1", ["app:5"]),
  ]
  let order = ["built", "seen", "tagged", "unknown1", "unknown2"]
  for count in 1...4 {
    let removed = try keeping("newest: \(count)").removed(all)
    #expect(Set(removed) == Set(order.dropFirst(count)))
  }
}

@Test func newestCountsAmongWhatTheRulesOtherKeysMatch() throws {
  let all = try (1...4).map {
    image("a\($0)", ["app:\($0)"], labels: $0 > 2 ? ["x": ""] : [:], lastTagged: try ago("\($0)d"))
  }
  #expect(try keeping("newest: 1, label: x").removed(all) == ["a1", "a2", "a4"])
}

@Test func graceOfAnImageIgnoresItsBuildDate() throws {
  let policy = try policy("grace: 1h\nremove:\n  images:\n    - all: true\n")
  let built = image("a", created: now, firstSeen: try ago("2h"))
  let tagged = image(
    "b", created: try ago("9d"), lastTagged: try ago("59m"), firstSeen: try ago("2h"))
  let seen = image("c", created: try ago("9d"), firstSeen: try ago("59m"))
  let unknown = image("d", created: try ago("9d"))
  #expect(policy.removed([built, tagged, seen, unknown]) == ["a"])
  #expect(policy.verdict(on: unknown)?.reason.code == .grace)
  #expect(try removing("all: true").removed([unknown, seen]) == ["d", "c"])
}
