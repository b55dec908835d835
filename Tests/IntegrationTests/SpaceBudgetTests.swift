import Foundation
import Plan
import TestSupport
import Testing

/// Space budgets, limits and the guard against the wrong engine, on a real engine.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct SpaceBudgetTests {
  private static let everything = """
    version: 1
    grace: 0s
    remove:
      containers: [{all: true}]
      images: [{all: true}]

    """

  private func write(_ policy: String, on engine: RealEngine) throws -> String {
    let file = engine.directory + "/\(UUID().uuidString.prefix(8)).yaml"
    try (Self.everything + policy).write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  private func available(_ engine: RealEngine) throws -> Int64 {
    let room = try FileManager.default.attributesOfFileSystem(forPath: engine.dataRoot)
    return try #require((room[.systemFreeSize] as? NSNumber)?.int64Value)
  }

  @Test func pruneStopsWhenTheDiskHasTheTargetFree() async throws {
    try await RealEngine.with(ownDisk: true) { engine in
      let store = StoreBuilder(filling: engine)
      for number in 0..<5 { try await store.base("base:\(number)", size: 20_000_000) }
      let balai = BalaiCommand(engine: engine)
      let free = try available(engine)
      let target = free + 50_000_000
      let policy = try write(
        "space: { min-free-space: \(target)b, order: oldest }\n", on: engine)
      let shown = try await balai("plan", "-p", policy, "--detailed-exitcode")
      #expect(shown.status == 2 && shown.output.contains("is met"), "\(shown.output)")
      let swept = try await balai("prune", "-f", "-p", policy)
      #expect(swept.status == 0, "\(swept.output)\(swept.errors)")
      #expect(try available(engine) >= target)
      // Three of 20 MB are enough for 50 MB; two are left.
      #expect(try await engine.docker("images", "-q").split(separator: "\n").count == 2)
      let next = try await balai("prune", "-f", "-p", policy)
      #expect(next.status == 0 && next.output.contains("nothing to remove"), "\(next.output)")
      #expect(next.output.contains("enough"), "\(next.output)")
    }
  }

  @Test func targetThatCannotBeMetIsStatus5AndSaysWhatBlocksIt() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1", size: 6_000_000)
      try await store.base("base:2", size: 3_000_000)
      try await store.container(.running, of: "base:1", named: "busy")
      let balai = BalaiCommand(engine: engine)
      let policy = try write("space: { max-used-space: 1MB }\n", on: engine)
      let shown = try await balai("plan", "-p", policy, "--detailed-exitcode")
      #expect(shown.status == 5, "\(shown.output)\(shown.errors)")
      #expect(shown.output.contains("cannot be met"), "\(shown.output)")
      #expect(shown.output.contains("base:1") && shown.output.contains("used by busy"))
      let swept = try await balai("prune", "-f", "-p", policy)
      #expect(swept.status == 5, "\(swept.output)\(swept.errors)")
      #expect(try await engine.docker("images", "-q", "base:2") == "")
    }
  }

  @Test func freeSpaceOfAHostFarAwayCannotBeJudgedButUseCan() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1", size: 2_000_000)
      let balai = BalaiCommand(engine: engine)
      let free = try write("space: { min-free-space: 15% }\n", on: engine)
      let blind = try await balai.withoutDataRoot("plan", "-p", free)
      #expect(blind.status == 1, "\(blind.output)")
      #expect(blind.errors.contains("cannot judge space.min-free-space"), "\(blind.errors)")
      let used = try write("space: { max-used-space: 1MB }\n", on: engine)
      let seen = try await balai.withoutDataRoot("plan", "-p", used, "--detailed-exitcode")
      #expect(seen.status == 2, "\(seen.output)\(seen.errors)")
    }
  }

  @Test func planBeyondALimitIsShownAndNeverCarriedOut() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      for number in 0..<3 { try await store.base("base:\(number)", size: 1_000) }
      let before = try await engine.everything()
      let balai = BalaiCommand(engine: engine)
      let file = engine.directory + "/plan.json"
      for (limits, words) in [
        ("objects: 2", "limits.objects allows 2"), ("bytes: 1kB", "limits.bytes allows 1kB"),
        ("image-share: 80%", "limits.image-share allows 80%"),
      ] {
        let policy = try write("limits: { \(limits) }\n", on: engine)
        let shown = try await balai("plan", "-p", policy, "-o", file)
        #expect(shown.status == 4 && shown.output.contains(words), "\(shown.output)")
        for swept in [
          try await balai("prune", "-f", "-p", policy), try await balai("prune", "-f", file),
        ] {
          #expect(swept.status == 4, "\(swept.output)")
          #expect(swept.errors.contains("nothing was touched"), "\(swept.errors)")
        }
      }
      #expect(try await engine.everything() == before)
      let loose = try write("limits: { objects: 3, image-share: 100% }\n", on: engine)
      #expect(try await balai("prune", "-f", "-p", loose).status == 0)
    }
  }

  @Test func policyForAnotherEngineIsRefused() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      let before = try await engine.everything()
      let balai = BalaiCommand(engine: engine)
      let wrong = try write("engine: { name: \"nobody-has-this-*\" }\n", on: engine)
      for command in ["plan", "prune"] {
        let run =
          command == "plan"
          ? try await balai("plan", "-p", wrong) : try await balai("prune", "-f", "-p", wrong)
        #expect(run.status == 4 && run.errors.contains("engine.name"), "\(run.errors)")
      }
      #expect(try await engine.everything() == before)
      let right = try write("engine: { name: \"*\", host: \"\(engine.host)\" }\n", on: engine)
      #expect(try await balai("prune", "-f", "-p", right).status == 0)
    }
  }
}
