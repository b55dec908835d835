import Foundation
import TestSupport
import Testing

/// What an undo can bring back is said before anything goes, and may be demanded.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct RestorabilityTests {
  private func policy(_ engine: RealEngine, _ archive: String) throws -> String {
    let path = engine.directory + "/restorability.yaml"
    let text = """
      version: 1
      grace: 0s
      remove:
        containers: [{all: true}]
        images: [{all: true}]
        volumes: [{name: "*"}]

      """
    try Data((text + archive).utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// `restorable` and so on by the name of each step's object.
  private func words(_ run: ProcessRun) throws -> [String: String] {
    let json = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
    let steps = try #require(json?["steps"] as? [[String: Any]])
    return Dictionary(
      steps.compactMap { step in
        guard let object = step["object"] as? [String: Any], let name = object["name"] as? String,
          let word = step["restorability"] as? String
        else { return nil }
        return (name, word)
      }, uniquingKeysWith: { first, _ in first })
  }

  @Test func containerThatCouldNotBeCreatedAgainIsCalledLost() async throws {
    try await RealEngine.with { engine in
      try await StoreBuilder(filling: engine).base("base:1")
      try await engine.docker("network", "create", "--internal", "gone")
      try await engine.docker("network", "create", "--internal", "stays")
      for (name, network) in [
        ("attached", "gone"), ("whole", "stays"), ("alone", "none"), ("host", "none"),
        ("guest", "container:host"), ("twin", "container:alone"),
      ] {
        try await engine.docker("create", "--name", name, "--network", network, "base:1", "true")
      }
      try await engine.docker("network", "rm", "gone")
      try await engine.docker("rm", "host")
      let file = engine.directory + "/containers.yaml"
      try "version: 1\ngrace: 0s\nremove: {containers: [{all: true}]}\n"
        .write(toFile: file, atomically: true, encoding: .utf8)
      let balai = BalaiCommand(engine: engine)
      let shown = try await balai("plan", "-p", file, "--format", "json")
      #expect(
        try words(shown) == [
          "attached": "lost: network", "guest": "lost: namespace", "whole": "restorable",
          "alone": "restorable", "twin": "restorable",
        ])
      #expect(try await balai("prune", "-f", "-p", file).status == 0)
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 3)
      let back = try await engine.docker("ps", "-a", "--format", "{{.Names}}")
      #expect(back.split(separator: "\n").sorted() == ["alone", "twin", "whole"])
      // As docs/undo.md says.
      try await engine.docker("network", "create", "--internal", "gone")
      let again = try await balai("undo", "1", "attached", "-f")
      #expect(again.status == 0, "\(again.output)\(again.errors)")
      try await engine.docker("rm", "attached", "whole")
      try await engine.docker("network", "rm", "gone", "stays")
    }
  }

  @Test func planWithLossesIsRefusedOnDemandAndNothingIsTouched() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let clean = try await store.container(.exited, of: "base:1")
      let written = try await store.container(.exited, of: "base:1", writing: 3_000)
      try await engine.docker("volume", "create", "data")
      let names = try await engine.docker(
        "inspect", "--format", "{{slice .Name 1}}", clean.rawValue, written.rawValue
      ).split(separator: "\n").map(String.init)
      let balai = BalaiCommand(engine: engine)
      let bare = try policy(engine, "")
      let before = try await engine.everything()

      let shown = try await balai("plan", "-p", bare, "--require-restorable", "--format", "json")
      #expect(shown.status == 4, "\(shown.errors)")
      let lost = try words(shown)
      #expect(lost["base:1"] == "lost: image")
      #expect(names.map { lost[$0] } == ["lost: image", "lost: image"])
      let refused = try await balai("prune", "-f", "-p", bare, "--require-restorable")
      #expect(refused.status == 4 && refused.errors.contains("cannot be undone"))
      #expect(refused.output.contains(" steps cannot be undone: "))
      #expect(try await engine.everything() == before)

      let images = try policy(engine, "archive: {images: local-only}\n")
      let some = try words(try await balai("plan", "-p", images, "--format", "json"))
      #expect(some["base:1"] == "archived")
      #expect(names.map { some[$0] } == ["restorable", "lost: writable layer"])

      let all = try policy(engine, "archive: {images: all, writable-layers: true, volumes: true}\n")
      let saved = try await balai("plan", "-p", all, "--require-restorable", "--format", "json")
      #expect(saved.status == 0, "\(saved.errors)")
      let kept = try words(saved)
      #expect(names.map { kept[$0] } == ["restorable", "archived"])
      #expect(["archived", "restorable"].contains(kept["data"]))
      #expect(try await engine.everything() == before)
    }
  }

  @Test func dependentsOfARealProjectAreStoppedFirst() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      for (name, needs) in [("a-db", ""), ("b-web", "a-db:service_started:false")] {
        try await engine.docker(
          "create", "--name", name, "--label", "com.docker.compose.project=shop", "--label",
          "com.docker.compose.service=\(name)", "--label",
          "com.docker.compose.depends_on=\(needs)", "base:1", "x")
      }
      let balai = BalaiCommand(engine: engine)
      let run = try await balai("prune", "-f", "-p", try policy(engine, ""), "--format", "json")
      let json = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
      let steps = try #require(json?["steps"] as? [[String: Any]], "\(run.errors)")
      let names = steps.compactMap { ($0["object"] as? [String: Any])?["name"] as? String }
      #expect(names == ["b-web", "a-db", "base:1"])
      #expect(run.status == 0)
    }
  }
}
