import Foundation
import TestSupport
import Testing

/// What a container shares with others, and what it is attached to, is there again after an undo.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct UndoNeedsTests {
  /// Sweeps what `rules` say, once the engine was filled.
  private func sweep(
    _ engine: RealEngine, removing rules: String = "containers: [{all: true}]",
    of fill: () async throws -> Void
  ) async throws -> BalaiCommand {
    let balai = BalaiCommand(engine: engine)
    try await StoreBuilder(filling: engine).base("base:1")
    try await fill()
    let file = engine.directory + "/policy.yaml"
    try """
    version: 1
    grace: 0s
    stop-timeout: 1s
    stop: {containers: [{all: true}]}
    remove: {\(rules)}
    """.write(toFile: file, atomically: true, encoding: .utf8)
    let swept = try await balai("prune", "-f", "-p", file)
    try #require(swept.status == 0, "\(swept.output)\(swept.errors)")
    return balai
  }

  /// Undoes run 1, starts the container, and expects that a second undo finds all of it.
  private func expectToComeBack(
    _ name: String, by balai: BalaiCommand, on engine: RealEngine
  ) async throws {
    let undone = try await balai("undo", "1", "-f")
    #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
    for _ in 0..<2 {
      let again = try await balai("undo", "1", "-f")
      #expect(again.status == 0 && again.output.contains("there already"), "\(again.output)")
      try await engine.docker("start", name)
    }
  }

  private func networks(of name: String, on engine: RealEngine) async throws -> String {
    try await engine.docker(
      "inspect", "--format", "{{range $n, $_ := .NetworkSettings.Networks}}{{$n}} {{end}}", name)
  }

  @Test func containersComeBackAfterThoseThatTheyNeedWhateverTheirNames() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine) {
        let run = ["run", "-d", "--name"]
        let sleep = ["base:1", "sleep", "99999"]
        try await engine.docker(run + ["adata", "--network", "none", "-v", "/own"] + sleep)
        try await engine.docker(
          run + ["buser", "--network", "none", "--volumes-from", "adata"] + sleep)
        try await engine.docker(run + ["b7", "--network", "none", "--ipc", "shareable"] + sleep)
        let lives = ["--pid", "container:b7", "--ipc", "container:b7"]
        try await engine.docker(run + ["c7", "--network", "none"] + lives + sleep)
        try await engine.docker(run + ["z7", "--network", "container:b7"] + sleep)
      }
      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      let running = try await engine.docker("ps", "--format", "{{.Names}}").split(separator: "\n")
      #expect(running.sorted() == ["adata", "b7", "buser", "c7", "z7"])
      let before = try await engine.everything()
      let again = try await balai("undo", "1", "-f", "--start")
      #expect(again.status == 0 && again.output.contains("10 there already"), "\(again.output)")
      #expect(try await engine.everything() == before)
    }
  }

  @Test func containerIsNotCreatedWithoutTheOneThatItLivesIn() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine, removing: "containers: [{name: z7}]") {
        try await engine.docker("create", "--name", "b7", "--network", "none", "base:1", "x")
        try await engine.docker(
          "create", "--name", "z7", "--network", "container:b7", "base:1", "x")
      }
      try await engine.docker("rm", "b7")
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 3, "\(undone.output)\(undone.errors)")
      #expect(undone.output.contains("it needs the container"), "\(undone.output)")
      #expect(try await engine.docker("ps", "-aq") == "")
    }
  }

  @Test func strangerIsNotTakenForTheContainerThatAnotherLivesIn() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine) {
        try await engine.docker("create", "--name", "b7", "--network", "none", "base:1", "x")
        try await engine.docker(
          "create", "--name", "z7", "--network", "container:b7", "base:1", "x")
      }
      try await engine.docker("create", "--name", "b7", "--network", "none", "base:1", "y")
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 3, "\(undone.output)\(undone.errors)")
      #expect(undone.output.contains("it needs the container 'b7'"), "\(undone.output)")
      #expect(try await engine.docker("ps", "-a", "--format", "{{.Names}}") == "b7")
    }
  }

  @Test func volumesOfAContainerThatWasRemovedLongAgoComeBackWithoutIt() async throws {
    try await RealEngine.with { engine in
      let template = "{{range .Mounts}}{{.Destination}} {{.Name}} {{.Source}} {{.RW}};{{end}}"
      let shared = engine.directory + "/shared"
      try FileManager.default.createDirectory(
        atPath: shared, withIntermediateDirectories: true)
      let mounts = MountsSeen()
      let balai = try await sweep(engine) {
        try await engine.docker(
          "create", "--name", "src", "--network", "none", "-v", "/own", "-v", "\(shared):/host",
          "-v", "\(shared):/alone:private", "base:1", "x")
        try await engine.docker(
          "create", "--name", "web", "--network", "none", "--volumes-from", "src:ro", "base:1",
          "sleep", "9")
        try await engine.docker("rm", "src")
        await mounts.keep(try await engine.docker("inspect", "--format", template, "web"))
      }
      try await expectToComeBack("web", by: balai, on: engine)
      let after = MountsSeen()
      await after.keep(try await engine.docker("inspect", "--format", template, "web"))
      #expect(await after.all == mounts.all)
      #expect(await after.all.count == 3)
    }
  }

  @Test func targetOfAVolumeCanClimbThroughItsPath() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine) {
        try await engine.docker(
          "create", "--name", "web", "--network", "none", "-v", "data9:/srv/../data", "base:1",
          "sleep", "9")
      }
      try await expectToComeBack("web", by: balai, on: engine)
    }
  }

  @Test(arguments: [false, true])
  func networkThatWasNamedByItsIdIsJoinedAgain(sweepsNetwork: Bool) async throws {
    try await RealEngine.with { engine in
      let networks = sweepsNetwork ? ", networks: [{name: named}]" : ""
      let balai = try await sweep(engine, removing: "containers: [{all: true}]" + networks) {
        let id = try await engine.docker("network", "create", "--internal", "named")
        for (name, text) in [("whole", id), ("part", String(id.prefix(14)))] {
          try await engine.docker(
            "create", "--name", name, "--network", text, "base:1", "sleep", "9")
        }
      }
      try await expectToComeBack("whole", by: balai, on: engine)
      try await expectToComeBack("part", by: balai, on: engine)
      #expect(try await self.networks(of: "part", on: engine) == "named")
    }
  }

  @Test func containerThatLeftNoNetworkForOneComesBackOnIt() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine) {
        try await engine.docker("network", "create", "--internal", "netb")
        try await engine.docker(
          "create", "--name", "web", "--network", "none", "base:1", "sleep", "9")
        try await engine.docker("network", "disconnect", "none", "web")
        try await engine.docker("network", "connect", "--alias", "front", "netb", "web")
      }
      try await expectToComeBack("web", by: balai, on: engine)
      #expect(try await networks(of: "web", on: engine) == "netb")
    }
  }

  @Test func containerIsNotAttachedToAnotherNetworkThatTookTheName() async throws {
    try await RealEngine.with { engine in
      let rules = "containers: [{all: true}], networks: [{name: netb}]"
      let balai = try await sweep(engine, removing: rules) {
        try await engine.docker("network", "create", "--internal", "netb")
        try await engine.docker("create", "--name", "web", "--network", "netb", "base:1", "x")
      }
      try await engine.docker("network", "create", "--internal", "--label", "a=b", "netb")
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 3, "\(undone.output)\(undone.errors)")
      #expect(undone.output.contains("the network 'netb' is another one now"), "\(undone.output)")
      #expect(try await engine.docker("ps", "-aq") == "")
    }
  }
}

/// The lines that an inspect shows of mounts, in any order.
private actor MountsSeen {
  private(set) var all: Set<Substring> = []

  func keep(_ text: String) { all = Set(text.split(separator: ";")) }
}
