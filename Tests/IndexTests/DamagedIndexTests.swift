import Foundation
import GRDB
import Inventory
import Testing

@testable import Index

/// What a crash of the disk leaves is set aside as it is; what is whole, or another program's, stays.
struct DamagedIndexTests {
  private func makeIndex(_ scratch: Scratch) throws {
    let index = try HostIndex(at: scratch.indexPath)
    _ = try index.record(makeSurvey(at: start, images: (1...200).map { makeImage($0) }))
  }

  private func write(_ bytes: Data, to scratch: Scratch) throws {
    try bytes.write(to: URL(fileURLWithPath: scratch.indexPath))
  }

  /// Opens and uses an index; nil where that worked.
  private func fault(of path: String) -> IndexError? {
    indexError { () throws(IndexError) in
      let index = try HostIndex(at: path)
      _ = try index.remembered(of: makeEngine())
      return try index.record(makeSurvey(at: hour(1), images: (1...200).map { makeImage($0) }))
    }
  }

  @Test(arguments: ["pages", "half", "fragment", "zeros", "text"])
  func damagedIndexIsSetAsideWithItsBytes(kind: String) throws {
    let scratch = try Scratch()
    try makeIndex(scratch)
    var bytes = try #require(scratch.bytes())
    switch kind {
    case "pages":
      let tail = 4_096..<bytes.count
      bytes.replaceSubrange(tail, with: Data(repeating: 0x5a, count: tail.count))
    case "half": bytes = bytes.prefix(bytes.count / 8_192 * 4_096)
    case "fragment": bytes = bytes.prefix(100)
    case "zeros": bytes = Data(repeating: 0, count: bytes.count)
    default: bytes = Data(String(repeating: "garbage ", count: 999).utf8)
    }
    try write(bytes, to: scratch)
    guard case .damaged(scratch.indexPath, _) = fault(of: scratch.indexPath) else {
      Issue.record("\(String(describing: fault(of: scratch.indexPath)))")
      return
    }
    let kept = try #require(try HostIndex.setAside(scratch.indexPath, at: start))
    #expect(kept == scratch.indexPath + ".damaged-2023-11-14T22-13-20Z")
    let left = try #require(FileManager.default.contents(atPath: kept))
    #expect(kind == "pages" || kind == "half" || left == bytes)
    #expect(left.count >= bytes.count)
    #expect(fault(of: scratch.indexPath) == nil, "a new one is made")
    #expect(try HostIndex.setAside(scratch.indexPath, at: start) == nil, "which is not damaged")
  }

  @Test func nothingThatWasSetAsideIsOverwritten() throws {
    let scratch = try Scratch()
    var kept: [String] = []
    for round in 0..<3 {
      let bytes = Data(String(repeating: "garbage \(round) ", count: 99).utf8)
      try write(bytes, to: scratch)
      for suffix in ["-wal", "-shm"] {
        try bytes.write(to: URL(fileURLWithPath: scratch.indexPath + suffix))
      }
      kept.append(try #require(try HostIndex.setAside(scratch.indexPath, at: start)))
      for suffix in ["", "-wal", "-shm"] {
        // The shared memory is SQLite's to make anew.
        let left = FileManager.default.contents(atPath: kept[round] + suffix)
        #expect(suffix == "-shm" ? left != nil : left == bytes)
        #expect(!FileManager.default.fileExists(atPath: scratch.indexPath + suffix))
      }
    }
    #expect(Set(kept).count == 3)
  }

  @Test func whatIsNotDamagedStays() throws {
    let scratch = try Scratch()
    #expect(try HostIndex.setAside(scratch.indexPath, at: start) == nil, "nothing is there")
    try makeIndex(scratch)
    #expect(try HostIndex.setAside(scratch.indexPath, at: start) == nil)
    do {
      let index = try HostIndex(at: scratch.indexPath)
      try index.writing { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('v99')") }
    }
    #expect(try HostIndex.setAside(scratch.indexPath, at: start) == nil, "of a newer Balai")

    let other = try Scratch()
    do {
      let foreign = try DatabaseQueue(path: other.indexPath)
      try foreign.write { try $0.execute(sql: "CREATE TABLE bookmark (url TEXT)") }
      try foreign.close()
    }
    #expect(try HostIndex.setAside(other.indexPath, at: start) == nil)
    let bytes = try #require(other.bytes())
    try write(bytes.prefix(4_096) + Data(repeating: 0x5a, count: bytes.count - 4_096), to: other)
    #expect(
      try HostIndex.setAside(other.indexPath, at: start) == nil, "nor is a broken foreign one")
  }

  /// Closing would delete the log by its name: that of the new index by then.
  @Test func indexThatSomebodyHasOpenStaysWhereItIs() throws {
    let scratch = try Scratch()
    let index = try HostIndex(at: scratch.indexPath)
    let error = indexError { () throws(IndexError) in try FileInUse.exclude(scratch.indexPath) }
    #expect(error == .busy(path: scratch.indexPath))
    index.close()
    close(try FileInUse.exclude(scratch.indexPath))
  }

  @Test func manyWhoFindItDamagedSetItAsideOnce() async throws {
    for _ in 0..<3 {
      let scratch = try Scratch()
      let path = scratch.indexPath
      try write(Data(String(repeating: "garbage ", count: 999).utf8), to: scratch)
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<4 {
          group.addTask {
            await #expect(processExitsWith: .success) {
              [path = path as String, number = number as Int] in
              try rebuild(path, number)
            }
          }
        }
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: scratch.directory)
      #expect(names.filter { $0.contains("damaged") }.count == 1, "\(names)")
      let index = try HostIndex(at: path)
      for number in 0..<4 { #expect(try index.knows(makeEngine("E\(number)"))) }
    }
  }
}

/// What a command does with an index that may be damaged.
private func rebuild(_ path: String, _ number: Int) throws {
  let survey = makeSurvey(at: start, of: makeEngine("E\(number)"), images: [makeImage(number)])
  do {
    _ = try HostIndex(at: path).record(survey)
  } catch IndexError.damaged {
    // Another one may be just making the new one.
    while true {
      do {
        _ = try HostIndex.setAside(path, at: start)
        break
      } catch IndexError.busy {}
    }
    _ = try HostIndex(at: path).record(survey)
  }
}
