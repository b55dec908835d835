import Foundation
import Glibc
import TestSupport
import Testing

@testable import Disk

struct BoltFileTests {
  private let scratch: Scratch
  private let root: Folder

  init() throws {
    scratch = try Scratch()
    root = try #require(Folder(at: scratch.directory))
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func everyBucketAndValueThatWasWrittenIsRead(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let tree = BoltWriter.Node.random(depth: 3, using: &random)
    let bytes = BoltWriter.file(
      tree, pageSize: random.pick([512, 4096, 16_384]), fanout: random.pick([2, 8, 64]),
      transaction: 6 + seed)
    try scratch.write("db", Data(bytes))
    #expect(try read() == tree)
  }

  @Test func damageGivesNothingOrSomethingButNeverACrash() throws {
    var random = SeededGenerator(seed: 4)
    for seed in 0..<12 as Range<UInt64> {
      var writing = SeededGenerator(seed: seed)
      let tree = BoltWriter.Node.random(depth: 2, upTo: 12, using: &writing)
      let whole = BoltWriter.file(tree, pageSize: 512, fanout: 4)
      for _ in 0..<250 {
        try scratch.write("db", Data(damaged(whole, using: &random)))
        do throws(DiskError) {
          _ = try read()
        } catch {
          #expect(error == .damaged(path: "db"))
        }
      }
    }
  }

  /// Some bytes changed, pages swapped or the end cut off; meta pages are made good again, or no
  /// damage would get past them.
  private func damaged(_ whole: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    var bytes = whole
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
    case 1:
      let (one, other) = (
        Int.random(in: 0..<bytes.count / 512, using: &random) * 512,
        Int.random(in: 0..<bytes.count / 512, using: &random) * 512
      )
      bytes.replaceSubrange(one..<one + 512, with: whole[other..<other + 512])
    default:
      for _ in 0..<Int.random(in: 1..<20, using: &random) {
        // Most of what leads somewhere is in the first bytes of a page.
        let page = Int.random(in: 0..<bytes.count / 512, using: &random) * 512
        let place = page + Int.random(in: 0..<random.pick([16, 80, 512]), using: &random)
        bytes[place] = random.pick([0, 1, 0x7f, 0xff, UInt8.random(in: 0...255, using: &random)])
      }
    }
    for meta in [0, 512] where bytes.count >= meta + 80 && random.chance(oneIn: 2) {
      let sum = BoltMeta.fnv1a(bytes[(meta + 16)..<(meta + 72)])
      withUnsafeBytes(of: sum.littleEndian) { sum in
        bytes.replaceSubrange((meta + 72)..<(meta + 80), with: sum)
      }
    }
    return bytes
  }

  @Test func aPageThatLeadsBackToItselfIsDamage() throws {
    let tree = Dictionary(
      uniqueKeysWithValues: (0..<30).map { ("key\($0)", BoltWriter.Node.text("value")) })
    var bytes = BoltWriter.file(tree, pageSize: 512, fanout: 2)
    let branches = stride(from: 512 * 3, to: bytes.count, by: 512).filter { bytes[$0 + 8] == 1 }
    for page in branches {
      // Its first child becomes the page itself.
      bytes.replaceSubrange((page + 24)..<(page + 32), with: bytes[page..<page + 8])
    }
    try #require(!branches.isEmpty)
    try scratch.write("db", Data(bytes))
    #expect(throws: DiskError.damaged(path: "db")) { try read() }
  }

  @Test func whereTheNewestMetaPageIsTornTheOneBeforeCounts() throws {
    let tree = ["key": BoltWriter.Node.text("value")]
    for transaction in 8...9 as ClosedRange<UInt64> {
      for pageSize in [512, 4096, 65_536] {
        var bytes = BoltWriter.file(tree, pageSize: pageSize, transaction: transaction)
        bytes[Int(transaction % 2) * pageSize + 66] ^= 1
        try scratch.write("db", Data(bytes))
        #expect(try read() == [:], "transaction \(transaction), page size \(pageSize)")
      }
    }
  }

  @Test func aReadingThatATransactionOvertookIsMadeAgain() throws {
    let trees = (0..<3).map { ["key": BoltWriter.Node.text("value \($0)")] }
    try scratch.write("db", Data(BoltWriter.file(trees[0], transaction: 10)))
    var readings = 0
    let read = try BoltFile.read("db", in: root) { file throws(DiskError) in
      let tree = try tree(of: file.root, in: file)
      if readings < 2 { commit(trees[readings + 1], as: UInt64(11 + readings)) }
      readings += 1
      return tree
    }
    #expect(read == trees[2])
    #expect(readings == 3)
  }

  @Test func aFileThatNeverRestsTellsNothing() throws {
    let tree = ["key": BoltWriter.Node.text("value")]
    try scratch.write("db", Data(BoltWriter.file(tree)))
    var transaction: UInt64 = 8
    #expect(throws: DiskError.damaged(path: "db")) {
      try BoltFile.read("db", in: root) { file throws(DiskError) in
        _ = try file.entries(of: file.root)
        commit(tree, as: transaction)
        transaction += 1
      }
    }
  }

  @Test func whatIsNoDatabaseIsNotTakenForOne() throws {
    #expect(try read() == nil)
    for bytes in [[], [UInt8](repeating: 0, count: 8192), Array("SQLite format 3".utf8)] {
      try scratch.write("db", Data(bytes))
      #expect(throws: DiskError.damaged(path: "db")) { try read() }
    }
  }

  /// Writes over the open file, as an engine does; another inode would not be seen.
  private func commit(_ tree: [String: BoltWriter.Node], as transaction: UInt64) {
    let bytes = BoltWriter.file(tree, transaction: transaction)
    let file = open(scratch.path("db"), O_WRONLY)
    _ = pwrite(file, bytes, bytes.count, 0)
    close(file)
  }

  private func read() throws(DiskError) -> [String: BoltWriter.Node]? {
    try BoltFile.read("db", in: root) { file throws(DiskError) in
      try tree(of: file.root, in: file)
    }
  }

  private func tree(
    of bucket: BoltFile.Bucket, in file: BoltFile, depth: Int = 0
  ) throws(DiskError) -> [String: BoltWriter.Node] {
    // A damaged bucket can lie within itself; who reads knows how deep his own go.
    guard depth < 5 else { return [:] }
    var found: [String: BoltWriter.Node] = [:]
    for (key, value) in try file.entries(of: bucket) {
      let name = String(decoding: key, as: UTF8.self)
      switch value {
      case .bytes(let bytes): found[name] = .bytes(Array(bytes))
      case .bucket(let inner):
        found[name] = .bucket(try tree(of: inner, in: file, depth: depth + 1))
      }
    }
    return found
  }
}
