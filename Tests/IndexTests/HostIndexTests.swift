import Foundation
import GRDB
import Inventory
import Testing

@testable import Index

struct HostIndexTests {
  private let scratch = Scratch()

  @Test func fileAndSideFilesAreForTheirOwnerOnly() throws {
    defer { scratch.remove() }
    let index = try HostIndex(at: scratch.path)
    _ = try index.record(Samples.survey(at: 1, images: [Samples.image("a")]))
    #expect(try scratch.mode(scratch.directory + "/state") == 0o700)
    for suffix in ["", "-wal", "-shm"] {
      #expect(try scratch.mode(scratch.path + suffix) == 0o600, "index.db\(suffix)")
    }
  }

  @Test func indexOfANewerBalaiIsRefusedAndLeftAsItIs() throws {
    defer { scratch.remove() }
    try { _ = try HostIndex(at: scratch.path) }()
    let database = try DatabaseQueue(path: scratch.path)
    try database.write { db in
      try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999 from tomorrow')")
    }
    try database.close()
    let before = try Data(contentsOf: URL(fileURLWithPath: scratch.path))
    #expect(throws: IndexError.newer(path: scratch.path)) { try HostIndex(at: scratch.path) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path)) == before)
  }

  @Test(arguments: ["garbage that is no database, but long enough to be looked at as one by SQLite"]
  )
  func whatIsNoDatabaseIsRefusedAndLeftAsItIs(text: String) throws {
    defer { scratch.remove() }
    let data = Data(String(repeating: text, count: 20).utf8)
    try FileManager.default.createDirectory(
      atPath: scratch.directory + "/state", withIntermediateDirectories: true)
    try data.write(to: URL(fileURLWithPath: scratch.path))
    #expect(throws: IndexError.notAnIndex(path: scratch.path)) { try HostIndex(at: scratch.path) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.path)) == data)
  }

  @Test func databaseOfAnotherProgramIsRefused() throws {
    defer { scratch.remove() }
    try FileManager.default.createDirectory(
      atPath: scratch.directory + "/state", withIntermediateDirectories: true)
    let database = try DatabaseQueue(path: scratch.path)
    try database.write { try $0.execute(sql: "CREATE TABLE image (id TEXT)") }
    try database.close()
    #expect(throws: IndexError.notAnIndex(path: scratch.path)) { try HostIndex(at: scratch.path) }
  }

  @Test func emptyFileBecomesAnIndex() throws {
    defer { scratch.remove() }
    try FileManager.default.createDirectory(
      atPath: scratch.directory + "/state", withIntermediateDirectories: true)
    try Data().write(to: URL(fileURLWithPath: scratch.path))
    _ = try HostIndex(at: scratch.path).record(Samples.survey(at: 1))
  }

  @Test func directoryThatCannotBeMadeIsAnError() {
    let path = "/proc/nowhere/index.db"
    #expect {
      try HostIndex(at: path)
    } throws: { error in
      guard case IndexError.noDirectory("/proc/nowhere", _) = error else { return false }
      return "\(error)".contains("--state-dir")
    }
  }

  @Test func fullDiskIsSaidToBeFull() throws {
    defer { scratch.remove() }
    let index = try HostIndex(at: scratch.path)
    let images = (0..<2_000).map { Samples.image("i\($0)", layers: 5) }
    // A file that may not grow is a full disk to SQLite.
    try index.limitPages(to: 40)
    #expect(throws: IndexError.full(path: scratch.path)) {
      try index.record(Samples.survey(at: 1, images: images))
    }
    try index.limitPages(to: 1_000_000)
    #expect(try index.remembered(of: Samples.engine()).images.isEmpty, "nothing half-written")
  }

  @Test(arguments: [
    (["BALAI_STATE_DIR": "/b", "XDG_STATE_HOME": "/x"], true, "/s" as String?, "/s/index.db"),
    (["BALAI_STATE_DIR": "/b", "XDG_STATE_HOME": "/x"], true, nil, "/b/index.db"),
    (["XDG_STATE_HOME": "/x"], true, nil, "/var/lib/balai/index.db"),
    (["XDG_STATE_HOME": "/x", "HOME": "/h"], false, nil, "/x/balai/index.db"),
    (["XDG_STATE_HOME": "", "HOME": "/h"], false, nil, "/h/.local/state/balai/index.db"),
  ])
  func placeOfTheIndex(
    environment: [String: String], isRoot: Bool, flag: String?, expected: String
  ) {
    let path = HostIndex.defaultPath(
      environment: environment, isRoot: isRoot, stateDirectory: flag)
    #expect(path == expected)
  }

  @Test func secretsOfCommandLinesAreNotKept() throws {
    defer { scratch.remove() }
    let index = try HostIndex(at: scratch.path)
    _ = try index.record(
      Samples.survey(at: 1, containers: [Samples.container("c", of: "a", .running)]))
    for suffix in ["", "-wal"] {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.path + suffix))
      #expect(bytes.range(of: Data("--password".utf8)) == nil)
    }
  }
}
