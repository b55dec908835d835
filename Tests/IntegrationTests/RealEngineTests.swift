import Foundation
import Inventory
import TestSupport
import Testing

@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct RealEngineTests {
  @Test func stoppedEngineLeavesNoProcessMountOrFile() async throws {
    let directory = try await RealEngine.with { engine in
      let builder = StoreBuilder(filling: engine)
      try await builder.base("base:1")
      for life in [StoreBuilder.ContainerLife.running, .paused, .restarting, .removedOnExit] {
        try await builder.container(life, of: "base:1")
      }
      #expect(try !processes(mentioning: engine.directory).isEmpty)
      #expect(try mounts().contains(engine.directory + "/"))
      return engine.directory
    }
    #expect(try processes(mentioning: directory).isEmpty)
    #expect(try !mounts().contains(directory + "/"))
    #expect(!FileManager.default.fileExists(atPath: directory))
  }

  @Test func engineIsStoppedWhenTheBodyThrows() async throws {
    struct Thrown: Error {
      let directory: String
    }
    let thrown = try await #require(throws: Thrown.self) {
      try await RealEngine.with { engine in throw Thrown(directory: engine.directory) }
    }
    #expect(try processes(mentioning: thrown.directory).isEmpty)
    #expect(!FileManager.default.fileExists(atPath: thrown.directory))
  }

  @Test func engineOfADeadOwnerEndsWithTheNextStart() async throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../scripts/throwaway-engine").standardizedFileURL.path
    // The shell between is the owner, and it ends as soon as its engine answers.
    let run = try await ProcessRun.of("/bin/sh", ["-c", "'\(script)' start $$; exit"])
    let orphan = run.output.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(run.status == 0, "\(run.errors)")
    try await RealEngine.with { engine in
      try await engine.docker("version")
      #expect(engine.directory != orphan)
      #expect(try processes(mentioning: orphan).isEmpty)
      #expect(!FileManager.default.fileExists(atPath: orphan))
    }
  }

  @Test func dockerErrorsCarryTheEnginesMessage() async throws {
    try await RealEngine.with { engine in
      let error = try await #require(throws: RealEngineError.self) {
        try await engine.docker("inspect", "absent:1")
      }
      #expect(error.reason.contains("absent:1"))
    }
  }

  @Test func layerStoreHoldsTheBytesPutIntoIt() async throws {
    try await RealEngine.with { engine in
      let builder = StoreBuilder(filling: engine)
      #expect(try engine.layerStoreBytes() == 0)
      try await builder.base("base:1", size: 5000)
      let base = try engine.layerStoreBytes()
      #expect(try await size(of: "base:1", on: engine) == base)
      try await builder.image(
        "app:1", from: "base:1",
        [
          .file("/a", size: 300), .environment("A", "b"), .file("/b", size: 0),
          .file("/c", size: 7),
        ])
      try await builder.commit("app:2", from: "app:1", size: 40)
      #expect(try engine.layerStoreBytes() == base + 347)
      #expect(try engine.layerSizes().count == 5)
      #expect(try await size(of: "app:2", on: engine) == base + 347)
    }
  }

  @Test func writableBytesAreThoseTheEngineReports() async throws {
    try await RealEngine.with { engine in
      let builder = StoreBuilder(filling: engine)
      try await builder.base("base:1")
      let idle = try await builder.container(.created, of: "base:1")
      let writer = try await builder.container(.exited, of: "base:1", writing: 4321)
      let reported = try await engine.docker(
        "inspect", "--size", "--format", "{{.SizeRw}}", writer.rawValue)
      #expect(try engine.writableSizes() == [idle: 0, writer: 4321])
      #expect(reported == "4321")
      #expect(try engine.writableBytes() == 4321)
    }
  }

  @Test(arguments: StoreBuilder.ContainerLife.allCases)
  func containersReachTheirState(_ life: StoreBuilder.ContainerLife) async throws {
    let expected: [StoreBuilder.ContainerLife: Set<String>] = [
      .restartedAlways: ["running"], .removedOnExit: ["running"],
      .restarting: ["restarting", "running"],
    ]
    try await RealEngine.with { engine in
      let builder = StoreBuilder(filling: engine)
      try await builder.base("base:1")
      let id = try await builder.container(
        life, of: "base:1", writing: 10, volumes: ["/anonymous", "named:/named"])
      let state = try await engine.docker(
        "inspect", "--format", "{{.State.Status}}", id.rawValue)
      #expect(expected[life, default: [life.rawValue]].contains(state))
      #expect(try await engine.docker("volume", "ls", "-q").split(separator: "\n").count == 2)
    }
  }
}

