import Inventory
import Testing

@testable import Disk

/// Which layer a record of the build cache holds, and what it has besides.
struct BuildCacheTests {
  private let root: MadeUpRoot

  init() throws { root = try MadeUpRoot() }

  private func records(_ ids: String...) async throws -> [String: DiskReading.CacheFiles] {
    let question = root.question(whole: true, buildCache: Set(ids))
    let reading = try #require(await root.read(question))
    #expect(try await reading.whole?.blocks == root.scratch.du(""))
    return try #require(reading.buildCache)
  }

  private func own(_ directory: String, _ link: String) async throws -> DiskReading.Measure {
    try await .init(
      content: root.scratch.content(directory + "/diff"), blocks: root.scratch.du(directory, link))
  }

  @Test func aRecordThatBecameALayerHoldsItAndNothingElse() async throws {
    let base = try root.layer()
    let chain = try root.layer(on: base, cacheID: "made-by-a-build")
    try root.buildCache(snapshots: [
      "record": ["chainid": chain, "committed": "made-by-a-build"],
      "made-by-a-build": ["iscommitted": "", "parent": base],
      "from-an-image": ["chainid": base],
      base: [:],
    ])
    let found = try await records("record", "from-an-image")
    #expect(found["record"] == .init(chain: chain, own: nil))
    #expect(found["from-an-image"] == .init(chain: base, own: nil))
  }

  @Test func aRecordThatIsNoLayerHasADirectoryOfItsOwn() async throws {
    let mutable = try root.directory("context")
    let committed = try root.directory("was-mutable")
    try root.buildCache(snapshots: [
      "context": ["parent": "", "size": "60"],
      "record": ["committed": "was-mutable"],
      "was-mutable": ["iscommitted": "", "parent": ""],
    ])
    let found = try await records("context", "record")
    #expect(try await found["context"] == .init(chain: nil, own: own(mutable[0], mutable[1])))
    #expect(try await found["record"] == .init(chain: nil, own: own(committed[0], committed[1])))
  }

  @Test func aRecordIsFoundByWhatTheCacheManagerSaysOfIt() async throws {
    let base = try root.layer()
    let shared = try root.directory("mutable")
    try root.buildCache(
      snapshots: ["mutable": ["parent": ""], "key": ["chainid": base], base: [:]],
      metadata: [
        "pulled": ["cache.snapshot": base, "cache.equalMutable": ""],
        "renamed": ["cache.snapshot": "key"],
        "the-immutable": ["cache.equalMutable": "mutable"],
        "mutable": [:],
        "lazy": ["cache.blobonly": "true"],
      ])
    let found = try await records(
      "pulled", "renamed", "the-immutable", "mutable", "lazy", "unheard-of")
    #expect(found["pulled"] == .init(chain: base, own: nil))
    #expect(found["renamed"] == .init(chain: base, own: nil))
    #expect(try await found["mutable"] == .init(chain: nil, own: own(shared[0], shared[1])))
    let nothing = DiskReading.CacheFiles(chain: nil, own: .init(content: 0, blocks: 0))
    #expect(found["the-immutable"] == nothing, "what two share counts once")
    #expect(found["lazy"] == nothing)
    #expect(found.count == 5)
    let alone = try await records("the-immutable")
    #expect(try await alone["the-immutable"] == .init(chain: nil, own: own(shared[0], shared[1])))
  }

  /// The engine keeps the first directory of a layer and forgets the second one, but leaves it there.
  @Test func aSecondDirectoryOfALayerIsAStray() async throws {
    let chain = try root.layer(cacheID: "first")
    try root.directory("second")
    try root.buildCache(snapshots: [
      "record": ["chainid": chain, "committed": "second"],
      "second": ["iscommitted": "", "parent": ""],
    ])
    let reading = try #require(
      await root.read(root.question(whole: true, buildCache: ["record"])))
    #expect(reading.buildCache == ["record": .init(chain: chain, own: nil)])
    #expect(reading.whole?.strays.map(\.path) == ["overlay2/second"])
  }

  @Test func whatIsOnItsWayOutIsMissing() async throws {
    try root.buildCache(snapshots: [
      "gone": ["committed": "no-directory"],
      "layer-gone": ["chainid": "sha256:" + String(repeating: "0", count: 64)],
      "elsewhere": ["committed": "../containers"],
    ])
    #expect(try await records("gone", "layer-gone", "elsewhere").isEmpty)
  }

  @Test func aDirectoryThatHasJustBecomeALayerIsThatLayer() async throws {
    let chain = try root.layer(cacheID: "just-now")
    try root.buildCache(snapshots: ["record": ["committed": "just-now"]])
    #expect(try await records("record")["record"] == .init(chain: chain, own: nil))
  }
}
