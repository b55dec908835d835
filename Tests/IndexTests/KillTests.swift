import Foundation
import GRDB
import Glibc
import Inventory
import Testing

@testable import Index

struct KillTests {
  /// A process that writes as fast as it can is killed at a random moment, again and again, on the
  /// same index. Before it goes on, it notes every journal line that it was told is written.
  @Test func whatWasReportedAsWrittenSurvivesAKill() async throws {
    let scratch = try Scratch()
    let path = scratch.indexPath
    let notes = scratch.directory + "/notes"
    var random = SeededRandom(seed: 7)
    for _ in 0..<12 {
      let delay = UInt32.random(in: 2_000...120_000, using: &random)
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, notes = notes as String, delay = delay as UInt32] in
        try writeUntilKilled(path: path, notes: notes, after: delay)
      }
      if !FileManager.default.fileExists(atPath: path) { continue }
      let index = try HostIndex(at: path)
      #expect(
        try index.reading { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
      #expect(try index.reading { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }.isEmpty)
      try checkSurveyIsWhole(in: index)
    }
    let noted = (try? String(contentsOfFile: notes, encoding: .utf8)) ?? ""
    let lines = noted.split(separator: "\n").map { $0.split(separator: " ").compactMap { Int($0) } }
    #expect(lines.count > 20, "the kills must not come before the work")
    let index = try HostIndex(at: path)
    for line in lines where line.count == 2 {
      let run = try #require(try index.run(Int64(line[0])))
      #expect(run.steps[line[1]].outcome == .failed("step \(line[1])"))
    }
  }

  /// Each survey that the killed process recorded had either all of its images or none, and so had
  /// each reading its layers.
  private func checkSurveyIsWhole(in index: HostIndex) throws {
    let listed = try index.reading { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM image WHERE goneAfter IS NULL")
    }
    #expect(listed == 0 || listed == 40)
    let layers = try index.layers(of: makeEngine())
    #expect(layers.isEmpty || layers.count == 40)
    #expect(Set(layers.values.map(\.size)).count <= 1)
  }
}

private func writeUntilKilled(path: String, notes: String, after microseconds: UInt32) throws {
  let index = try HostIndex(at: path)
  let file = open(notes, O_WRONLY | O_CREAT | O_APPEND, 0o600)
  Thread.detachNewThread {
    usleep(microseconds)
    kill(getpid(), SIGKILL)
  }
  for round in 0... {
    let images = (0..<40).map { makeImage(round % 50 * 40 + $0) }
    let id = try index.beginRun(makeRun(steps: 8))
    for step in 0..<8 {
      try index.intend(run: id, step: step, at: hour(round))
      try index.settle(run: id, step: step, as: .failed("step \(step)"))
      let note = Array("\(id) \(step)\n".utf8)
      if write(file, note, note.count) != note.count { return }
    }
    _ = try index.record(makeSurvey(at: hour(round), images: images))
    let layer = DiskReading.Layer(
      parent: nil, diff: "d", size: Int64(round), cacheID: "c", blocks: nil)
    let layers = (0..<40).map { ("\(round % 2 * 20 + $0)", layer) }
    try index.record(
      DiskReading(layers: Dictionary(uniqueKeysWithValues: layers)), of: makeEngine(), with: [])
  }
}
