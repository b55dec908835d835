import Foundation
import TestSupport
import Testing

/// What a sweep removed comes back, as far as its plan said so.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct UndoTests {
  private let policy = """
    version: 1
    grace: 0s
    stop: {containers: [{all: true}]}
    remove: {containers: [{all: true}], images: [{all: true}], volumes: [{name: "data"}]}
    archive: {images: local-only, writable-layers: true, volumes: true}
    """

  @Test func undoWithNothingToBringBackIsADocumentToo() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      try await store.container(.running, of: "base:1", named: "web")
      let policy = engine.directory + "/stop.yaml"
      try "version: 1\ngrace: 0s\nstop: {containers: [{all: true}]}\n"
        .write(toFile: policy, atomically: true, encoding: .utf8)
      #expect(try await balai("prune", "-f", "-p", policy).status == 0)
      let undone = try await balai("undo", "1", "-f", "--format", "json")
      struct Document: Decodable {
        let run: Int?
        let undoes: Int
        let end: String
      }
      let document = try JSONDecoder().decode(Document.self, from: Data(undone.output.utf8))
      #expect(undone.status == 0 && document.run == nil && document.undoes == 1)
      #expect(document.end == "complete")
    }
  }

  @Test func imagesContainersAndVolumesComeBackWithWhatTheyHeld() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      try await store.tag("base:1", as: "base:2")
      try await store.container(
        .running, of: "base:1", named: "web", volumes: ["data:/data"],
        running: "echo written >/file; echo kept >/data/file; sleep 100000",
        options: ["--env", "KEY=value"])
      try await store.container(.created, of: "base:1", named: "job")
      let file = engine.directory + "/policy.yaml"
      try policy.write(toFile: file, atomically: true, encoding: .utf8)
      let images = try await engine.docker("images", "--no-trunc")
      for _ in 0..<200 where try await engine.docker("diff", "web").isEmpty {
        try await Task.sleep(for: .milliseconds(20))
      }

      let swept = try await balai("prune", "-f", "-p", file)
      #expect(swept.status == 0, "\(swept.output)\(swept.errors)")
      #expect(try await engine.everything().isEmpty)
      #expect(try await engine.docker("volume", "ls", "-q").isEmpty)

      let before = try await engine.everything()
      let look = try await balai("undo", "1", "-n")
      #expect(look.status == 0 && look.output.contains("had been running"), "\(look.output)")
      #expect(try await engine.everything() == before, "a dry run changes nothing")

      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      let ids = { (text: String) in
        Set(text.split(separator: "\n").map { $0.split(separator: " ").prefix(3).map(String.init) })
      }
      let now = try await engine.docker("images", "--no-trunc")
      #expect(ids(images).isSubset(of: ids(now)), "\(now)")
      #expect(
        try await engine.docker("exec", "web", "cat", "/file", "/data/file") == "written\nkept")
      let environment = try await engine.docker("inspect", "--format", "{{.Config.Env}}", "web")
      #expect(environment.contains("KEY=value"))
      try await engine.docker("start", "job")

      let again = try await balai("undo", "1", "-f", "--start")
      #expect(again.status == 0 && again.output.contains("there already"), "\(again.output)")
      let history = try await balai("history")
      #expect(history.output.contains("undo of run 1"), "\(history.output)")
    }
  }

  @Test(.enabled(if: RealRegistry.isAvailable, "there is no docker-registry here"))
  func imageThatARegistryHasIsPulledAgainAndAMovedTagStays() async throws {
    try await RealEngine.with { engine in
      let registry = try await RealRegistry.start(beside: engine)
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      let name = registry.address + "/app:1"
      let id = try await store.base(name)
      try await engine.docker("push", name)
      try await store.tag(name, as: "app:moved")
      try await store.base("local:1")

      let refused = try await balai(
        "prune", "-f", "-p", "stop-rm-rmi", "--require-restorable")
      #expect(refused.status == 4 && refused.errors.contains("local:1"), "\(refused.errors)")
      try await engine.docker("rmi", "local:1")
      let swept = try await balai("prune", "-f", "-p", "stop-rm-rmi", "--require-restorable")
      #expect(swept.status == 0, "\(swept.errors)")
      #expect(try await engine.everything().isEmpty)

      try await store.base("app:moved")
      let other = try await engine.docker("images", "-q", "app:moved")
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 3, "\(undone.output)\(undone.errors)")
      #expect(undone.output.contains("on another image now"), "\(undone.output)")
      let back = try await engine.docker("images", "-q", "--no-trunc", name)
      #expect(back == id.rawValue)
      #expect(try await engine.docker("images", "-q", "app:moved") == other)
    }
  }
}