@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct StoreBuilderTests {
  @Test func untaggedAndForcedImagesLeaveWhatTheyShould() async throws {
    try await RealEngine.with { engine in
      let builder = StoreBuilder(filling: engine)
      try await builder.base("base:1")
      try await builder.image(
        "child:1", from: "base:1", [.file("/a", size: 10), .file("/b", size: 10)])
      try await builder.removeLeavingParents("child:1")
      #expect(try await lines(engine.docker("images", "-q", "-f", "dangling=true")).count == 1)

      let used = try await builder.image("used:1", from: "base:1", [.file("/c", size: 10)])
      try await builder.container(.exited, of: "used:1")
      try await builder.untagByForce("used:1")
      let left = try await lines(engine.docker("images", "-aq", "--no-trunc"))
      #expect(!left.contains(used.rawValue))
      #expect(try engine.layerSizes().count == 3)
    }
  }

  @Test func buildKitImagesLeaveRecordsInTheBuildCache() async throws {
    try await RealEngine.with { engine in
      let builder = StoreBuilder(filling: engine)
      try await builder.base("base:1")
      let id = try await builder.image(
        "kit:1", from: "base:1", [.file("/a", size: 10)], buildKit: true)
      let full = try engine.layerStoreBytes()
      try await engine.docker("rmi", "kit:1", "base:1")
      #expect(try await !lines(engine.docker("images", "-aq", "--no-trunc")).contains(id.rawValue))
      #expect(try engine.layerStoreBytes() == full)
    }
  }

  @Test func sameSeedFillsTwoEnginesAlike() async throws {
    let first = try await shape(of: 10, seed: 7)
    let second = try await shape(of: 10, seed: 7)
    #expect(first == second)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func seededStoresHoldWhatWasAskedFor(seed: UInt64) async throws {
    let shape = try await shape(of: 20, seed: seed)
    #expect(shape.layers.count > 10)
    #expect(shape.images >= 20)
    #expect(shape.containers.count == 6)
  }

  @Test func otherSeedsDrawOtherStores() {
    var one = SeededGenerator(seed: 1)
    var two = SeededGenerator(seed: 2)
    #expect(RandomStore(using: &one) != RandomStore(using: &two))
  }

  private struct Shape: Hashable {
    let layers: [Int64]
    let writable: [Int64]
    let images: Int
    let containers: [String]
  }

  private func shape(of images: Int, seed: UInt64) async throws -> Shape {
    try await RealEngine.with { engine in
      var draws = SeededGenerator(seed: seed)
      try await StoreBuilder(filling: engine).fill(
        RandomStore(images: images, force: true, using: &draws))
      return Shape(
        layers: try engine.layerSizes().values.sorted(),
        writable: try engine.writableSizes().values.sorted(),
        images: try await lines(engine.docker("images", "-aq")).count,
        containers: try await lines(engine.docker("ps", "-a", "--format", "{{.State}}")))
    }
  }
}

private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

private func size(of image: String, on engine: RealEngine) async throws -> Int64? {
  Int64(try await engine.docker("image", "inspect", "--format", "{{.Size}}", image))
}

private func mounts() throws -> String {
  try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
}

/// The command lines of all live processes that have the text in them; zombies have none.
private func processes(mentioning text: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
    .compactMap { FileManager.default.contents(atPath: "/proc/\($0)/cmdline") }
    .map { String(decoding: $0, as: UTF8.self) }
    .filter { $0.contains(text) }
}
