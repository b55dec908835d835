import Foundation
import TestSupport
import Testing

/// An undo touches nothing that is not what the run took away, and can be repeated after it broke off.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct UndoStrangersTests {
  private static let policy = """
    version: 1
    grace: 0s
    stop: {containers: [{all: true}]}
    remove: {containers: [{all: true}], volumes: [{name: "data"}]}
    archive: {writable-layers: true, volumes: true}
    """

  /// A store with a container `web` and its volume `data`, swept.
  private func sweep(_ engine: RealEngine) async throws -> BalaiCommand {
    let balai = BalaiCommand(engine: engine)
    let store = StoreBuilder(filling: engine)
    try await store.base("base:1")
    try await store.container(
      .running, of: "base:1", named: "web", volumes: ["data:/data"],
      running: "echo kept >/data/file; echo >/written; sleep 100000")
    for _ in 0..<200 where !(try await engine.docker("diff", "web").contains("/written")) {
      try await Task.sleep(for: .milliseconds(20))
    }
    let file = engine.directory + "/policy.yaml"
    try Self.policy.write(toFile: file, atomically: true, encoding: .utf8)
    let swept = try await balai("prune", "-f", "-p", file)
    try #require(swept.status == 0, "\(swept.output)\(swept.errors)")
    return balai
  }

  /// Undoes the first run, with what the proxy does to the engine's answers.
  private func undo(
    _ objects: String..., by balai: BalaiCommand, through proxy: FaultProxy
  ) async throws -> ProcessRun {
    try await BalaiCommand.run(
      ["undo", "1", "-f"] + objects,
      environment: [
        "DOCKER_HOST": "unix://" + proxy.socketPath, "BALAI_STATE_DIR": balai.stateDirectory,
      ])
  }

  private func file(of volume: String, on engine: RealEngine) async throws -> String {
    try await engine.docker(
      "run", "--rm", "--network", "none", "--volume", "\(volume):/v", "base:1", "/bin/busybox",
      "sh", "-c", "cat /v/* 2>/dev/null; true")
  }

  @Test func containerThatTookTheNameIsNeitherStartedNorCalledTheOldOne() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine)
      try await engine.docker("create", "--name", "web", "--network", "none", "base:1", "x")
      let before = try await engine.docker("inspect", "--format", "{{.Id}} {{.State}}", "web")
      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 3, "\(undone.output)\(undone.errors)")
      #expect(undone.output.contains("another container has its name"), "\(undone.output)")
      let after = try await engine.docker("inspect", "--format", "{{.Id}} {{.State}}", "web")
      #expect(after == before)
    }
  }

  @Test func volumeThatSomebodyMadeAnewKeepsWhatIsInIt() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine)
      try await engine.docker(
        "run", "--rm", "--network", "none", "--volume", "data:/v", "base:1", "/bin/busybox", "sh",
        "-c", "echo theirs >/v/theirs")
      let undone = try await balai("undo", "1", "-f", "volume:data")
      #expect(undone.status == 3, "\(undone.output)\(undone.errors)")
      #expect(undone.output.contains("left as it is"), "\(undone.output)")
      #expect(try await file(of: "data", on: engine) == "theirs")
    }
  }

  @Test(arguments: [Fault.close(done: false), .close(done: true), .answer(500, done: false)])
  func volumeWhoseFillingBrokeOffIsFilledByTheNextUndo(fault: Fault) async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine)
      let proxy = try FaultProxy(before: engine.socketPath) { call, _ in
        call.method == "PUT" ? fault : .pass
      }
      defer { proxy.stop() }
      let broken = try await undo(by: balai, through: proxy)
      #expect(broken.status == 3, "\(broken.output)\(broken.errors)")
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try await file(of: "data", on: engine) == "kept")
      let left = try await engine.docker("ps", "-a", "--format", "{{.Names}}")
      #expect(left == "web", "what the undo made for itself has gone")
      #expect(try await engine.docker("images", "-q", "balai.invalid/*") == "")
      let again = try await balai("undo", "1", "-f")
      #expect(again.status == 0 && again.output.contains("there already"), "\(again.output)")
    }
  }

  @Test func containerIsNotStartedOnAVolumeThatIsNotWhole() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine)
      let proxy = try FaultProxy(before: engine.socketPath) { call, _ in
        call.method == "PUT" ? .close(done: false) : .pass
      }
      defer { proxy.stop() }
      let broken = try await BalaiCommand.run(
        ["undo", "1", "-f", "--start"],
        environment: [
          "DOCKER_HOST": "unix://" + proxy.socketPath, "BALAI_STATE_DIR": balai.stateDirectory,
        ])
      #expect(broken.status == 3, "\(broken.output)\(broken.errors)")
      #expect(broken.output.contains("its volume 'data' did not come back"), "\(broken.output)")
      #expect(try await engine.docker("ps", "-q") == "")
      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try await engine.docker("ps", "--format", "{{.Names}}") == "web")
      #expect(try await engine.docker("exec", "web", "cat", "/data/file") == "kept")
    }
  }

  @Test func volumeThatWasWrittenToAfterAnUndoBrokeOffIsLeftAsItIs() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine)
      // The volume comes, and what would fill it does not.
      let proxy = try FaultProxy(before: engine.socketPath) { call, _ in
        let isOwn = call.target.contains("balai-volume-filling")
        return call.method == "POST" && isOwn ? .close(done: false) : .pass
      }
      defer { proxy.stop() }
      let broken = try await undo("volume:data", by: balai, through: proxy)
      #expect(broken.status == 3, "\(broken.output)\(broken.errors)")
      #expect(try await engine.docker("volume", "ls", "-q") == "data")
      try await engine.docker(
        "run", "--rm", "--network", "none", "--volume", "data:/v", "base:1", "/bin/busybox", "sh",
        "-c", "echo theirs >/v/file")
      let refused = try await balai("undo", "1", "-f", "volume:data")
      #expect(refused.status == 3, "\(refused.output)\(refused.errors)")
      #expect(try await file(of: "data", on: engine) == "theirs")
      try await engine.docker("volume", "rm", "data")
      let undone = try await balai("undo", "1", "-f", "volume:data")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try await file(of: "data", on: engine) == "kept")
    }
  }

  /// Whoever mounts a volume that an undo left half filled may have written into it since.
  @Test func volumeThatAContainerCameToMountIsNotFilledAgain() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine)
      // All of it is written, and the undo does not come to know.
      let proxy = try FaultProxy(before: engine.socketPath) { call, _ in
        call.method == "PUT" ? .close(done: true) : .pass
      }
      defer { proxy.stop() }
      let broken = try await undo("volume:data", by: balai, through: proxy)
      #expect(broken.status == 3, "\(broken.output)\(broken.errors)")
      try await engine.docker(
        "run", "--name", "user", "--network", "none", "--volume", "data:/v", "base:1",
        "/bin/busybox", "sh", "-c", "echo theirs >/v/file")
      for _ in 0..<2 {
        let refused = try await balai("undo", "1", "-f", "volume:data")
        #expect(refused.status == 3, "\(refused.output)\(refused.errors)")
        #expect(refused.output.contains("remove the volume"), "\(refused.output)")
        #expect(try await file(of: "data", on: engine) == "theirs")
      }
      try await engine.docker("rm", "user")
      try await engine.docker("volume", "rm", "data")
      let undone = try await balai("undo", "1", "-f", "volume:data")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try await file(of: "data", on: engine) == "kept")
    }
  }

  @Test func imageThatWasLoadedForAContainerThatCannotComeBackDoesNotStay() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      let source = engine.directory + "/source"
      try FileManager.default.createDirectory(
        atPath: source, withIntermediateDirectories: true)
      try await store.container(
        .created, of: "base:1", named: "web", writing: 100,
        options: ["--mount", "type=bind,source=\(source),target=/bound"])
      let file = engine.directory + "/policy.yaml"
      try Self.policy.write(toFile: file, atomically: true, encoding: .utf8)
      let swept = try await balai("prune", "-f", "-p", file)
      try #require(swept.status == 0, "\(swept.output)\(swept.errors)")
      let before = try await engine.everything()
      try FileManager.default.removeItem(atPath: source)
      let failed = try await balai("undo", "1", "-f")
      #expect(failed.status == 3, "\(failed.output)\(failed.errors)")
      #expect(try await engine.everything() == before)
      try FileManager.default.createDirectory(
        atPath: source, withIntermediateDirectories: true)
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
    }
  }

  /// A container `web` on the networks `one` and `two`, swept; and what creates it on `one` alone.
  private func sweepAttached(
    _ engine: RealEngine
  ) async throws -> (BalaiCommand, create: [String]) {
    let balai = BalaiCommand(engine: engine)
    try await StoreBuilder(filling: engine).base("base:1")
    for network in ["one", "two"] {
      try await engine.docker("network", "create", "--internal", network)
    }
    let create = ["create", "--name", "web", "--network", "one", "base:1", "x"]
    try await engine.docker(create)
    try await engine.docker("network", "connect", "two", "web")
    let file = engine.directory + "/policy.yaml"
    try "version: 1\ngrace: 0s\nremove: {containers: [{all: true}]}\n"
      .write(toFile: file, atomically: true, encoding: .utf8)
    let swept = try await balai("prune", "-f", "-p", file)
    try #require(swept.status == 0, "\(swept.output)\(swept.errors)")
    return (balai, create)
  }

  private func networksOfWeb(on engine: RealEngine) async throws -> String {
    try await engine.docker(
      "inspect", "--format", "{{range $n, $_ := .NetworkSettings.Networks}}{{$n}} {{end}}", "web")
  }

  @Test func containerThatAnUndoLeftWithoutANetworkIsAttachedToItByTheNext() async throws {
    try await RealEngine.with { engine in
      let (balai, _) = try await sweepAttached(engine)
      // It is created, and can neither be attached nor be taken back.
      let proxy = try FaultProxy(before: engine.socketPath) { call, _ in
        call.target.hasSuffix("/connect") || call.method == "DELETE" ? .close(done: false) : .pass
      }
      defer { proxy.stop() }
      let broken = try await undo(by: balai, through: proxy)
      #expect(broken.status == 3, "\(broken.output)\(broken.errors)")
      #expect(try await networksOfWeb(on: engine) == "one")
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 0 && !undone.output.contains("there already"), "\(undone.output)")
      #expect(try await networksOfWeb(on: engine) == "one two")
    }
  }

  @Test func strangersContainerIsNotAttachedToTheNetworkThatItLacks() async throws {
    try await RealEngine.with { engine in
      let (balai, create) = try await sweepAttached(engine)
      try await engine.docker(create)
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 3, "\(undone.output)\(undone.errors)")
      #expect(undone.output.contains("another container has its name"), "\(undone.output)")
      #expect(try await networksOfWeb(on: engine) == "one")
    }
  }

  @Test func containerInTheNetworkOfAnotherIsThereAlreadyForASecondUndo() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await StoreBuilder(filling: engine).base("base:1")
      let db = try await engine.docker(
        "create", "--name", "db", "--network", "none", "base:1", "x")
      try await engine.docker(
        "create", "--name", "web", "--network", "container:\(db)", "base:1", "x")
      let file = engine.directory + "/policy.yaml"
      try "version: 1\ngrace: 0s\nremove: {containers: [{all: true}]}\n"
        .write(toFile: file, atomically: true, encoding: .utf8)
      let swept = try await balai("prune", "-f", "-p", file)
      try #require(swept.status == 0, "\(swept.output)\(swept.errors)")
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      let before = try await engine.everything()
      let again = try await balai("undo", "1", "-f")
      #expect(again.status == 0 && again.output.contains("2 there already"), "\(again.output)")
      #expect(try await engine.everything() == before)
    }
  }
}
