import Foundation
import GRDB
import Inventory
import Testing

@testable import Index

/// A disk that was filled after the first run takes the journal all the same.
@Suite(.enabled(if: SmallDisk.isAvailable, "only root can mount a disk to fill"))
struct ReserveTests {
  private static let room = "size=80m,nr_inodes=200,mode=0700"
  private static let whole = 8 << 20

  /// What 2,000 steps leave: all images, but every fourth a container with eight kilobytes of inspect
  /// reply.
  private func carryOut(_ steps: Int, in index: HostIndex) throws -> RunRecord {
    var run = makeRun(steps: steps)
    run.id = try index.beginRun(run)
    index.makeRoom(forSteps: steps)
    let reply = "{\"Env\":[\"" + String(repeating: "x", count: 8_000) + "\"]}"
    for step in 0..<steps {
      let kept =
        step % 4 == 0 ? Keepsake(description: reply) : Keepsake(references: ["app:\(step)"])
      try index.intend(run: run.id, step: step, at: hour(step), keeping: kept)
      try index.settle(run: run.id, step: step, as: .done)
      run.steps[step].intendedAt = hour(step)
      run.steps[step].outcome = .done
    }
    return run
  }

  @Test func journalOfTwoThousandStepsFitsOnAFullDisk() throws {
    let disk = try SmallDisk(Self.room)
    let survey = makeSurvey(at: start, images: (0..<300).map { makeImage($0) })
    _ = try HostIndex(at: disk.indexPath).record(survey)
    #expect(try disk.reserved == Self.whole)
    try disk.fill()
    let run: RunRecord
    do {
      let index = try HostIndex(at: disk.indexPath)
      _ = try index.record(makeSurvey(at: hour(1), images: (0..<300).map { makeImage($0) }))
      run = try carryOut(2_000, in: index)
    }
    try disk.fill()
    let index = try HostIndex(at: disk.indexPath)
    #expect(try index.run(run.id) == run)
    #expect(try index.keepsakes(ofRun: run.id).count == 2_000)
    #expect(try index.reading { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
  }

  /// As where whatever fills the disk is faster than the reserve is given up.
  @Test func runThatHasBegunHasRoomThoughTheDiskAndTheReserveAreGoneSince() throws {
    let disk = try SmallDisk(Self.room)
    let index = try HostIndex(at: disk.indexPath)
    var run = makeRun(steps: 300)
    run.id = try index.beginRun(run)
    index.makeRoom(forSteps: 300)
    for name in try disk.names where name.contains("reserve") {
      unlink(disk.directory + "/" + name)
    }
    try disk.fill()
    for step in 0..<300 {
      try index.intend(
        run: run.id, step: step, at: hour(step), keeping: Keepsake(references: ["app:\(step)"]))
      try index.settle(run: run.id, step: step, as: .done)
    }
    #expect(try index.run(run.id)?.steps.allSatisfy { $0.outcome == .done } == true)
    #expect(
      try index.reading { try String.fetchAll($0, sql: "SELECT name FROM sqlite_master") }
        .contains("room") == false)
  }

  @Test func roomForARunLeavesTheReserveToItsLines() throws {
    let disk = try SmallDisk(Self.room)
    _ = try HostIndex(at: disk.indexPath)
    try disk.fill()
    let index = try HostIndex(at: disk.indexPath)
    let before = try disk.reserved
    index.makeRoom(forSteps: 100_000)
    #expect(try disk.reserved >= before - 2 << 20)
    let run = try carryOut(100, in: index)
    #expect(try index.run(run.id) == run)
  }

  /// A kill after an answer takes nothing back, full disk or not.
  @Test func whatIsWrittenOnAFullDiskIsInTheFiles() throws {
    let disk = try SmallDisk(Self.room)
    _ = try HostIndex(at: disk.indexPath)
    try disk.fill()
    let index = try HostIndex(at: disk.indexPath)
    let run = try carryOut(3, in: index)
    let copy = try Scratch()
    for name in ["index.db", "index.db-wal"] {
      try FileManager.default.copyItem(
        atPath: disk.directory + "/" + name, toPath: copy.directory + "/" + name)
    }
    #expect(try HostIndex(at: copy.indexPath).run(run.id) == run)
    withExtendedLifetime(index) {}
  }

  @Test func reserveIsMadeAgainWhenThereIsRoom() throws {
    let disk = try SmallDisk(Self.room)
    _ = try HostIndex(at: disk.indexPath)
    try disk.fill()
    do {
      let index = try HostIndex(at: disk.indexPath)
      _ = try carryOut(100, in: index)
      #expect(try disk.reserved < Self.whole)
      try disk.empty()
    }
    #expect(try disk.reserved == Self.whole, "taken back when the index is closed")

    for name in try disk.names where name.contains("reserve") {
      unlink(disk.directory + "/" + name)
    }
    try disk.fill()
    do { _ = try? HostIndex(at: disk.indexPath) }
    #expect(try disk.reserved == 0)
    try disk.empty()
    _ = try HostIndex(at: disk.indexPath)
    #expect(try disk.reserved == Self.whole, "made by the first that finds plenty of room")
    let modes = try disk.names.map { name -> mode_t in
      var status = stat()
      stat(disk.directory + "/" + name, &status)
      return status.st_mode & 0o777
    }
    #expect(Set(modes) == [0o600])
  }

  @Test(arguments: ["size=40m,nr_inodes=200,mode=0700", "size=200m,nr_inodes=40,mode=0700"])
  func smallDiskIsLeftToOthers(options: String) throws {
    let disk = try SmallDisk(options)
    _ = try HostIndex(at: disk.indexPath)
    #expect(try disk.reserved == 0)
  }

  @Test func whatLiesInThePlaceOfTheReserveIsLeftAlone() throws {
    let disk = try SmallDisk(Self.room)
    let victim = disk.directory + "/victim"
    try Data("precious".utf8).write(to: URL(fileURLWithPath: victim))
    symlink(victim, disk.indexPath + ".reserve0")
    _ = try HostIndex(at: disk.indexPath)
    #expect(FileManager.default.contents(atPath: victim) == Data("precious".utf8))
  }
}
