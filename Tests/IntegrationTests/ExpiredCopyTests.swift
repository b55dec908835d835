import Foundation
import Index
import Inventory
import TestSupport
import Testing

/// A copy that has expired goes, and the journal names it for as long as it may be there.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct ExpiredCopyTests {
  /// A copy on record that has expired long ago, and not yet its file.
  private func record(_ directory: String, _ index: HostIndex) throws -> ArchivedCopy {
    let copy = ArchivedCopy(
      file: "\(directory)/volume-\(SHA256.hex("x")).tar", size: 1, digest: SHA256.hex("x"),
      image: nil, savedAt: Timestamp(seconds: 1_600_000_000),
      expiresAt: Timestamp(seconds: 1_600_000_001))
    let run = RunRecord(
      id: 0, engineKey: "other", engineName: "other", policy: "p", startedAt: copy.savedAt,
      end: .complete, predicted: .zero,
      steps: [
        StepRecord(
          number: 0, action: .removeVolume, object: .volume("v"), title: "v", frees: .zero,
          restorability: .archived)
      ])
    let id = try index.beginRun(run)
    try index.intend(run: id, step: 0, at: copy.savedAt, keeping: Keepsake(archive: copy))
    return copy
  }

  private func write(_ copy: ArchivedCopy) throws {
    let directory = URL(fileURLWithPath: copy.file).deletingLastPathComponent().path
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try Data([1]).write(to: URL(fileURLWithPath: copy.file))
    try Data().write(to: URL(fileURLWithPath: directory + "/.balai-archive"))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_600_000_000)], ofItemAtPath: copy.file)
  }

  @Test func copyWhoseDiskIsNotThereIsNotForgotten() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      #expect(try await balai("index").status == 0)
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      let disk = engine.directory + "/disk"
      let copy = try record(disk + "/copies", index)
      let run = try await balai("prune", "-f", "-p", "stop-rm-rmi")
      #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
      #expect(try index.archivedCopies() == [copy])
      #expect(!FileManager.default.fileExists(atPath: disk), "nothing is made in its place")
      try write(copy)
      #expect(try await balai("prune", "-f", "-p", "stop-rm-rmi").status == 0)
      #expect(!FileManager.default.fileExists(atPath: copy.file))
      #expect(try index.archivedCopies().isEmpty)
      _ = try record(disk + "/copies", index)
      #expect(try await balai("prune", "-f", "-p", "stop-rm-rmi").status == 0)
      #expect(try index.archivedCopies().isEmpty, "somebody deleted it by hand")
    }
  }

  @Test func rootDeletesNothingWhereOthersLeadThePath() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      #expect(try await balai("index").status == 0)
      let index = try HostIndex(at: balai.stateDirectory + "/index.db")
      let open = engine.directory + "/open"
      let copy = try record(open + "/copies", index)
      try write(copy)
      chmod(open, 0o777)
      let run = try await balai("prune", "-f", "-p", "stop-rm-rmi")
      #expect(run.errors.contains("chmod go-w '\(open)'"), "\(run.errors)")
      #expect(FileManager.default.fileExists(atPath: copy.file))
      #expect(try index.archivedCopies() == [copy])
      chmod(open, 0o755)
      #expect(try await balai("prune", "-f", "-p", "stop-rm-rmi").status == 0)
      #expect(!FileManager.default.fileExists(atPath: copy.file))
    }
  }
}
