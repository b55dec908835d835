import Foundation
import Inventory
import Plan
import TestSupport
import Testing

/// What the build cache, volumes and networks hold on a real engine, and what plans say of it.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct LedgerTests {
  private static let everything = """
    version: 1
    grace: 0s
    remove:
      containers: [{all: true}]
      images: [{all: true}]
      build-cache: [{all: true}]
    """

  private static let imagesOnly = """
    version: 1
    grace: 0s
    remove:
      images: [{all: true}]
    """

  private func write(_ policy: String, on engine: RealEngine) throws -> String {
    let file = engine.directory + "/\(UUID().uuidString.prefix(8)).yaml"
    try policy.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  private func plan(
    _ policy: String, on engine: RealEngine, blind: Bool = false
  ) async throws -> RemovalPlan {
    let balai = BalaiCommand(engine: engine)
    let file = engine.directory + "/\(UUID().uuidString.prefix(8)).json"
    let policy = try write(policy, on: engine)
    let run =
      blind
      ? try await balai.withoutDataRoot("plan", "-p", policy, "-o", file)
      : try await balai("plan", "-p", policy, "-o", file)
    #expect(run.status == 0, "\(run.errors)")
    return try RemovalPlan(readingFile: file)
  }

  private func buildKitStore(_ engine: RealEngine) async throws {
    let store = StoreBuilder(filling: engine)
    try await store.base("base:1", size: 40_000)
    try await store.image(
      "kit:1", from: "base:1", [.file("/a", size: 300_000), .file("/b", size: 7_000)],
      buildKit: true)
  }

  @Test func imageOfBuildKitAloneFreesNoLayerAndThePlanSaysWhatPinsIt() async throws {
    try await RealEngine.with { engine in
      try await buildKitStore(engine)
      let before = try engine.contentBytes()
      let plan = try await plan(Self.imagesOnly, on: engine)
      #expect(plan.frees.content == .zero)
      #expect(plan.notes.contains { $0.contains("remove.build-cache") }, "\(plan.notes)")
      let swept = try await BalaiCommand(engine: engine)(
        "prune", "-f", "-p", try write(Self.imagesOnly, on: engine))
      #expect(swept.status == 0, "\(swept.errors)")
      #expect(try engine.contentBytes() == before)
      // What nobody but the cache holds now goes with it, base image included.
      let rest = try await self.plan(Self.everything, on: engine)
      #expect(rest.frees.content == Bytes(exactly: before))
    }
  }

  @Test(arguments: [false, true])
  func takingImageAndCacheFreesExactlyAll(blind: Bool) async throws {
    try await RealEngine.with { engine in
      try await buildKitStore(engine)
      let plan = try await plan(Self.everything, on: engine, blind: blind)
      #expect(plan.frees.content == Bytes(exactly: try engine.contentBytes()))
      #expect((plan.frees.disk == nil) == blind)
      let swept = try await BalaiCommand(engine: engine)(
        "prune", "-f", "-p", try write(Self.everything, on: engine))
      #expect(swept.status == 0, "\(swept.output)\(swept.errors)")
      #expect(try engine.contentBytes() == 0)
    }
  }

  @Test func withoutTheDataRootAnImageOfBuildKitIsAnIntervalThatHoldsTheTruth() async throws {
    try await RealEngine.with { engine in
      try await buildKitStore(engine)
      let plan = try await plan(Self.imagesOnly, on: engine, blind: true)
      #expect(plan.frees.content.holds(0) && !plan.frees.content.isExact)
      #expect(plan.notes.contains { $0.contains("intervals") }, "\(plan.notes)")
      #expect(plan.frees.disk == nil)
    }
  }

  @Test func recordThatABuildHasUsedSinceStays() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let context = engine.directory + "/context"
      try FileManager.default.createDirectory(
        atPath: context, withIntermediateDirectories: true)
      try "FROM base:1\nRUN touch /x\n".write(
        toFile: context + "/Dockerfile", atomically: true, encoding: .utf8)
      let build = ["build", "--quiet", "--network", "none", "--tag", "kit:1", context]
      try await engine.docker(build, buildKit: true)
      let balai = BalaiCommand(engine: engine)
      let file = engine.directory + "/plan.json"
      let cacheOnly =
        "version: 1\ngrace: 0s\nremove:\n  build-cache: [{type: regular}]\n"
      try await balai("plan", "-p", try write(cacheOnly, on: engine), "-o", file)
      let planned = try RemovalPlan(readingFile: file).steps.count
      try await engine.docker(build, buildKit: true)
      let swept = try await balai("prune", "-f", file, "--format", "json")
      #expect(planned == 2 && swept.status == 0, "\(swept.errors)")
      #expect(swept.output.contains("\"outcome\": \"changed\""), "\(swept.output)")
      #expect(!swept.output.contains("\"outcome\": \"done\""), "\(swept.output)")
      let again = try await plan(cacheOnly, on: engine)
      #expect(again.steps.count == 2)
    }
  }

  @Test func volumeGoesOnlyWhereARuleNamesItAndNothingWroteToItSince() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      for name in ["data-a", "data-b", "other"] {
        try await engine.docker("volume", "create", name)
      }
      let rules = "version: 1\ngrace: 0s\nremove:\n  volumes: [{label: x}, {name: \"data-*\"}]\n"
      let plan = try await plan(rules, on: engine)
      #expect(plan.steps.map(\.title) == ["data-a", "data-b"])
      let file = engine.directory + "/saved.json"
      try plan.save(to: file)
      // The engine tells the date in whole seconds.
      let created = {
        try await engine.docker("volume", "inspect", "-f", "{{.CreatedAt}}", "data-b")
      }
      let planned = try await created()
      while try await created() == planned {
        try await engine.docker("volume", "rm", "data-b")
        try await engine.docker("volume", "create", "data-b")
      }
      let swept = try await BalaiCommand(engine: engine)("prune", "-f", file)
      #expect(swept.output.contains("data-b: skipped, it has changed"), "\(swept.output)")
      #expect(try await engine.docker("volume", "ls", "-q") == "data-b\nother")
    }
  }

  @Test func networkThatAStoppedContainerNeedsNowStays() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let name = "balai-test-\(UUID().uuidString.prefix(8).lowercased())"
      try await engine.docker("network", "create", name)
      let rules = "version: 1\ngrace: 0s\nremove:\n  networks: [{name: \"balai-test-*\"}]\n"
      let plan = try await plan(rules, on: engine)
      #expect(plan.steps.map(\.title) == [name])
      let file = engine.directory + "/saved.json"
      try plan.save(to: file)
      try await engine.docker("create", "--name", "late", "--network", name, "base:1", "true")
      let balai = BalaiCommand(engine: engine)
      let swept = try await balai("prune", "-f", file)
      #expect(swept.output.contains("skipped, it is in use: container 'late'"), "\(swept.output)")
      #expect(try await engine.docker("network", "ls", "-q", "-f", "name=\(name)") != "")
      try await engine.docker("rm", "late")
      let again = try await balai("prune", "-f", file)
      #expect(again.output.contains("removed 1 network"), "\(again.output)\(again.errors)")
    }
  }

  @Test func anonymousVolumesOfContainersThatRemoveThemselvesAreInTheFigures() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      try await store.container(
        .removedOnExit, of: "base:1", volumes: ["/cache"],
        running: "seq 20000 >/cache/numbers; sleep 100000")
      for _ in 0..<200 where try engine.volumeBytes() == 0 {
        try await Task.sleep(for: .milliseconds(20))
      }
      let text = try await BalaiCommand.run(["policy", "show", "stop-rm-rmi"]).output
      let plan = try await plan(text, on: engine)
      #expect(plan.frees.content == Bytes(exactly: try engine.contentBytes()))
      #expect(plan.notes.contains { $0.contains("started with --rm") }, "\(plan.notes)")
    }
  }

  @Test func explanationNamesRulesGainAndPins() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1", size: 5_000)
      try await store.image("app:1", from: "base:1", [.file("/a", size: 70_000)])
      try await store.container(.exited, of: "app:1", named: "job")
      let balai = BalaiCommand(engine: engine)
      let image = try await balai("explain", "app:1", "-p", "stop-rm-rmi")
      #expect(image.status == 0, "\(image.errors)")
      #expect(image.output.contains("remove: "), "\(image.output)")
      #expect(image.output.contains("container job"), "\(image.output)")
      struct Figures: Decodable {
        struct Interval: Decodable { let atLeast, atMost: Int64 }
        let alone, withPlan: Interval
      }
      let json = try await balai("explain", "app:1", "-p", "stop-rm-rmi", "--format", "json")
      let figures = try JSONDecoder().decode(Figures.self, from: Data(json.output.utf8))
      // Its container holds its layers; the last of all that go takes the base image's with it.
      #expect(figures.alone.atMost == 0)
      #expect(figures.withPlan.atLeast == (try engine.layerStoreBytes()))
      #expect(figures.withPlan.atMost == figures.withPlan.atLeast)
      let kept = try await balai("explain", "image:app:1")
      #expect(kept.output.contains("keep: used by job"), "\(kept.output)")
      #expect(kept.output.contains("when container job is gone"), "\(kept.output)")
      #expect(try await balai("explain", "nothing-like-it").status == 64)
      let groups = try await balai("df", "--by", "repository")
      #expect(groups.output.contains("app"), "\(groups.output)")
    }
  }

  @Test func recordOfARunHasWhatTheFileSystemGained() async throws {
    try await RealEngine.with(ownDisk: true) { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1", size: 6_000_000)
      let balai = BalaiCommand(engine: engine)
      let swept = try await balai("prune", "-f", "-p", "stop-rm-rmi", "--format", "json")
      struct Run: Decodable {
        struct Interval: Decodable { let atLeast, atMost: Int64 }
        let predicted, freed, predictedOnDisk, freedOnDisk: Interval
        let measured: Int64
      }
      let run = try JSONDecoder().decode(Run.self, from: Data(swept.output.utf8))
      #expect(run.predicted.atLeast == run.freed.atLeast && run.freed.atLeast > 6_000_000)
      #expect(run.predictedOnDisk.atLeast == run.freedOnDisk.atLeast)
      #expect(abs(run.measured - run.freedOnDisk.atLeast) <= 1 << 20)
      let shown = try await balai("history", "1").output
      #expect(shown.contains("measured") && shown.contains("reported"), "\(shown)")
    }
  }
}

extension BalaiCommand {
  /// As on a host that has the engine's socket, but not its files.
  func withoutDataRoot(_ arguments: String...) async throws -> ProcessRun {
    let words = [Self.binary.path] + arguments + ["-H", engine.host, "--state-dir", stateDirectory]
    let command = words.map { "'\($0)'" }.joined(separator: " ")
    return try await ProcessRun.of(
      "/usr/bin/unshare",
      ["--mount", "/bin/sh", "-c", "mount -t tmpfs none '\(engine.dataRoot)' && \(command)"])
  }
}
