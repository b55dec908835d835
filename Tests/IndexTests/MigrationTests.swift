import Foundation
import GRDB
import Inventory
import Testing

@testable import Index

/// An index of an earlier version is brought up to date where it is.
struct MigrationTests {
  private static let first = "v1: inventory and journal"

  /// What has shipped made files that are out there: an edit would make two kinds of v1.
  @Test func firstMigrationMakesWhatItAlwaysMade() throws {
    let queue = try DatabaseQueue()
    try IndexSchema.migrator.migrate(queue, upTo: Self.first)
    let schema = try queue.read {
      try String.fetchAll(
        $0,
        sql: """
          SELECT sql FROM sqlite_master
          WHERE sql IS NOT NULL AND tbl_name NOT IN ('grdb_migrations', 'sqlite_sequence')
          ORDER BY type, name
          """)
    }
    #expect(schema.count == 20)
    #expect(
      SHA256.hex(schema.joined(separator: ";"))
        == "c96052d1728cb0c22fa8580e479723874a5b85ce31e823a348d17b6d5d69ddef")
  }

  @Test(arguments: UInt64(1)...4)
  func indexOfTheFirstVersionLosesNothing(seed: UInt64) throws {
    let scratch = try Scratch()
    let donor = scratch.directory + "/donor.db"
    let (remembered, runs, survey) = try fill(donor, seed: seed)
    let before = try makeVersion(Self.first, at: scratch.indexPath, with: donor)

    let index = try HostIndex(at: scratch.indexPath)
    #expect(try index.reading { try Self.rows(of: before.keys, in: $0) } == before)
    #expect(try index.remembered(of: makeEngine()).images == remembered.images)
    #expect(try index.remembered(of: makeEngine()).containers == remembered.containers)
    #expect(try index.remembered(of: makeEngine()).lastEvent == remembered.lastEvent)
    for run in runs { #expect(try index.run(run.id) == run) }
    #expect(try index.layers(of: makeEngine()).isEmpty)
    let snapshot = try index.record(survey)
    #expect(snapshot.images.allSatisfy { $0.content?.packedSize == nil && $0.firstSeen != nil })
    #expect(try index.remembered(of: makeEngine()).images == remembered.images)
    for view in ["imageUse", "containerUse", "volumeUse", "layerUse", "runSummary"] {
      #expect(try index.reading { try Row.fetchAll($0, sql: "SELECT * FROM \(view)") }.count > 0)
    }
  }

  /// v5 makes the table of runs anew: what refers to it, and the number of the next run, must stay.
  @Test func runsOfTheFourthVersionKeepTheirStepsAndNumbers() throws {
    let scratch = try Scratch()
    let donor = scratch.directory + "/donor.db"
    let (_, runs, _) = try fill(donor, seed: 3)
    let before = try makeVersion("v4: uses", at: scratch.indexPath, with: donor)
    do {
      let old = try DatabaseQueue(path: scratch.indexPath)
      try old.write {
        try $0.execute(sql: "UPDATE sqlite_sequence SET seq = 40 WHERE name = 'run'")
      }
      try old.close()
    }
    let index = try HostIndex(at: scratch.indexPath)
    #expect(try index.reading { try Self.rows(of: before.keys, in: $0) } == before)
    for run in runs { #expect(try index.run(run.id) == run) }
    #expect(try index.reading { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }.isEmpty)
    #expect(try index.reading { try Row.fetchAll($0, sql: "PRAGMA integrity_check") }.count == 1)
    #expect(try index.beginRun(makeRun(steps: 1)) == 41, "a number is never given twice")
    let unfinished = runs.filter { $0.end == .running }.map(\.id).sorted() + [41]
    #expect(try index.unfinishedRuns(of: makeEngine().key).map(\.id) == unfinished)
    try index.writing { try $0.execute(sql: "DELETE FROM run WHERE id = 41") }
    let orphans = try index.reading {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM runStep WHERE run = 41")
    }
    #expect(orphans == 0, "steps still belong to their run")
  }

  @Test func runNumbersGoOnWhereTheFourthVersionHadNoRunLeft() throws {
    let scratch = try Scratch()
    do {
      let old = try DatabaseQueue(path: scratch.indexPath)
      try IndexSchema.migrator.migrate(old, upTo: "v4: uses")
      try old.write { db in
        try db.execute(sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('run', 7)")
      }
      try old.close()
    }
    #expect(try HostIndex(at: scratch.indexPath).beginRun(makeRun(steps: 0)) == 8)
  }

  /// Makes an index with all that this Balai can write, except what the first version had no column
  /// for; answers what it remembers, its runs, and the last survey.
  private func fill(_ path: String, seed: UInt64) throws -> (Remembered, [RunRecord], Survey) {
    let index = try HostIndex(at: path)
    var host = ChangingHost(seed: seed)
    var survey = host.survey(at: start)
    for round in 0..<40 {
      host.change()
      survey = host.survey(at: hour(round))
      survey.lastEvent = EventMark(nanoseconds: Int64(round), identity: "e")
      for place in survey.snapshot.containers.indices {
        survey.snapshot.containers[place].exitCode = nil
        survey.snapshot.containers[place].hosts = nil
      }
      survey.snapshot.images = survey.snapshot.images.map { image in
        var image = image
        image.content = image.content.map { ImageContent(diffs: $0.diffs, history: $0.history) }
        return image
      }
      _ = try index.record(survey)
    }
    for steps in 0..<4 {
      let id = try index.beginRun(makeRun(steps: steps))
      for step in 0..<steps { try index.settle(run: id, step: step, as: .failed("x")) }
      let freed = Footprint(content: Bytes(atLeast: 1, atMost: 2), disk: nil)
      if steps % 2 == 0 {
        try index.endRun(id, as: .interrupted, freed: freed, measured: nil, at: hour(steps))
      }
    }
    let runs = try index.runs(limit: 9).compactMap { try index.run($0.id) }
    #expect(runs.count == 4)
    return (try index.remembered(of: makeEngine()), runs, survey)
  }

  /// Makes an index as an earlier version did and copies what it had columns for; answers its rows.
  private func makeVersion(
    _ version: String, at path: String, with donor: String
  ) throws -> [String: [[DatabaseValue]]] {
    let queue = try DatabaseQueue(path: path)
    try IndexSchema.migrator.migrate(queue, upTo: version)
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "ATTACH ? AS donor", arguments: [donor])
      try db.inTransaction {
        try db.execute(sql: "PRAGMA defer_foreign_keys = ON")
        for (table, columns) in try Self.tables(in: db) {
          let names = columns.joined(separator: ", ")
          try db.execute(
            sql: "INSERT INTO main.\(table) (\(names)) SELECT \(names) FROM donor.\(table)")
        }
        return .commit
      }
      try db.execute(sql: "DETACH donor")
    }
    let selections = try queue.read { try Self.tables(in: $0) }.map {
      "SELECT \($0.value.joined(separator: ", ")) FROM \($0.key) ORDER BY 1, 2, 3"
    }
    let rows = try queue.read { try Self.rows(of: selections, in: $0) }
    try queue.close()
    let filled = rows.values.filter { !$0.isEmpty }
    #expect(filled.count >= 10, "\(rows.filter(\.value.isEmpty).keys)")
    return rows
  }

  private static func tables(in db: Database) throws -> [String: [String]] {
    let names = try String.fetchAll(
      db,
      sql: """
        SELECT name FROM main.sqlite_master
        WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'grdb_migrations'
        """)
    return try names.reduce(into: [:]) { $0[$1] = try db.columns(in: $1).map(\.name) }
  }

  private static func rows(
    of selections: some Sequence<String>, in db: Database
  ) throws -> [String: [[DatabaseValue]]] {
    try selections.reduce(into: [:]) { rows, selection in
      rows[selection] = try Row.fetchAll(db, sql: selection).map { Array($0.databaseValues) }
    }
  }
}
