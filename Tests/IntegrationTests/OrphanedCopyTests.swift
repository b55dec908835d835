import Foundation
import Inventory
import TestSupport
import Testing

/// Copies that no run knows of do not stay for ever, where nobody else can know of them.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct OrphanedCopyTests {
  /// A file as a run leaves it that was killed before its journal named it.
  private func leave(_ days: Int, in directory: String) throws -> String {
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let file = "\(directory)/volume-\(SHA256.hex("\(days)")).tar"
    try Data([1]).write(to: URL(fileURLWithPath: file))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -86_400 * Double(days))], ofItemAtPath: file)
    return file
  }

  private func policy(_ engine: RealEngine, _ archive: String) throws -> String {
    let path = engine.directory + "/policy.yaml"
    try """
    version: 1
    grace: 0s
    remove: {images: [{all: true}]}
    \(archive)
    """.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test func oldOnesGoFromTheArchiveOfTheStateDirectoryAlone() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      #expect(try await balai("index").status == 0)
      let own = balai.stateDirectory + "/archive"
      let (young, middle, old) = (
        try leave(5, in: own), try leave(20, in: own), try leave(40, in: own)
      )
      let shared = engine.directory + "/shared"
      let others = try leave(400, in: shared)
      func left() -> [String] {
        [young, middle, old, others].filter { FileManager.default.fileExists(atPath: $0) }
      }
      func prune(_ archive: String, _ options: String = "-f") async throws {
        let run = try await balai("prune", options, "-p", try policy(engine, archive))
        #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
      }
      try await prune("archive: {keep-for: 1d}", "-n")
      #expect(left() == [young, middle, old, others], "a dry run deletes nothing")
      try await prune("archive: {directory: '\(shared)', keep-for: 10d}")
      #expect(left() == [young, middle, others], "thirty days where the policy says nothing of it")
      try await prune("")
      #expect(left() == [young, middle, others])
      try await prune("archive: {keep-for: 10d}")
      #expect(left() == [young, others])
    }
  }
}
