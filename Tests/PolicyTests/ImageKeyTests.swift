import Inventory
import TestSupport
import Testing

@testable import Policy

private func removing(_ rule: String) throws -> RetentionPolicy {
  try policy("remove:\n  images:\n    - \(rule)\n")
}

private func keeping(_ rule: String) throws -> RetentionPolicy {
  try policy("keep:\n  images:\n    - {\(rule)}\nremove:\n  images:\n    - all: true\n")
}

@Test func largerThanComparesTheSizeThatDockerShows() throws {
  let images = [999_999, 1_000_000, 1_000_001].map { size in
    Image(id: ImageID("i\(size)"), references: ["a:\(size)"], size: size)
  }
  #expect(try removing("larger-than: 1MB").removed(images) == ["i1000001"])
  #expect(try removing("larger-than: 0.9MB").removed(images).count == 3)
}

@Test func intermediateImagesHaveAChildAndNoName() throws {
  let chain = [
    image("app", ["app:1"], parent: "step"), image("step", parent: "pulled"),
    image("pulled", digests: ["base@sha256:1"], parent: "base"), image("base", ["base:1"]),
    image("dangling"),
  ]
  #expect(try keeping("intermediate: true").removed(chain) == ["app", "dangling"])
  #expect(try keeping("intermediate: false").removed(chain) == [])
  #expect(try removing("intermediate: true").removed(chain) == [])
  #expect(
    try policy("remove:\n  images:\n    - intermediate: true\n    - reference: app\n")
      .removed(chain) == ["app", "step"])
  #expect(try removing("intermediate: false").removed(chain).contains("dangling"))
}

private let pulled = image("pulled", ["a:1"], digests: ["a@sha256:1"])
private let built = image("built", ["b:1"])

private func judged(_ policy: RetentionPolicy, _ change: (inout EngineIdentity) -> Void) -> [String]
{
  var store = snapshot([pulled, built])
  change(&store.engine)
  let verdicts = policy.verdicts(on: store, at: now, runningIn: nil).images
  return store.images.map(\.id.short).filter { verdicts[ImageID($0)]?.isRemoval == true }
}

@Test func localOnlyIsKnownOnDockersGraphDrivers() throws {
  #expect(judged(try removing("local-only: true")) { _ in } == ["built"])
  #expect(judged(try removing("local-only: false")) { _ in } == ["pulled"])
  #expect(judged(try keeping("local-only: true")) { _ in } == ["pulled"])
  #expect(judged(try keeping("local-only: false")) { _ in } == ["built"])
}

@Test(arguments: [true, false])
func whereNobodyKnowsWhatIsLocalItStays(isPodman: Bool) throws {
  func change(_ engine: inout EngineIdentity) {
    if isPodman { engine.kind = .podman } else { engine.imageStore = .containerd }
  }
  #expect(judged(try removing("local-only: true"), change) == ["built"])
  #expect(judged(try removing("local-only: false"), change) == [])
  #expect(judged(try keeping("local-only: true"), change) == [])
  #expect(judged(try keeping("local-only: false"), change) == ["built"])
}

@Test func newestByVersionHoldsTheHighest() throws {
  let images = [
    image("old", ["app:1.9"], lastTagged: now), image("new", ["app:1.10", "app:latest"]),
    image("rc", ["app:v2.0.0-rc.1"]), image("two", ["app:2.0.0"]),
    image("edge", ["app:edge"], lastTagged: now), image("lib", ["lib:0.1"]),
  ]
  let policy = try keeping("newest: 2, newest-by: version")
  #expect(policy.removed(images) == ["old", "new", "edge"])
  #expect(try keeping("newest: 3, newest-by: version").removed(images) == ["old", "edge"])
  #expect(try keeping("newest: 1, newest-by: last-tag").removed(images).contains("two"))
  #expect(
    try keeping("newest: 1, newest-by: version, reference: \"*:1*\"").removed(images)
      == ["old", "rc", "two", "edge", "lib"])
}

@Test func highestVersionOfAnImageCounts() throws {
  let images = [
    image("a", ["app:1", "app:1.2", "app:1.2.3"]), image("b", ["app:1.2.2"]),
    image("c", ["app:1.1.9"]),
  ]
  #expect(try keeping("newest: 2, newest-by: version").removed(images) == ["c"])
}

@Test func versionsKeepSoManyOfEachRepository() throws {
  var counted = 0
  for seed in 0..<UInt64(200) {
    let store = RandomSnapshot(seed: seed, containers: 0).snapshot
    let removed = Set(
      try keeping("newest: 2, newest-by: version").verdicts(
        on: store, at: RandomSnapshot.now, runningIn: nil
      ).images.filter { $1.isRemoval }.keys)
    var repositories: [Substring: [ImageID: VersionTag]] = [:]
    for image in store.images {
      for name in image.references {
        let repository = ReferencePattern.repository(of: name)
        guard let version = VersionTag(name.dropFirst(repository.count + 1)) else { continue }
        let before = repositories[repository]?[image.id] ?? version
        repositories[repository, default: [:]][image.id] = max(before, version)
      }
    }
    for versions in repositories.values {
      let kept = versions.filter { !removed.contains($0.key) }
      #expect(kept.count >= min(2, versions.count))
      let highest = versions.values.sorted(by: >).prefix(2)
      #expect(versions.filter { highest.contains($0.value) }.allSatisfy { kept[$0.key] != nil })
      counted += versions.count
    }
  }
  #expect(counted > 1_000, "the law was not put to the test")
}
