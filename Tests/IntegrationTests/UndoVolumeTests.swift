import Foundation
import TestSupport
import Testing

/// What an undo does with volumes that lead to data of others, or that did not come back, and with the
/// containers that run on them.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct UndoVolumeTests {
  private static let policy = """
    version: 1
    grace: 0s
    stop-timeout: 1s
    stop: {containers: [{all: true}]}
    remove: {containers: [{all: true}], volumes: [{name: "data"}]}
    archive: {volumes: true}
    """

  /// Sweeps a running container `web` and its volume `data`, made with these options, that holds `old`.
  private func sweep(
    _ engine: RealEngine, _ options: [String] = []
  ) async throws -> BalaiCommand {
    let balai = BalaiCommand(engine: engine)
    let store = StoreBuilder(filling: engine)
    try await store.base("base:1")
    try await engine.docker(["volume", "create"] + options + ["data"])
    try await engine.docker(
      "run", "--rm", "--network", "none", "--volume", "data:/v", "base:1", "/bin/busybox", "sh",
      "-c", "echo old >/v/file")
    try await store.container(.running, of: "base:1", named: "web", volumes: ["data:/data"])
    let file = engine.directory + "/policy.yaml"
    try Self.policy.write(toFile: file, atomically: true, encoding: .utf8)
    let swept = try await balai("prune", "-f", "-p", file)
    try #require(swept.status == 0, "\(swept.output)\(swept.errors)")
    try #require(try await engine.docker("volume", "ls", "-q") == "")
    return balai
  }

  /// A directory of the host, and the options of a volume that leads to it.
  private func directory(_ engine: RealEngine) throws -> (path: String, options: [String]) {
    let path = engine.directory + "/srv"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return (path, ["-o", "type=none", "-o", "o=bind", "-o", "device=\(path)"])
  }

  @Test func dataThatAVolumeLeadsToIsNotWrittenOver() async throws {
    try await RealEngine.with { engine in
      let (path, options) = try directory(engine)
      let balai = try await sweep(engine, options)
      let file = path + "/file"
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "old\n", "it lives on")
      try Data("newer\n".utf8).write(to: URL(fileURLWithPath: file))
      try #require(chmod(path, 0o711) == 0)
      for _ in 0..<2 {
        let undone = try await balai("undo", "1", "-f", "--start")
        #expect(undone.status == 3, "\(undone.output)\(undone.errors)")
        #expect(undone.output.contains("left as it is"), "\(undone.output)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "newer\n")
        #expect(
          try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            == 0o711)
        #expect(try await engine.docker("exec", "web", "cat", "/data/file") == "newer")
      }
    }
  }

  @Test func emptyDirectoryThatAVolumeLeadsToIsFilled() async throws {
    try await RealEngine.with { engine in
      let (path, options) = try directory(engine)
      let balai = try await sweep(engine, options)
      try FileManager.default.removeItem(atPath: path + "/file")
      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try String(contentsOfFile: path + "/file", encoding: .utf8) == "old\n")
      let again = try await balai("undo", "1", "-f", "--start")
      #expect(again.status == 0 && again.output.contains("3 there already"), "\(again.output)")
    }
  }

  /// Processes of the host write there too, and mount no volume.
  @Test func fillingThatBrokeOffWhereOthersWriteIsGoneOnWithOnlyOnceThatIsEmpty() async throws {
    try await RealEngine.with { engine in
      let (path, options) = try directory(engine)
      let balai = try await sweep(engine, options)
      let file = path + "/file"
      try FileManager.default.removeItem(atPath: file)
      let proxy = try FaultProxy(before: engine.socketPath) { call, _ in
        call.method == "PUT" ? .close(done: true) : .pass
      }
      defer { proxy.stop() }
      let broken = try await BalaiCommand.run(
        ["undo", "1", "-f"],
        environment: [
          "DOCKER_HOST": "unix://" + proxy.socketPath, "BALAI_STATE_DIR": balai.stateDirectory,
        ])
      #expect(broken.status == 3, "\(broken.output)\(broken.errors)")
      try Data("newer\n".utf8).write(to: URL(fileURLWithPath: file))
      for _ in 0..<2 {
        let refused = try await balai("undo", "1", "-f", "--start")
        #expect(refused.status == 3, "\(refused.output)\(refused.errors)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "newer\n")
        #expect(try await engine.docker("ps", "-q") == "")
      }
      try FileManager.default.removeItem(atPath: file)
      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "old\n")
    }
  }

  /// Whoever makes the volume again by its options, as Compose does, makes the way to the same data.
  @Test func volumeThatSomebodyMadeAgainAndThatLeadsToTheSameDataIsNoStrangers() async throws {
    try await RealEngine.with { engine in
      let (path, options) = try directory(engine)
      let balai = try await sweep(engine, options)
      try Data("newer\n".utf8).write(to: URL(fileURLWithPath: path + "/file"))
      try await engine.docker(["volume", "create"] + options + ["data"])
      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 3, "\(undone.output)\(undone.errors)")
      #expect(try await engine.docker("exec", "web", "cat", "/data/file") == "newer")
    }
  }

  @Test func containerIsNotCreatedOnAStrangersVolume() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine)
      let show = [
        "run", "--rm", "--network", "none", "--volume", "data:/v", "base:1", "/bin/busybox", "sh",
        "-c",
      ]
      try await engine.docker(show + ["echo theirs >/v/file"])
      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 3, "\(undone.output)\(undone.errors)")
      #expect(undone.output.contains("the volume 'data' is another one now"), "\(undone.output)")
      #expect(try await engine.docker("ps", "-aq") == "")
      #expect(try await engine.docker(show + ["cat /v/*"]) == "theirs")
      try await engine.docker("volume", "rm", "data")
      let again = try await balai("undo", "1", "-f", "--start")
      #expect(again.status == 0, "\(again.output)\(again.errors)")
      #expect(try await engine.docker("exec", "web", "cat", "/data/file") == "old")
    }
  }

  /// As where a copy is unpacked by hand.
  @Test func containerGetsAVolumeMadeByHandWhereItIsNamedOnceMore() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine)
      try await engine.docker("volume", "create", "--label", "by=hand", "data")
      let named = try await balai("undo", "1", "web", "-f", "--start")
      #expect(named.status == 3, "\(named.output)\(named.errors)")
      #expect(named.output.contains("undo it once more by its name"), "\(named.output)")
      #expect(try await engine.docker("ps", "-aq") == "", "nobody had been told yet")
      let all = try await balai("undo", "1", "-f", "--start")
      #expect(all.status == 3, "\(all.output)\(all.errors)")
      #expect(try await engine.docker("ps", "-aq") == "", "it was not asked for by name")
      let again = try await balai("undo", "1", "web", "-f", "--start")
      #expect(again.status == 3, "its volume is still another one")
      #expect(try await engine.docker("ps", "--format", "{{.Names}}") == "web")
      #expect(try await engine.docker("exec", "web", "/bin/busybox", "ls", "/data") == "")
    }
  }

  /// The container is there from an undo before, and its volume was made anew since.
  @Test func containerIsNotStartedOnAStrangersVolume() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine)
      try await engine.docker("volume", "create", "--label", "a=b", "data")
      try await engine.docker(
        "create", "--network", "none", "--stop-signal", "KILL", "--name", "web", "--volume",
        "data:/data", "base:1", "sleep", "100000")
      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 3, "\(undone.output)\(undone.errors)")
      #expect(try await engine.docker("ps", "-q") == "")
    }
  }

  @Test func containerIsNotCreatedWhereItsVolumeDidNotComeBack() async throws {
    try await RealEngine.with { engine in
      let balai = try await sweep(engine, ["--label", "a=b"])
      let archive = balai.stateDirectory + "/archive"
      try FileManager.default.moveItem(atPath: archive, toPath: archive + "-away")
      let broken = try await balai("undo", "1", "-f", "--start")
      #expect(broken.status == 3, "\(broken.output)\(broken.errors)")
      #expect(broken.output.contains("its volume 'data' did not come back"), "\(broken.output)")
      #expect(try await engine.docker("ps", "-aq") == "")
      #expect(try await engine.docker("volume", "ls", "-q") == "", "none that is empty")
      try FileManager.default.moveItem(atPath: archive + "-away", toPath: archive)
      let undone = try await balai("undo", "1", "-f", "--start")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try await engine.docker("exec", "web", "cat", "/data/file") == "old")
    }
  }
}
