import Foundation
import Inventory
import TestSupport
import Testing

@testable import Disk

struct DataRootTests {
  /// A root with some of everything.
  private func filled(seed: UInt64) throws -> MadeUpRoot {
    let root = try MadeUpRoot(seed: seed)
    var chains: [String?] = [nil]
    for _ in 0..<Int.random(in: 0..<8, using: &root.random) {
      chains.append(try root.layer(on: root.random.pick(chains)))
    }
    for _ in 0..<Int.random(in: 0..<4, using: &root.random) {
      try root.container(on: root.random.pick(chains))
      try root.image()
    }
    for number in 0..<Int.random(in: 0..<3, using: &root.random) { try root.volume("v\(number)") }
    try root.buildCache(snapshots: [:])
    return root
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func everyFigureIsWhatDuSaysOfItsPathsAndTheyAddUpToTheRoot(seed: UInt64) async throws {
    let root = try filled(seed: seed)
    let reading = try #require(await root.read(root.question(whole: true, buildCache: [])))
    #expect(
      reading.layers.mapValues {
        var layer = $0; layer.blocks = nil; return layer
      }
        == root.layers)
    var owned: [String] = []
    var sum: Int64 = 0
    for (owner, paths) in root.paths {
      let blocks = try await root.scratch.du(paths)
      owned += paths
      sum += blocks
      switch owner {
      case .layer(let chain): #expect(reading.layers[chain]?.blocks == blocks)
      case .writable(let id): #expect(reading.containers[id]?.writableBlocks == blocks)
      case .logs(let id):
        #expect(reading.containers[id]?.logs.blocks == blocks)
        // What a walk meets first keeps its inodes: the directory is counted without its logs.
        let all = try await root.scratch.du("containers/\(id)")
        #expect(reading.containers[id]?.recordBlocks == all - blocks)
        sum += all - blocks
        owned.append("containers/\(id)")
      case .image(let id): #expect(reading.imageRecords[id] == blocks)
      case .volume(let name):
        let content = try await root.scratch.content("volumes/\(name)/_data")
        #expect(reading.volumes[name] == .init(content: content, blocks: blocks))
      default: break
      }
    }
    let whole = try #require(reading.whole)
    #expect(whole.strays == [])
    #expect(try await whole.blocks == root.scratch.du(""))
    for path in owned { try? root.scratch.remove(path) }
    #expect(try await whole.blocks - sum == root.scratch.du(""))
  }

  @Test func aLayerThatIsKnownIsNotWalkedAgain() async throws {
    let root = try MadeUpRoot()
    let chain = try root.layer()
    let other = try root.layer(on: chain)
    var known = root.layers
    known[chain]?.blocks = 12_345
    known[other]?.blocks = 12_345
    known[other]?.cacheID = root.random.hex(64)
    var question = root.question()
    question.layers = known
    let reading = try #require(await root.read(question))
    #expect(reading.layers[chain]?.blocks == 12_345)
    let walked = try await root.scratch.du(root.paths[.layer(other)] ?? [])
    #expect(reading.layers[other]?.blocks == walked)
    #expect(reading.layers[other]?.cacheID == root.layers[other]?.cacheID)

    question.whole = true
    try root.scratch.file("overlay2/\(root.layers[chain]?.cacheID ?? "")/diff/new", size: 9000)
    let whole = try #require(await root.read(question)?.whole)
    let left = try await root.scratch.du("") - root.scratch.du(root.paths[.layer(chain)] ?? [])
    #expect(whole.blocks == left + 12_345)
  }

  @Test func writableLayersAreWalkedAsAsked() async throws {
    let root = try MadeUpRoot()
    let (walked, known, left) = try (root.container(), root.container(), root.container())
    var question = root.question()
    question.containers = [walked: .walk, known: .known(777), left: .leave]
    var reading = try #require(await root.read(question))
    let (one, other) = (
      try await root.scratch.du(root.paths[.writable(walked)] ?? []),
      try await root.scratch.du(root.paths[.writable(left)] ?? [])
    )
    #expect(reading.containers[walked]?.writableBlocks == one)
    #expect(reading.containers[known]?.writableBlocks == 777)
    #expect(reading.containers[left]?.writableBlocks == nil)
    #expect(reading.containers[left]?.recordBlocks != nil)
    question.whole = true
    reading = try #require(await root.read(question))
    #expect(reading.containers[left]?.writableBlocks == other)
  }

  @Test func whatNothingExplainsIsAStray() async throws {
    let root = try MadeUpRoot()
    let chain = try root.layer()
    try root.container(on: chain)
    try root.buildCache(snapshots: ["a-build-has-it": ["parent": ""]])
    try root.directory("a-build-has-it")
    var expected: [String: [String]] = [:]
    for name in ["\(root.random.hex(64))", "\(root.random.hex(64))-removing", "nobodys-at-all"] {
      expected["overlay2/" + name] = try root.directory(name)
    }
    for path in [
      "tmp/docker-export-1", "tmp-old", root.database + "/tmp/write-set-1",
      root.database + "/sha256/\(root.random.hex(64))-removing",
      root.database + "/sha256/\(root.random.hex(64))",
    ] {
      try root.scratch.fill(path, items: 4, using: &root.random)
      expected[path] = [path]
    }
    let id = try root.container(listed: false)
    expected["containers/\(id)"] = ["containers/\(id)"]
    let written = root.paths[.writable(id)] ?? []
    expected[written[0]] = Array(written[0...1])
    expected[written[2]] = Array(written[2...3])
    expected[written[4]] = [written[4]]
    let whole = try #require(await root.read(root.question(whole: true))?.whole)
    for stray in whole.strays {
      let paths = expected.removeValue(forKey: stray.path)
      #expect(try await stray.blocks == root.scratch.du(paths ?? []), "\(stray.path)")
    }
    #expect(expected.isEmpty)
    #expect(try await whole.blocks == root.scratch.du(""))
  }

