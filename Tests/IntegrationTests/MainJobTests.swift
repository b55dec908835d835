import Foundation
import Inventory
import Plan
import TestSupport
import Testing

/// The documented sequence on a store that has everything which makes the naive one fail.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct MainJobTests {
  /// Images and containers as hosts collect them.
  private func fill(_ engine: RealEngine) async throws {
    let store = StoreBuilder(filling: engine)
    try await store.base("base:1", size: 30_000)
    try await store.image(
      "app:1", from: "base:1",
      [.file("/a", size: 5_000), .workingDirectory("/w"), .file("/b", size: 7)])
    try await store.tag("app:1", as: "app:latest")
    try await store.image("web:1", from: "app:1", [.file("/c", size: 900), .label("l", "1")])
    try await store.tag("web:1", as: "mirror.test:5000/team/web:1")
    try await store.tag("web:1", as: "other/web:x")
    try await store.image(nil, from: "base:1", [.file("/d", size: 400), .environment("K", "V")])
    try await store.image("old:1", from: "base:1", [.file("/e", size: 50), .file("/f", size: 60)])
    try await store.removeLeavingParents("old:1")
    try await store.commit("snap:1", from: "app:1", size: 1_234)
    try await store.container(.restartedAlways, of: "app:1", named: "always", writing: 10)
    try await store.container(.restarting, of: "base:1", named: "looping")
    try await store.container(.paused, of: "web:1", named: "paused", writing: 20_000)
    try await store.container(.removedOnExit, of: "app:1", named: "auto")
    try await store.container(.running, of: "snap:1", named: "running", volumes: ["data:/data"])
    try await store.container(.exited, of: "web:1", named: "done", writing: 99)
    try await store.container(.created, of: "base:1", named: "never", writing: 11)
  }

  @Test func sweepLeavesNothingWhereTheThreeLinesLeaveImages() async throws {
    try await RealEngine.with { engine in
      try await fill(engine)
      let naive = try await ProcessRun.of(
        "/bin/sh",
        [
          "-c",
          "docker stop -t 1 $(docker ps -qa); docker rm $(docker ps -qa); docker rmi $(docker images -q)",
        ],
        environment: ["DOCKER_HOST": engine.host, "PATH": "/usr/bin:/bin"])
      #expect(naive.status == 1)
      #expect(try await engine.docker("images", "-aq") != "")

      let swept = try await BalaiCommand(engine: engine)("prune", "-p", "stop-rm-rmi", "-f")
      #expect(swept.status == 0, "\(swept.errors)")
      #expect(try await engine.docker("images", "-aq") == "")
      #expect(try await engine.docker("ps", "-aq") == "")
    }
  }

  @Test func sweepOfAFullHostFreesToTheByteWhatTheDryRunSaid() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await fill(engine)
      let before = try await engine.everything()
      let file = engine.directory + "/plan.json"
      let dryRun = try await balai("plan", "-p", "stop-rm-rmi", "-o", file)
      #expect(dryRun.status == 0, "\(dryRun.errors)")
      #expect(try await engine.everything() == before, "a dry run changes nothing")

      let plan = try RemovalPlan(readingFile: file)
      let bytes = try engine.layerStoreBytes() + engine.writableBytes()
      #expect(plan.frees.content == Bytes(exactly: bytes))
      let swept = try await balai("prune", "-p", "stop-rm-rmi", "-f")
      #expect(swept.status == 0, "\(swept.output)\(swept.errors)")
      #expect(try await engine.everything().isEmpty)
      #expect(try engine.layerStoreBytes() == 0)
      #expect(try await engine.docker("volume", "ls", "-q") == "data", "volumes stay")

      let again = try await balai("plan", "-p", "stop-rm-rmi", "--detailed-exitcode")
      #expect(again.status == 0, "the next plan is empty: \(again.output)")
    }
  }

  @Test func dryRunAndRunAgree() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await fill(engine)
      let planned = try await balai("plan", "-p", "stop-rm-rmi", "--format", "json")
      let dryRun = try await balai("prune", "-n", "-p", "stop-rm-rmi", "--format", "json")
      #expect(try steps(planned.output) == steps(dryRun.output))
      #expect(planned.output.contains("mirror.test:5000/team/web:1"))
      let saved = engine.directory + "/plan.json"
      try await balai("plan", "-p", "stop-rm-rmi", "-o", saved)
      let swept = try await balai("prune", saved, "-f")
      #expect(swept.status == 0, "\(swept.output)\(swept.errors)")
      #expect(try await engine.everything().isEmpty)
      let run = try await balai("history", "1", "--format", "json")
      #expect(
        try steps(run.output).map(\.withoutReference)
          == steps(planned.output).map(\.withoutReference))
    }
  }

  /// A step of a plan or a run, without what ages.
  private struct Step: Decodable, Hashable {
    struct Object: Decodable, Hashable { let kind, id, name: String }
    struct Frees: Decodable, Hashable { let atLeast, atMost: Int64 }

    let number: Int
    let action: String
    let object: Object
    var reference: String?
    let frees: Frees

    var withoutReference: Step {
      var copy = self
      copy.reference = nil
      return copy
    }
  }

  private func steps(_ json: String) throws -> [Step] {
    struct Document: Decodable { let steps: [Step] }
    return try JSONDecoder().decode(Document.self, from: Data(json.utf8)).steps
  }
}
