import Archive
import Engine
import Foundation
import Inventory
import TestSupport
import Testing

@testable import Sweep

/// A volume comes back with whatever a file system can hold, and its top directory as it was.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct VolumeCopyTests {
  private func folder(_ engine: RealEngine) -> String {
    engine.dataRoot + "/volumes/data/_data"
  }

  /// Each file with all that a copy keeps of it.
  private func tree(_ folder: String) throws -> [String] {
    var names: [ino_t: String] = [:]
    return try ([""] + FileManager.default.subpathsOfDirectory(atPath: folder).sorted()).map {
      let path = folder + "/" + $0
      var status = stat()
      try #require(lstat(path, &status) == 0)
      let content =
        switch status.st_mode & S_IFMT {
        case S_IFLNK: try FileManager.default.destinationOfSymbolicLink(atPath: path)
        case S_IFREG: SHA256.hex([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
        default: ""
        }
      let same = names[status.st_ino] ?? $0
      names[status.st_ino] = same
      let mode = String(status.st_mode, radix: 8)
      return "\($0) \(mode) \(status.st_uid):\(status.st_gid) \(status.st_rdev) "
        + "\(status.st_nlink) \(same) \(status.st_mtim.tv_sec) \(content)"
    }
  }

  private func fill(_ folder: String) throws {
    let files = FileManager.default
    for name in ["app", "sticky", "empty"] {
      try files.createDirectory(
        atPath: folder + "/" + name, withIntermediateDirectories: true)
    }
    let file = folder + "/app/file"
    try Data("content".utf8).write(to: URL(fileURLWithPath: file))
    for (name, target) in [
      ("app/conf", "../../shared/conf"), ("absolute", "/etc/passwd"), ("above", "../../../../../x"),
      ("dangling", "nothing"),
    ] {
      try files.createSymbolicLink(atPath: folder + "/" + name, withDestinationPath: target)
    }
    try #require(link(file, folder + "/hard") == 0)
    try #require(mkfifo(folder + "/pipe", 0o640) == 0)
    try #require(mknod(folder + "/null", S_IFCHR | 0o666, 0x103) == 0)
    try Data().write(to: URL(fileURLWithPath: folder + "/.wh.file"))
    try Data().write(
      to: URL(fileURLWithPath: folder + "/" + String(repeating: "long", count: 60)))
    try #require(chown(file, 5, 6) == 0 && chmod(file, 0o4711) == 0)
    try #require(chmod(folder + "/sticky", 0o1777) == 0 && chmod(folder + "/empty", 0o700) == 0)
    try #require(chown(folder, 1234, 4321) == 0 && chmod(folder, 0o770) == 0)
    var times = [
      timespec(tv_sec: 1_600_000_000, tv_nsec: 0), timespec(tv_sec: 1_600_000_000, tv_nsec: 0),
    ]
    try #require(utimensat(AT_FDCWD, file, &times, 0) == 0)
    try #require(utimensat(AT_FDCWD, folder, &times, 0) == 0)
  }

  private func sweep(_ engine: RealEngine) async throws -> BalaiCommand {
    let balai = BalaiCommand(engine: engine)
    let file = engine.directory + "/policy.yaml"
    try """
    version: 1
    grace: 0s
    remove: {volumes: [{name: "data"}]}
    archive: {volumes: true}
    """.write(toFile: file, atomically: true, encoding: .utf8)
    let swept = try await balai("prune", "-f", "-p", file)
    try #require(swept.status == 0, "\(swept.output)\(swept.errors)")
    try #require(try await engine.docker("volume", "ls", "-q") == "")
    return balai
  }

  @Test func everyKindOfFileComesBackAndTheTopDirectoryAsItWas() async throws {
    try await RealEngine.with { engine in
      try await engine.docker("volume", "create", "data")
      try fill(folder(engine))
      let before = try tree(folder(engine))
      let balai = try await sweep(engine)
      let undone = try await balai("undo", "1", "-f")
      #expect(undone.status == 0, "\(undone.output)\(undone.errors)")
      #expect(try tree(folder(engine)) == before)
    }
  }

  @Test func copyOfWhatIsInTheDirectoryAloneIsStillWrittenBack() async throws {
    try await RealEngine.with { engine in
      try await engine.docker("volume", "create", "data")
      let client = try await EngineClient.connect(
        to: EngineEndpoint(socketPath: engine.socketPath))
      let description = try #require(try await client.description(ofVolume: "data"))
      try await engine.docker("volume", "rm", "data")
      let archive = engine.directory + "/copies"
      let content = engine.directory + "/content"
      try FileManager.default.createDirectory(
        atPath: archive, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      try FileManager.default.createDirectory(
        atPath: content + "/sub", withIntermediateDirectories: true)
      try Data("kept".utf8).write(to: URL(fileURLWithPath: content + "/sub/file"))
      let tar = archive + "/new.tar"
      let packed = try await ProcessRun.of("/bin/tar", ["-C", content, "-cf", tar, "."])
      try #require(packed.status == 0, "\(packed.errors)")
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: tar)))
      let file = archive + "/volume-\(SHA256.hex(bytes)).tar"
      try FileManager.default.moveItem(atPath: tar, toPath: file)
      let copy = ArchivedCopy(
        file: file, size: Int64(bytes.count), digest: SHA256.hex(bytes), image: nil,
        savedAt: Timestamp(seconds: 1), expiresAt: nil)
      let run = RunRecord(
        id: 1, engineKey: client.identity.key, engineName: "", policy: "",
        startedAt: Timestamp(seconds: 1), end: .complete, predicted: .zero)
      let restorer = Restorer(
        of: run, client: client, authorization: { (_) async throws(EngineError) in nil })
      let outcome = try await restorer.createVolume(
        "data", describedBy: description, filledFrom: copy)
      #expect(outcome == .done)
      #expect(
        try String(contentsOfFile: folder(engine) + "/sub/file", encoding: .utf8) == "kept")
    }
  }

  @Test func undoWhoseCopyTheEngineRefusesSaysWhereItIs() async throws {
    try await RealEngine.with { engine in
      try await engine.docker("volume", "create", "data")
      try Data("kept".utf8).write(to: URL(fileURLWithPath: folder(engine) + "/file"))
      let balai = try await sweep(engine)
      let proxy = try FaultProxy(before: engine.socketPath) { call, _ in
        call.method == "PUT" ? .answer(500, done: false) : .pass
      }
      defer { proxy.stop() }
      let refused = try await BalaiCommand.run(
        ["undo", "1", "-f"],
        environment: [
          "DOCKER_HOST": "unix://" + proxy.socketPath, "BALAI_STATE_DIR": balai.stateDirectory,
        ])
      #expect(refused.status == 3, "\(refused.output)\(refused.errors)")
      let archive = balai.stateDirectory + "/archive"
      let copy = try #require(
        try FileManager.default.contentsOfDirectory(atPath: archive).first { $0.hasSuffix(".tar") })
      #expect(
        refused.output.contains("unpack its copy, \(archive)/\(copy), by hand"), "\(refused.output)"
      )
      #expect(try await engine.docker("volume", "ls", "-q") == "", "half of it is not left")
      // As docs/undo.md says.
      try await engine.docker("volume", "create", "data")
      let unpacked = try await ProcessRun.of(
        "/bin/tar",
        [
          "-xpf", archive + "/" + copy, "--numeric-owner", "--strip-components=1", "-C",
          folder(engine),
        ])
      #expect(unpacked.status == 0, "\(unpacked.errors)")
      #expect(try String(contentsOfFile: folder(engine) + "/file", encoding: .utf8) == "kept")
    }
  }
}
