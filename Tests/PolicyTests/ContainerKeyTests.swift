import Inventory
import Testing

@testable import Policy

private func removing(_ rule: String) throws -> RetentionPolicy {
  try policy("remove:\n  containers:\n    - \(rule)\n")
}

private func ended(_ name: String, _ code: Int?, _ state: ContainerState = .exited) -> Container {
  var ended = container(name, state: state, startedAt: now - .seconds(9), finishedAt: now)
  ended.exitCode = code
  return ended
}

@Test func exitCodeMatchesWhatEndedWithIt() throws {
  let containers = [
    ended("ok", 0), ended("failed", 1), ended("killed", 137), ended("dead", 137, .dead),
    ended("unknown", nil), container("created", state: .created),
  ]
  #expect(try removing("exit-code: 0").removed(containers) == ["ok"])
  #expect(try removing("exit-code: [0, 130-140]").removed(containers) == ["ok", "killed", "dead"])
  #expect(
    try removing("exit-code: 0-255").removed(containers) == ["ok", "failed", "killed", "dead"])
}

@Test func exitCodeOfWhatRunsIsUnknown() throws {
  let text =
    "stop:\n  containers:\n    - all: true\nremove:\n  containers:\n    - exit-code: 0-255\n"
  let running = ended("running", 0, .running)
  guard case .stop = try policy(text).verdict(on: running) else {
    Issue.record("it was not only stopped")
    return
  }
  let keeping = try policy(
    "keep:\n  containers:\n    - exit-code: 0\nstop:\n  containers:\n    - all: true\n")
  #expect(keeping.verdict(on: running)?.decision == .stop)
  #expect(keeping.verdict(on: ended("ended", 0))?.decision == .keep)
}

@Test func composeProjectMatchesItsLabel() throws {
  let key = "com.docker.compose.project"
  let containers = [
    container("a", labels: [key: "shop"]), container("b", labels: [key: "shop-ci-1"]),
    container("c"), container("d", labels: [key: ""]),
  ]
  #expect(try removing("compose-project: shop").removed(containers) == ["a"])
  #expect(try removing("compose-project: [\"shop*\", x]").removed(containers) == ["a", "b"])
  #expect(try removing("compose-project: /-ci-/").removed(containers) == ["b"])
  #expect(try removing("compose-project: \"*\"").removed(containers) == ["a", "b", "d"])
}

/// An image of these layers, with a line of history for each of them, and more.
private func built(
  _ name: String, _ references: [String], on layers: [String], lines: Int = 0,
  parent: String? = nil
) -> Image {
  var built = image(name, references, parent: parent)
  let history = (0..<layers.count + lines).map {
    HistoryEntry(size: 1, fingerprint: "\($0)", isMetadataOnly: false, isBuildKit: true)
  }
  built.content = ImageContent(diffs: layers, history: history)
  return built
}

private let host = [
  built("base", ["docker.io/library/debian:12"], on: ["a"]),
  built("mid", [], on: ["a", "b"]),
  built("app", ["team/app:1"], on: ["a", "b", "c"]),
  built("env", ["team/env:1"], on: ["a", "b", "c"], lines: 1),
  built("other", ["alpine:3"], on: ["z"]),
  built("child", ["kid:1"], on: ["y"], parent: "other"),
  built("empty", ["scratched:1"], on: []),
  image("untold", ["untold:1"]),
]

private func removedOfHost(_ ancestor: String) throws -> [String] {
  let containers = host.map { image in container(image.id.short, of: image.id.rawValue) }
  let verdicts = try removing("ancestor: \(ancestor)").verdicts(
    on: snapshot(host, containers), at: now, runningIn: nil
  ).containers
  return containers.map(\.name).filter { verdicts[ContainerID($0)]?.isRemoval == true }
}

@Test(arguments: [
  ("debian", ["base", "mid", "app", "env"]), ("debian:12", ["base", "mid", "app", "env"]),
  ("debian:11", []), ("\"team/*\"", ["app", "env"]), ("team/app", ["app", "env"]),
  ("team/env", ["env"]), ("alpine", ["other", "child"]), ("kid", ["child"]),
  ("scratched", ["empty"]), ("untold", ["untold"]), ("[kid, untold]", ["child", "untold"]),
  ("/^(kid|alpine):/", ["other", "child"]),
])
func ancestorIsTheImageOrWhatItWasBuiltFrom(pattern: String, names: [String]) throws {
  #expect(try removedOfHost(pattern) == names)
}

@Test func ancestorMayBeAnImageIDFromTwelveDigitsOn() throws {
  let id = String(repeating: "0123456789abcdef", count: 4)
  let base = built(id, ["base:1"], on: ["a"])
  let gone = container("gone", of: "fedcba987654" + id.dropFirst(12))
  let containers = [container("c", of: "app"), gone]
  let images = [base, built("app", ["app:1"], on: ["a", "b"])]
  func removed(_ pattern: String) throws -> [String] {
    let verdicts = try removing("ancestor: \(pattern)").verdicts(
      on: snapshot(images, containers), at: now, runningIn: nil
    ).containers
    return verdicts.filter { $1.isRemoval }.keys.map(\.rawValue).sorted()
  }
  #expect(try removed("\"0123456789ab\"") == ["c"])
  #expect(try removed("sha256:\(id)") == ["c"])
  #expect(try removed("\"0123456789a\"") == [])
  #expect(try removed("fedcba987654") == ["gone"])
}

@Test func ancestorOfAnImageThatIsNoLongerListedIsKnownFromTheIndex() throws {
  var store = snapshot([host[0]], [container("c", of: "mid")])
  let policy = try removing("ancestor: debian")
  #expect(
    policy.verdicts(on: store, at: now, runningIn: nil).containers.values.map(\.isRemoval) == [
      false
    ])
  store.departedImages = [host[1]]
  #expect(
    policy.verdicts(on: store, at: now, runningIn: nil).containers.values.map(\.isRemoval) == [true]
  )
}

@Test func imagesThatAreTheirOwnAncestorsHaveAnEnd() throws {
  let images = [image("a", ["a:1"], parent: "b"), image("b", ["b:1"], parent: "a")]
  #expect(
    try removing("ancestor: b").verdicts(
      on: snapshot(images, [container("c", of: "a")]), at: now, runningIn: nil
    ).containers.values.map(\.isRemoval) == [true])
}

@Test func imageByWhichAKeepRuleKnowsAContainerStaysWithIt() throws {
  let text =
    "keep:\n  containers:\n    - ancestor: debian\n      exit-code: 0\nremove:\n  containers:\n"
    + "    - stopped-for: 1d\n  images:\n    - all: true\n"
  let keeping = try policy(text)
  let running = container("c", of: "app", state: .running)
  #expect(keeping.removed(host, [running]).contains("base") == false)
  #expect(
    keeping.verdict(on: host[0], among: Array(host.dropFirst()), [running])?.reason
      == Reason(.inUse, detail: "used by c"))
  #expect(keeping.removed(host, [container("c", of: "kid")]).contains("base"))
  let weighing = keeping.weighing(
    of: .image(ImageID("base")), on: snapshot(host, [running]), at: now, runningIn: nil)
  #expect(weighing?.changes == ["when container c is gone: remove (remove.images[0])"])
}