  @Test func withoutBuildKitsDatabaseNoDirectoryOfItsIsAStray() async throws {
    let root = try MadeUpRoot()
    let orphan = root.random.hex(64)
    for name in [orphan, "0123456789abcdefghijklmno"] { try root.directory(name) }
    for damage in [Data(), Data(repeating: 1, count: 9000)] {
      try root.scratch.write("buildkit/snapshots.db", damage)
      let reading = try #require(await root.read(root.question(whole: true, buildCache: ["a"])))
      #expect(reading.whole?.strays.map(\.path) == ["overlay2/" + orphan])
      #expect(reading.buildCache == nil)
    }
  }

  @Test func aLayerThatGoesAwayIsNoBase() async throws {
    let root = try MadeUpRoot()
    let base = try root.layer()
    for file in ["parent", "diff", "size", "cache-id"] {
      let chain = try root.layer(on: base)
      try root.scratch.remove("\(root.database)/sha256/\(chain.dropFirst(7))/\(file)")
    }
    #expect(try #require(await root.read(root.question())).layers.keys.sorted() == [base])
  }

  @Test func namesThatLeadElsewhereAreNotFollowed() async throws {
    let root = try MadeUpRoot()
    try root.scratch.file("volumes/real/_data/file", size: 10)
    try root.layer(cacheID: "../image")
    let chain = try root.layer()
    let cacheID = root.layers[chain]?.cacheID ?? ""
    try root.scratch.file("overlay2/\(cacheID)/link", "../../image")
    var question = root.question()
    question.volumes = ["../volumes/real", "..", "", "real/_data", "nowhere"]
    question.containers = [ContainerID("../volumes"): .walk, ContainerID(".."): .walk]
    question.images = [ImageID("sha256:../../../.."), ImageID("")]
    let reading = try #require(await root.read(question))
    #expect(reading.volumes.isEmpty)
    #expect(reading.containers.isEmpty)
    #expect(reading.imageRecords.isEmpty)
    #expect(reading.layers.keys.sorted() == [chain])
    let folder = "\(root.database)/sha256/\(chain.dropFirst(7))"
    let blocks = try await root.scratch.du("overlay2/" + cacheID, folder)
    #expect(reading.layers[chain]?.blocks == blocks)
  }

  @Test func driversWhoseLayersCannotBeWalkedHaveLayersWithoutBlocks() async throws {
    let root = try MadeUpRoot(driver: "btrfs")
    try FileManager.default.moveItem(
      atPath: root.scratch.path("image/overlay2"), toPath: root.scratch.path("image/btrfs"))
    _ = try? FileManager.default.removeItem(atPath: root.scratch.path("image/btrfs/layerdb"))
    let chain = try root.layer()
    try FileManager.default.moveItem(
      atPath: root.scratch.path(root.database), toPath: root.scratch.path("image/btrfs/layerdb"))
    let reading = try #require(await root.read(root.question(whole: true)))
    #expect(reading.layers == root.layers)
    #expect(reading.layers[chain]?.blocks == nil)
    #expect(reading.whole == nil)
  }

  @Test func whatCannotBeReadIsMissingAndNeverSmaller() throws {
    let root = try MadeUpRoot()
    let (open, closed) = try (root.layer(), root.layer())
    try root.volume("closed")
    let all = root.scratch.directory
    try chmodAll(all)
    chmod(root.scratch.path("overlay2/\(root.layers[closed]?.cacheID ?? "")/diff"), 0)
    chmod(root.scratch.path("volumes/closed/_data"), 0)
    let folder = try #require(Folder(at: all))
    let crew = WalkCrew(in: folder, until: StopFlag())
    try asNobody {
      let reading = try RootReader.read(
        root.question(whole: true), of: "overlay2", from: folder, with: crew)
      #expect(reading.layers[open]?.blocks != nil)
      #expect(reading.layers[closed] == root.layers[closed])
      #expect(reading.volumes.isEmpty)
      #expect(reading.whole == nil)
    }
    chmod(root.scratch.path(root.database + "/sha256"), 0)
    try asNobody {
      let path = root.database + "/sha256"
      #expect(throws: DiskError.unreadable(path: path, reason: "Permission denied")) {
        try RootReader.read(root.question(), of: "overlay2", from: folder, with: crew)
      }
    }
  }

  private func chmodAll(_ path: String) throws {
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) + [""] {
      chmod("\(path)/\(name)", 0o755)
    }
  }

  @Test func aCancelledTaskGetsNothing() async throws {
    let root = try filled(seed: 1)
    let question = root.question(whole: true)
    let disk = try #require(DataRoot(of: root.snapshot))
    let reading = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await disk.read(question)
    }
    #expect(await reading.value == nil)
  }

  @Test func enginesThatKeepImagesOtherwiseHaveRoomButNoReading() async throws {
    let root = try filled(seed: 3)
    root.change { $0.engine.imageStore = .containerd }
    let disk = try #require(DataRoot(of: root.snapshot))
    #expect(await disk.read(root.question()) == nil)
    let space = try #require(disk.space())
    let df = try await ProcessRun.of(
      "/bin/df", ["-B1", "--output=size", root.scratch.directory])
    #expect(df.output.contains("\(space.capacity)"))
    #expect(0 < space.available && space.available <= space.free && space.free < space.capacity)
  }
}
