import Inventory
import Testing

@testable import Policy

private let chain = [
  image("app", ["app:1"], parent: "step2"), image("step2", parent: "step1"),
  image("step1", parent: "base"), image("base", ["base:1"]),
]

private func removing(_ rules: String...) throws -> RetentionPolicy {
  try policy("remove:\n  images:\n" + rules.map { "    - {\($0)}\n" }.joined())
}

@Test func intermediateImagesGoWithTheImageBuiltFromThem() throws {
  let policy = try removing("reference: app")
  #expect(policy.removed(chain) == ["app", "step2", "step1"])
  let verdict = policy.verdict(on: chain[1], among: [chain[0], chain[2], chain[3]])
  #expect(verdict?.reason.code == .parentOfRemoved)
}

@Test func parentThatOnlyADigestNamesIsDanglingOnceItsChildrenAreGone() throws {
  var pulled = image("pulled")
  pulled.digests = ["base@sha256:1"]
  let child = image("app", ["app:1"], parent: "pulled")
  #expect(try removing("reference: app").removed([child, pulled]) == ["app"])
  #expect(
    try removing("reference: app", "dangling: true").removed([child, pulled]) == ["app", "pulled"])
  #expect(try removing("dangling: true").removed([child, pulled]) == [])
}

@Test func intermediateImageStaysForAnotherChild() throws {
  let other = image("other", ["other:1"], parent: "step1")
  let policy = try removing("reference: app")
  #expect(policy.removed(chain + [other]) == ["app", "step2"])
}

@Test func parentOfAnImageThatStaysIsKept() throws {
  let policy = try removing("reference: base")
  #expect(policy.removed(chain) == [])
  let verdict = policy.verdict(on: chain[3], among: Array(chain.prefix(3)))
  #expect(verdict?.reason == Reason(.parentOfKept, detail: "step1 was built from it"))
}

@Test func parentOfAnImageInUseIsKeptThroughTheWholeChain() throws {
  #expect(try removing("all: true").removed(chain, [container("x", of: "app")]) == [])
  #expect(
    try removing("all: true").removed(chain, [container("x", of: "step1")]) == ["app", "step2"])
}

@Test func intermediateImageThatARuleKeepsStays() throws {
  var labelled = chain
  labelled[1].labels = ["x": ""]
  let policy = try policy(
    "keep:\n  images:\n    - label: x\nremove:\n  images:\n    - reference: app\n")
  #expect(policy.removed(labelled) == ["app"])
}

@Test(arguments: ["reference: app", "all: true", "dangling: false"])
func parentThatIsDanglingOnceItsChildrenAreGoneIsKeptAsSuch(rule: String) throws {
  let images = [
    image("app", ["app:1"], parent: "step2"), image("step2", parent: "step1"), image("step1"),
  ]
  let policy = try policy(
    "keep:\n  images:\n    - dangling: true\nremove:\n  images:\n    - \(rule)\n")
  #expect(policy.removed(images) == ["app"])
  let verdict = policy.verdict(on: images[1], among: [images[0], images[2]])
  #expect(verdict?.reason.code == .keepRule)
  #expect(verdict?.reason.rule?.keyPath == "keep.images[0]")
  var pulled = images[1]
  pulled.digests = ["base@sha256:1"]
  #expect(policy.removed([images[0], pulled]) == ["app"])
}

@Test func keptOrphanStillHasARuleThatHoldsIt() throws {
  let images = [image("app", ["app:1"], parent: "step"), image("step")]
  let policy = try policy(
    "keep:\n  images:\n    - dangling: true\nremove:\n  images:\n    - all: true\n")
  let weighing = policy.weighing(
    of: .image(images[1].id), on: snapshot(images), at: now, runningIn: nil)
  #expect(weighing?.decision == .keep)
  #expect(weighing?.rules.map(\.matches) == [true, true])
  #expect(weighing?.changes == ["without the rule keep.images[0]: remove (remove.images[0])"])
}

@Test func intermediateImageHasItsOwnGrace() throws {
  let policy = try policy("grace: 1h\nremove:\n  images:\n    - reference: app\n")
  var seen = chain
  for index in seen.indices { seen[index].firstSeen = try ago("2h") }
  #expect(policy.removed(seen) == ["app", "step2", "step1"])
  seen[2].firstSeen = now
  #expect(policy.removed(seen) == ["app", "step2"])
}

@Test func tagsOfAParentThatStaysCanStillGo() throws {
  let base = image("base", ["base:1", "old:1"])
  let verdict = try removing("reference: old").verdict(on: base, among: Array(chain.prefix(3)))
  guard case .untag(["old:1"], _) = verdict else {
    Issue.record("\(String(describing: verdict))")
    return
  }
}

@Test func imagePulledByDigestIsNoIntermediateImage() throws {
  let pinned = image("base", digests: ["base@sha256:00"])
  #expect(
    try removing("reference: app").removed(Array(chain.prefix(3)) + [pinned])
      == ["app", "step2", "step1"])
}

@Test func imagesThatAreTheirOwnAncestorsAreKept() throws {
  let images = [
    image("a", parent: "b"), image("b", parent: "a"), image("c", parent: "c"),
    image("d", parent: "a"),
  ]
  #expect(try removing("all: true").removed(images) == ["d"])
}

@Test func parentThatIsNotThereDoesNotMatter() throws {
  #expect(try removing("all: true").removed([image("a", parent: "gone")]) == ["a"])
}

@Test func chainsCanBeThousandsLong() throws {
  let count = 20_000
  let steps = (0..<count).map { image("i\($0)", parent: $0 == 0 ? nil : "i\($0 - 1)") }
  let top = image("top", ["top:1"], parent: "i\(count - 1)")
  #expect(try removing("reference: top").removed(steps + [top]).count == count + 1)
  #expect(try removing("all: true").removed(steps + [top], [container("x", of: "top")]) == [])
}
