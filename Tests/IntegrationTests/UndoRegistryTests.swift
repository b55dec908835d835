import Foundation
import TestSupport
import Testing

/// What comes back from registries, and what is not relied upon once they lost it.
@Suite(.enabled(if: RealRegistry.isAvailable, "there is no docker-registry here"))
struct UndoRegistryTests {
  @Test func secondRegistryIsAskedWhereTheFirstIsGone() async throws {
    try await RealEngine.with { engine in
      let registries = [
        try await RealRegistry.start(beside: engine), try await RealRegistry.start(beside: engine),
      ]
      let store = StoreBuilder(filling: engine)
      let id = try await store.base("app:1")
      for registry in registries {
        try await engine.docker("tag", "app:1", registry.address + "/app:1")
        try await engine.docker("push", registry.address + "/app:1")
      }
      let balai = BalaiCommand(engine: engine)
      let swept = try await balai("prune", "-f", "-p", "stop-rm-rmi")
      #expect(swept.status == 0, "\(swept.errors)")
      #expect(try await engine.everything().isEmpty)
      // The one that is tried first.
      try await #require(registries.min { $0.address < $1.address }).stop()
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try await engine.docker("images", "-q", "--no-trunc", "app:1") == id.rawValue)
    }
  }

  @Test func digestsOfEachRepositoryComeBackWithTheTags() async throws {
    try await RealEngine.with { engine in
      let registry = try await RealRegistry.start(beside: engine)
      try await StoreBuilder(filling: engine).base("local:1")
      for name in ["app:1", "app:2", "other:1"] {
        try await engine.docker("tag", "local:1", "\(registry.address)/\(name)")
        try await engine.docker("push", "\(registry.address)/\(name)")
      }
      let names = ["inspect", "--format", "{{json .RepoTags}} {{json .RepoDigests}}", "local:1"]
      let before = try await engine.docker(names)
      let balai = BalaiCommand(engine: engine)
      let swept = try await balai("prune", "-f", "-p", "stop-rm-rmi")
      #expect(swept.status == 0, "\(swept.errors)")
      #expect(try await engine.everything().isEmpty)
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try await engine.docker(names) == before)
    }
  }

  @Test func imageOfAnotherPlatformComesBackByADigestThatStandsForSeveral() async throws {
    try await RealEngine.with { engine in
      let registry = try await RealRegistry.start(beside: engine)
      let name = registry.address + "/app"
      let context = engine.directory + "/context"
      try FileManager.default.createDirectory(atPath: context, withIntermediateDirectories: true)
      try "FROM scratch\nCOPY Dockerfile /\n"
        .write(toFile: context + "/Dockerfile", atomically: true, encoding: .utf8)
      for architecture in ["amd64", "arm64"] {
        let reference = "\(name):\(architecture)"
        try await engine.docker(
          "build", "--platform", "linux/\(architecture)", "--tag", reference, context,
          buildKit: true)
        try await engine.docker("push", reference)
      }
      try await engine.docker(
        "manifest", "create", "--insecure", "\(name):1", "\(name):amd64", "\(name):arm64")
      try await engine.docker("manifest", "push", "--insecure", "\(name):1")
      try await engine.docker("rmi", "\(name):amd64", "\(name):arm64")
      try await engine.docker("pull", "--platform", "linux/arm64", "\(name):1")
      let images = try await engine.everything()
      let balai = BalaiCommand(engine: engine)
      let swept = try await balai("prune", "-f", "-p", "stop-rm-rmi", "--require-restorable")
      #expect(swept.status == 0, "\(swept.errors)")
      #expect(try await engine.everything().isEmpty)
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try await engine.everything() == images)
    }
  }

  @Test func savedPlanWhoseImageNoRegistryHasAnyMoreIsRefused() async throws {
    try await RealEngine.with { engine in
      let registry = try await RealRegistry.start(beside: engine)
      let name = registry.address + "/app:1"
      try await StoreBuilder(filling: engine).base(name)
      try await engine.docker("push", name)
      let balai = BalaiCommand(engine: engine)
      let file = engine.directory + "/plan.json"
      let planned = try await balai(
        "plan", "-p", "stop-rm-rmi", "--require-restorable", "-o", file)
      #expect(planned.status == 0, "\(planned.errors)")
      try await registry.stop()
      let before = try await engine.everything()
      let refused = try await balai("prune", file, "-f", "--require-restorable")
      #expect(refused.status == 4 && refused.errors.contains("lost: image"), "\(refused.errors)")
      #expect(try await engine.everything() == before)
    }
  }

  @Test func imageWhoseCopyIsMissingIsPulled() async throws {
    try await RealEngine.with { engine in
      let registry = try await RealRegistry.start(beside: engine)
      let name = registry.address + "/app:1"
      let store = StoreBuilder(filling: engine)
      let id = try await store.base(name)
      try await engine.docker("push", name)
      try await store.tag(name, as: "app:2")
      let policy = engine.directory + "/policy.yaml"
      try "{version: 1, grace: 0s, remove: {images: [{all: true}]}, archive: {images: all}}"
        .write(toFile: policy, atomically: true, encoding: .utf8)
      let balai = BalaiCommand(engine: engine)
      let archive = balai.stateDirectory + "/archive"
      for run in ["1", "3"] {
        let swept = try await balai("prune", "-f", "-p", policy)
        #expect(swept.status == 0, "\(swept.errors)")
        #expect(try await engine.everything().isEmpty)
        try FileManager.default.removeItem(atPath: archive)
        guard run == "1" else { break }
        let undone = try await balai("undo", run, "-f")
        #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
        for tag in [name, "app:2"] {
          #expect(try await engine.docker("images", "-q", "--no-trunc", tag) == id.rawValue)
        }
      }
      try await registry.stop()
      let failed = try await balai("undo", "3", "-f")
      #expect(failed.status == 3, "\(failed.errors)")
      let reasons = "cannot use the copy .*; the engine answered POST /images/create"
      #expect(
        failed.output.range(of: reasons, options: .regularExpression) != nil, "\(failed.output)")
    }
  }
}
