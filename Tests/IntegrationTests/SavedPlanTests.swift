import Foundation
import Plan
import TestSupport
import Testing

/// A saved plan, applied after the host has changed, skips exactly what changed.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct SavedPlanTests {
  @Test func whatHasChangedSinceThePlanIsLeftAlone() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      for name in ["moved:1", "used:1", "grown:1", "parent:1", "plain:1", "other:1"] {
        try await store.commit(name, from: "base:1", size: 100)
      }
      try await store.tag("used:1", as: "used:2")
      try await store.tag("parent:1", as: "parent:2")
      try await store.container(.exited, of: "base:1", named: "restarted")
      try await store.container(.exited, of: "plain:1", named: "unchanged")
      try await store.container(.running, of: "base:1", named: "bounced")
      let file = engine.directory + "/plan.json"
      let planned = try await balai("plan", "-p", "stop-rm-rmi", "-o", file)
      #expect(planned.status == 0, "\(planned.errors)")

      let movedID = try await engine.docker("images", "-q", "moved:1")
      try await store.tag("other:1", as: "moved:1")
      try await store.container(.created, of: "used:1", named: "newcomer")
      try await store.tag("grown:1", as: "grown:2")
      try await store.image("child:1", from: "parent:1", [.environment("K", "V")])
      try await engine.docker("start", "restarted")
      try await engine.docker("wait", "restarted")
      try await engine.docker("restart", "-t", "0", "bounced")

      let swept = try await balai("prune", file, "-f")
      #expect(swept.status == 0, "\(swept.output)\(swept.errors)")
      let containers = try await engine.docker("ps", "-a", "--format", "{{.Names}}")
      #expect(Set(containers.split(separator: "\n")) == ["restarted", "newcomer", "bounced"])
      let images = try await engine.docker(
        "images", "--format",
        "{{if eq .Repository \"<none>\"}}{{.ID}}{{else}}{{.Repository}}:{{.Tag}}{{end}}")
      #expect(
        Set(images.split(separator: "\n").map(String.init)) == [
          "base:1", "used:1", "used:2", "grown:1", "grown:2", "parent:1", "parent:2",
          "child:1", "moved:1", "other:1", movedID,
        ])
    }
  }

  /// Their names, tags and states are as they were.
  @Test func whatWasUsedTaggedAgainOrFilledSinceThePlanIsLeftAlone() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      for name in ["used:1", "tagged:1", "plain:1"] {
        try await store.commit(name, from: "base:1", size: 100)
      }
      for name in ["filled", "empty"] {
        try await store.container(.created, of: "base:1", named: name)
      }
      let policy = engine.directory + "/all-but-base.yaml"
      try """
      version: 1
      grace: 0s
      keep: {images: [{reference: 'base:*'}]}
      remove: {containers: [{all: true}], images: [{all: true}]}
      """.write(toFile: policy, atomically: true, encoding: .utf8)
      let file = engine.directory + "/plan.json"
      let planned = try await balai("plan", "-p", policy, "-o", file)
      #expect(planned.status == 0, "\(planned.errors)")

      try await engine.docker("run", "--rm", "--network", "none", "used:1", "true")
      try await engine.docker("tag", "tagged:1", "tagged:1")
      try await engine.docker("cp", file, "filled:/")

      let swept = try await balai("prune", file, "-f")
      #expect(swept.status == 0, "\(swept.output)\(swept.errors)")
      #expect(swept.output.contains("it was used, or may have been, since it was planned"))
      #expect(swept.output.contains("it was tagged or pulled since it was planned"))
      #expect(swept.output.contains("something was written into it"))
      #expect(try await engine.docker("ps", "-a", "--format", "{{.Names}}") == "filled")
      let images = try await engine.docker("images", "--format", "{{.Repository}}:{{.Tag}}")
      #expect(Set(images.split(separator: "\n")) == ["base:1", "used:1", "tagged:1"])
    }
  }

  @Test func planGoesThroughAPipe() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await StoreBuilder(filling: engine).base("base:1")
      let binary = BalaiCommand.binary.path
      let run = try await ProcessRun.of(
        "/bin/bash",
        [
          "-o", "pipefail", "-c",
          "'\(binary)' plan -p stop-rm-rmi -o - | '\(binary)' prune -f - >/dev/null",
        ], environment: ["DOCKER_HOST": engine.host, "BALAI_STATE_DIR": balai.stateDirectory])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.errors.contains("remove image"), "the table goes to stderr")
      #expect(try await engine.everything().isEmpty)
    }
  }

  @Test func planForAnotherEngineTouchesNothing() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let file = engine.directory + "/plan.json"
      try await balai("plan", "-p", "stop-rm-rmi", "-o", file)
      let text = try String(contentsOfFile: file, encoding: .utf8)
        .replacingOccurrences(of: engine.dataRoot, with: "/var/lib/elsewhere")
      try text.write(toFile: file, atomically: true, encoding: .utf8)

      let before = try await engine.everything()
      let swept = try await balai("prune", file, "-f")
      #expect(swept.status == 4)
      #expect(swept.errors.contains("the plan was made for the engine"))
      #expect(try await engine.everything() == before)
    }
  }
}
