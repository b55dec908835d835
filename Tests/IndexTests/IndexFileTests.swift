import Foundation
import GRDB
import Glibc
import Inventory
import Testing

@testable import Index

struct IndexFileTests {
  @Test func directoryThatSomebodyKeepsLockedIsNotWaitedForWithoutEnd() throws {
    let scratch = try Scratch()
    let holder = open(scratch.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(holder) }
    try #require(flock(holder, LOCK_EX) == 0)
    #expect(throws: IndexError.busy(path: scratch.indexPath)) {
      try IndexFile.whileLocked(scratch.indexPath, waiting: .zero) {}
    }
    flock(holder, LOCK_UN)
    try IndexFile.whileLocked(scratch.indexPath, waiting: .zero) {}
  }

  @Test func everyFileOfAnIndexIsForItsOwnerOnly() throws {
    let scratch = try Scratch()
    let index = try HostIndex(at: scratch.directory + "/new/state/index.db")
    _ = try index.record(makeSurvey(at: start, images: [makeImage(1)]))
    #expect(try scratch.mode(of: "new") == 0o700)
    #expect(try scratch.mode(of: "new/state") == 0o700)
    for file in ["index.db", "index.db-wal", "index.db-shm"] {
      #expect(try scratch.mode(of: "new/state/" + file) == 0o600, "\(file)")
    }
    #expect(index.path == scratch.directory + "/new/state/index.db")
  }

  @Test func directoryThatExistsKeepsItsMode() throws {
    let scratch = try Scratch()
    chmod(scratch.directory, 0o751)
    _ = try HostIndex(at: scratch.indexPath)
    #expect(try scratch.mode(of: "") == 0o751)
  }

  @Test(arguments: [
    "", "x", "not a database, but a text", String(repeating: "garbage ", count: 999),
  ])
  func fileThatIsNoDatabaseIsRefusedAndLeftAlone(text: String) throws {
    let scratch = try Scratch()
    try Data(text.utf8).write(to: URL(fileURLWithPath: scratch.indexPath))
    let error = indexError { () throws(IndexError) in try HostIndex(at: scratch.indexPath) }
    if text.isEmpty {
      #expect(error == nil, "an empty file is what a kill right after its making leaves")
    } else {
      guard case .damaged(scratch.indexPath, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(scratch.bytes() == Data(text.utf8))
    }
  }

  @Test func databaseOfAnotherProgramIsRefusedAndLeftAlone() throws {
    let scratch = try Scratch()
    let other = try DatabaseQueue(path: scratch.indexPath)
    try other.write { try $0.execute(sql: "CREATE TABLE bookmark (url TEXT)") }
    try other.close()
    let before = scratch.bytes()
    let error = indexError { () throws(IndexError) in try HostIndex(at: scratch.indexPath) }
    #expect(error == .notAnIndex(path: scratch.indexPath))
    #expect(scratch.bytes() == before)
  }

  @Test func newerIndexIsRefusedAndLeftAlone() throws {
    let scratch = try Scratch()
    do {
      let index = try HostIndex(at: scratch.indexPath)
      _ = try index.record(makeSurvey(at: start, images: [makeImage(1)]))
      try index.writing { db in
        try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('v99: of a Balai to come')")
      }
    }
    let before = scratch.bytes()
    let error = indexError { () throws(IndexError) in try HostIndex(at: scratch.indexPath) }
    #expect(error == .newer(path: scratch.indexPath))
    #expect(scratch.bytes() == before)
    #expect(scratch.bytes(of: "index.db-wal") == nil)
  }

  @Test func damagedIndexIsToldFromAForeignFile() throws {
    let scratch = try Scratch()
    do {
      let index = try HostIndex(at: scratch.indexPath)
      _ = try index.record(makeSurvey(at: start, images: (1...200).map { makeImage($0) }))
    }
    var bytes = try #require(scratch.bytes())
    bytes.replaceSubrange(
      4_096..<bytes.count, with: Data(repeating: 0x5a, count: bytes.count - 4_096))
    try bytes.write(to: URL(fileURLWithPath: scratch.indexPath))
    let error = indexError { () throws(IndexError) in
      try HostIndex(at: scratch.indexPath).remembered(of: makeEngine())
    }
    guard case .damaged(scratch.indexPath, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func pathThatCannotBeMadeIsNamed() throws {
    let scratch = try Scratch()
    try Data().write(to: URL(fileURLWithPath: scratch.directory + "/file"))
    mkdir(scratch.directory + "/sub", 0o700)
    for path in [scratch.directory + "/file/index.db", scratch.directory + "/sub"] {
      let error = indexError { () throws(IndexError) in try HostIndex(at: path) }
      guard case .cannotOpen(path, _) = error else {
        Issue.record("\(path): \(String(describing: error))")
        continue
      }
      #expect(error?.description.contains(path) == true)
    }
  }

  @Test func missingPermissionsAreToldApart() throws {
    let scratch = try Scratch()
    let open = scratch.directory + "/open"
    let closed = scratch.directory + "/closed"
    for directory in [open, closed] { _ = try HostIndex(at: directory + "/index.db") }
    let unreadable = open + "/unreadable.db"
    let readOnly = open + "/readonly.db"
    for path in [unreadable, readOnly] { _ = try HostIndex(at: path) }
    chmod(open, 0o777)
    chmod(closed, 0o555)
    chmod(closed + "/index.db", 0o666)
    chmod(unreadable, 0o222)
    chmod(readOnly, 0o444)
    defer { chmod(closed, 0o755) }

    let errors = asNobody {
      [unreadable, readOnly, closed + "/index.db", closed + "/new.db", closed + "/new/index.db"].map
      {
        path in indexError { () throws(IndexError) in try HostIndex(at: path) }
      }
    }
    #expect(errors[0] == .notReadable(path: unreadable))
    for (error, path) in zip(
      errors.dropFirst(),
      [readOnly, closed + "/index.db", closed + "/new.db", closed + "/new/index.db"])
    {
      guard case .notWritable(path, _) = error else {
        Issue.record("\(path): \(String(describing: error))")
        continue
      }
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: closed)
        .filter { !$0.contains("reserve") } == ["index.db"])
  }

  @Test func fullDiskIsToldAndLosesNothing() throws {
    let scratch = try Scratch()
    let index = try HostIndex(at: scratch.indexPath) {
      try $0.execute(sql: "PRAGMA max_page_count = 90")
    }
    let kept = try index.record(makeSurvey(at: start, images: [makeImage(1)]))
    let error = indexError { () throws(IndexError) in
      try index.record(makeSurvey(at: hour(1), images: (1...900).map { makeImage($0) }))
    }
    #expect(error == .full(path: scratch.indexPath))
    #expect(try index.remembered(of: makeEngine()).images == [imageID(1): makeContent(1)])
    #expect(try index.record(makeSurvey(at: start, images: [makeImage(1)])) == kept)
  }

  @Test func manyMayOpenANewIndexAtTheSameTime() async throws {
    for _ in 0..<10 {
      let scratch = try Scratch()
      let path = scratch.indexPath
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<6 {
          group.addTask {
            _ = try HostIndex(at: path).record(
              makeSurvey(at: start, of: makeEngine("E\(number)"), images: [makeImage(number)]))
          }
        }
        try await group.waitForAll()
      }
      let index = try HostIndex(at: path)
      for number in 0..<6 {
        let images = try index.remembered(of: makeEngine("E\(number)")).images
        #expect(images.count == 1)
      }
    }
  }

  @Test func defaultPathFollowsFlagThenVariableThenUser() {
    func path(_ environment: [String: String], root: Bool = false, flag: String? = nil) -> String {
      HostIndex.defaultPath(environment: environment, isRoot: root, stateDirectory: flag)
    }
    let all = ["BALAI_STATE_DIR": "/b", "XDG_STATE_HOME": "/x", "HOME": "/h"]
    #expect(path(all, root: true, flag: "/f/") == "/f/index.db")
    #expect(path(all, root: true) == "/b/index.db")
    #expect(path(all, root: true, flag: "") == "/b/index.db")
    #expect(path([:], root: true, flag: "") == "/var/lib/balai/index.db")
    #expect(path(["XDG_STATE_HOME": "/x", "HOME": "/h"]) == "/x/balai/index.db")
    #expect(path(["XDG_STATE_HOME": "/x"], root: true) == "/var/lib/balai/index.db")
    #expect(path(["HOME": "/h", "BALAI_STATE_DIR": ""]) == "/h/.local/state/balai/index.db")
    #expect(path(["HOME": "/h", "XDG_STATE_HOME": "x"]) == "/h/.local/state/balai/index.db")
  }
}

/// Runs a body with the file permissions of user 65534 where the tests run as root, whom no
/// permission stops. Linux keeps this user per thread, so other tests are not touched.
private func asNobody<Value>(_ body: () -> Value) -> Value {
  typealias SetUser = @convention(c) (uid_t) -> Int32
  guard geteuid() == 0, let symbol = dlsym(nil, "setfsuid") else { return body() }
  let setUser = unsafeBitCast(symbol, to: SetUser.self)
  _ = setUser(65_534)
  defer { _ = setUser(0) }
  return body()
}
