import Disk
import Engine
import Foundation
import Inventory
import TestSupport
import Testing

/// What is read of a real engine's data root is what its files, its API and `du` say.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct DataRootTests {
  @Test func everythingInARealRootIsAccountedFor() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await fill(store)
      let host = try await Host(engine)
      let (snapshot, disk) = try await host.look()
      let reading = try #require(await disk.read(question(of: snapshot)))

      #expect(reading.layers.mapValues(\.size) == (try engine.layerSizes()))
      let written = snapshot.containers.map { reading.containers[$0.id]?.writableBlocks }
      #expect(written.allSatisfy { ($0 ?? 0) > 0 } && written.count == 3)
      #expect(Set(reading.imageRecords.keys) == Set(snapshot.images.map(\.id)))
      #expect(reading.volumes["data"]?.content == 5)
      #expect(await disk.volumeContent("data") == 5)
      for name in ["missing", "..", "", "data/_data"] {
        #expect(await disk.volumeContent(name) == nil, "\(name)")
      }
      let whole = try #require(reading.whole)
      #expect(whole.strays == [])
      #expect(try await whole.blocks == du(engine.dataRoot))
      #expect(try await whole.blocks - sum(reading) == leftOver(engine))
      try checkBuildCache(reading, snapshot)
      let types = try #require(snapshot.buildCache).filter {
        reading.buildCache?[$0.id]?.own != nil
      }
      #expect(Set(types.map(\.type)) == ["regular", "source.local", "exec.cachemount"])

      var again = question(of: snapshot)
      again.layers = reading.layers.mapValues { layer in
        var layer = layer
        layer.blocks = 1
        return layer
      }
      let second = try #require(await disk.read(again))
      #expect(second.layers == again.layers, "no layer is walked twice")
      #expect(second.containers == reading.containers)
    }
  }

  @Test func whatARemovalFreesIsWhatWasReadOfIt() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1", size: 50_000)
      try await store.image(
        "app:1", from: "base:1", [.file("/a", size: 700_000), .run("mkdir -p /x/y; echo 1 > /x/z")])
      let container = try await store.container(.created, of: "base:1", writing: 300_000)
      try await engine.docker("start", container.rawValue)
      try await engine.docker("stop", container.rawValue)
      let host = try await Host(engine)
      let (snapshot, disk) = try await host.look()
      let reading = try #require(await disk.read(question(of: snapshot)))

      var before = try await du(engine.dataRoot)
      try await engine.docker("rm", container.rawValue)
      var after = try await du(engine.dataRoot)
      let files = try #require(reading.containers[container])
      #expect(
        before - after == (files.writableBlocks ?? 0) + files.logs.blocks + files.recordBlocks)

      before = after
      try await engine.docker("rmi", "app:1")
      after = try await du(engine.dataRoot)
      let left = try await host.look().snapshot
      let rest = try #require(await disk.read(question(of: left)))
      let layers = reading.layers.filter { rest.layers[$0.key] == nil }
      #expect(layers.count == 2)
      let images = reading.imageRecords.filter { rest.imageRecords[$0.key] == nil }
      #expect(images.count == 2, "the image and the one between")
      let parts = layers.values.map { $0.blocks ?? 0 } + images.values
      #expect(before - after == parts.reduce(0, +))
    }
  }

  @Test func theBuildCacheIsReadWhileBuildsGoOn() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      try await store.image("kit:0", from: "base:1", [.file("/a", size: 9)], buildKit: true)
      let host = try await Host(engine)
      let (_, disk) = try await host.look()
      let progress = Progress()
      let builds = Task {
        let result = await Task {
          for number in 1...8 {
            try await store.image(
              "kit:\(number)", from: "kit:\(number - 1)",
              [.file("/\(number)", size: 1000), .run("echo \(number) > /run\(number)")],
              buildKit: true)
          }
        }.result
        await progress.end()
        try result.get()
      }
      var readings = 0
      while await !progress.isOver {
        let ids = try await host.client.usage().buildCache.map(\.id)
        let reading = try #require(await disk.read(DiskQuestion(buildCache: Set(ids))))
        guard let records = reading.buildCache else { continue }
        readings += 1
        for chain in records.values.compactMap(\.chain) {
          #expect(reading.layers[chain] != nil)
        }
      }
      try await builds.value
      #expect(readings > 0)
      let (snapshot, _) = try await host.look()
      try checkBuildCache(
        try #require(await disk.read(question(of: snapshot))), snapshot)
    }
  }

  /// Two builds of the same content: the second one's directory is nobody's, and no prune removes it.
  @Test func aDirectoryThatBuildKitForgetsIsAStray() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let context = engine.directory + "/context"
      try FileManager.default.createDirectory(atPath: context, withIntermediateDirectories: true)
      try Data("FROM base:1\nCOPY Dockerfile /a".utf8).write(
        to: URL(fileURLWithPath: context + "/Dockerfile"))
      for _ in 0..<2 {
        try await engine.docker("build", "--quiet", "--no-cache", context, buildKit: true)
      }
      let host = try await Host(engine)
      let (snapshot, disk) = try await host.look()
      let whole = try #require(await disk.read(question(of: snapshot))?.whole)
      #expect(whole.strays.count == 1)
      #expect(try await whole.blocks == du(engine.dataRoot))
      try await engine.docker("builder", "prune", "--all", "--force", buildKit: true)
      let left = try #require(
        await disk.read(question(of: try await host.look().snapshot))?.whole)
      #expect(left.strays == whole.strays)
    }
  }

  private func fill(_ store: StoreBuilder) async throws {
    try await store.base("base:1", size: 100_000)
    try await store.image(
      "app:1", from: "base:1", [.file("/a", size: 200_000), .workingDirectory("/w")])
    try await store.image(
      "kit:1", from: "app:1", [.file("/b", size: 300_000), .run("echo 1 > /c; touch /d")],
      buildKit: true)
    try await store.image("kit:2", from: "base:1", [.file("/b", size: 1)], buildKit: true)
    try await store.container(.running, of: "app:1", writing: 5000, volumes: ["/anonymous"])
    try await store.container(.exited, of: "kit:1", writing: 50_000)
    try await buildInStages(on: store.engine)
    let talker = try await store.engine.docker(
      "create", "--network", "none", "--volume", "data:/data", "base:1", "sh", "-c",
      "echo four > /data/file; cat /content")
    try await store.engine.docker("start", "--attach", talker)
  }

  /// Leaves records that are no layer: of a stage that no image has, and of a cache mount.
  private func buildInStages(on engine: RealEngine) async throws {
    let context = engine.directory + "/stages"
    try FileManager.default.createDirectory(atPath: context, withIntermediateDirectories: true)
    let text = """
      FROM base:1 AS one
      RUN --mount=type=cache,target=/cache cat /content > /cache/kept; cat /content /content > /two
      FROM base:1
      COPY --from=one /two /three
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: context + "/Dockerfile"))
    try await engine.docker(
      "build", "--quiet", "--network", "none", "--tag", "stages:1", context, buildKit: true)
  }

  /// Records of what became an image hold its chains; the others have what they have for themselves.
  private func checkBuildCache(_ reading: DiskReading, _ snapshot: Snapshot) throws {
    let files = try #require(reading.buildCache)
    let records = try #require(snapshot.buildCache)
    #expect(Set(files.keys) == Set(records.map(\.id)))
    var chains: Set<String> = []
    for image in snapshot.images {
      guard let content = image.content else { continue }
      var chain: String?
      for diff in content.diffs {
        chain = chain.map { "sha256:" + SHA256.hex("\($0) \(diff)") } ?? diff
        chain.map { _ = chains.insert($0) }
      }
    }
    for record in records {
      let held = try #require(files[record.id])
      if let chain = held.chain {
        #expect(held.own == nil)
        #expect(record.isShared == chains.contains(chain), "\(record)")
        if record.size > 0 { #expect(reading.layers[chain]?.size == record.size, "\(record)") }
      } else {
        #expect(held.own?.content == record.size, "\(record)")
        #expect(!record.isShared, "\(record)")
      }
    }
  }

  private func question(of snapshot: Snapshot) -> DiskQuestion {
    DiskQuestion(
      containers: Dictionary(uniqueKeysWithValues: snapshot.containers.map { ($0.id, .walk) }),
      images: snapshot.images.map(\.id), volumes: Set(snapshot.volumes.map(\.name)),
      buildCache: snapshot.buildCache.map { Set($0.map(\.id)) }, whole: true)
  }

  private func sum(_ reading: DiskReading) -> Int64 {
    var parts = reading.layers.values.map { $0.blocks ?? 0 }
    for files in reading.containers.values {
      parts += [files.writableBlocks ?? 0, files.logs.blocks, files.recordBlocks]
    }
    parts += reading.imageRecords.values
    parts += reading.volumes.values.map(\.blocks)
    parts += (reading.buildCache ?? [:]).values.compactMap(\.own?.blocks)
    parts += (reading.whole?.strays ?? []).map(\.blocks)
    return parts.reduce(0, +)
  }

  private func du(_ path: String) async throws -> Int64 {
    let run = try await ProcessRun.of("/usr/bin/du", ["-xsB1", path])
    return try #require(run.output.split(separator: "\t").first.flatMap { Int64($0) })
  }

  /// Blocks of the engine's own lists and databases and of the folders that hold its objects.
  private func leftOver(_ engine: RealEngine) async throws -> Int64 {
    let objects = [
      "overlay2/l/*", "overlay2/[!l]*", "overlay2/l?*", "image/overlay2/layerdb/*/*",
      "image/overlay2/imagedb/*/sha256/*", "containers/*", "tmp/*",
    ]
    let left = objects.flatMap { ["!", "-path", "\(engine.dataRoot)/\($0)"] }
    let volumes =
      ["!", "(", "-path", "\(engine.dataRoot)/volumes/*", "!", "-type", "f", ")"]
      + ["!", "-path", "\(engine.dataRoot)/volumes/*/*"]
    let run = try await ProcessRun.of(
      "/usr/bin/find", [engine.dataRoot, "-xdev"] + left + volumes + ["-printf", "%b\\n"])
    return run.output.split(separator: "\n").reduce(0) { $0 + (Int64($1) ?? 0) * 512 }
  }
}

private actor Progress {
  private(set) var isOver = false

  func end() { isOver = true }
}

/// An engine as Balai sees it.
private struct Host {
  let client: EngineClient

  init(_ engine: RealEngine) async throws {
    client = try await EngineClient.connect(to: EngineEndpoint(socketPath: engine.socketPath))
  }

  func look() async throws -> (snapshot: Snapshot, disk: DataRoot) {
    let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    var snapshot = try await client.survey(knowing: .nothing, at: now).snapshot
    snapshot.buildCache = try await client.usage().buildCache
    return (snapshot, try #require(DataRoot(of: snapshot)))
  }
}
