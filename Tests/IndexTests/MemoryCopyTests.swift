import Foundation
import Inventory
import Testing

@testable import Index

/// An index in memory that takes the place of a file which cannot be written.
struct MemoryCopyTests {
  /// Three surveys of a host that loses and gains images.
  private func fill(_ index: HostIndex) throws {
    for round in 0..<3 {
      _ = try index.record(
        makeSurvey(
          at: hour(round), images: (round...round + 4).map { makeImage($0) },
          containers: [makeContainer(round, of: round, finishedAt: hour(round))],
          lastEvent: EventMark(nanoseconds: Int64(round), identity: "e")))
    }
  }

  private let next = makeSurvey(
    at: hour(9), images: (0...9).map { makeImage($0) },
    containers: [makeContainer(2, of: 2, finishedAt: hour(2))])

  @Test(arguments: ["index.db", "an index?mode=memory#1%41&é.db"])
  func copyGoesOnWhereTheFileStoppedAndLeavesItAlone(name: String) throws {
    let scratch = try Scratch()
    let path = scratch.directory + "/" + name
    do { try fill(try HostIndex(at: path)) }
    let before = scratch.bytes(of: name)
    let copy = try HostIndex.inMemory(knowing: path)
    let snapshot = try copy.record(next)
    #expect(scratch.bytes(of: name) == before)
    #expect(try HostIndex(at: path).record(next) == snapshot)
    #expect(snapshot.image(2)?.firstSeen == hour(0) && snapshot.image(9)?.firstSeen == hour(9))
  }

  @Test func copyKnowsWhatAKilledProcessLeftInTheLog() throws {
    let scratch = try Scratch()
    let index = try HostIndex(at: scratch.indexPath)
    try fill(index)
    for file in ["index.db", "index.db-wal"] {
      try FileManager.default.copyItem(
        atPath: "\(scratch.directory)/\(file)", toPath: "\(scratch.directory)/left-\(file)")
    }
    try #require(!(scratch.bytes(of: "left-index.db-wal") ?? Data()).isEmpty)
    let copy = try HostIndex.inMemory(knowing: scratch.directory + "/left-index.db")
    #expect(try copy.record(next) == index.record(next))
  }

  @Test func copyOfAnOpenIndexKnowsTheSame() throws {
    let index = try HostIndex.inMemory()
    try fill(index)
    let copy = try index.inMemory()
    #expect(try copy.knows(makeEngine()) && !copy.knows(makeEngine("OTHER")))
    #expect(try copy.record(next) == index.record(next))
  }

  @Test(arguments: [nil, "", "garbage that is no database, though it is long enough for a header"])
  func whatCannotBeReadMeansThatNothingIsKnown(text: String?) throws {
    let scratch = try Scratch()
    if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: scratch.indexPath)) }
    let copy = try HostIndex.inMemory(knowing: scratch.indexPath)
    #expect(try !copy.knows(makeEngine()))
    #expect(try copy.record(next).image(2)?.firstSeen == hour(9), "young, so that grace keeps it")
  }
}
