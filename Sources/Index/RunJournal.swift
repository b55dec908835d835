import GRDB
package import Inventory

/// The journal: what a sweep was about to do and what came of it, so that a killed one can be told.
extension HostIndex {
  /// Writes a run with all its steps, and with what is kept of them already (by their number) where it
  /// was carried out before it could be written; returns its id. The run's own `id` counts for nothing.
  package func beginRun(
    _ run: RunRecord, keeping keepsakes: [Int: Keepsake] = [:]
  ) throws(IndexError) -> Int64 {
    try writing { db in
      try db.cachedStatement(
        sql: """
          INSERT INTO run (engineKey, engineName, policy, startedAt, finishedAt, end,
            predictedAtLeast, predictedAtMost, predictedDiskAtLeast, predictedDiskAtMost,
            freedAtLeast, freedAtMost, freedDiskAtLeast, freedDiskAtMost, measured,
            undoes)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """
      ).execute(arguments: [
        run.engineKey, run.engineName, run.policy, run.startedAt, run.finishedAt, run.end.rawValue,
        run.predicted.content.atLeast, run.predicted.content.atMost, run.predicted.disk?.atLeast,
        run.predicted.disk?.atMost, run.freed?.content.atLeast, run.freed?.content.atMost,
        run.freed?.disk?.atLeast, run.freed?.disk?.atMost, run.measured,
        run.undoes,
      ])
      let id = db.lastInsertedRowID
      let insert = try db.cachedStatement(
        sql: """
          INSERT INTO runStep (run, number, action, kind, object, title, bytesAtLeast, bytesAtMost,
            diskAtLeast, diskAtMost, intendedAt, outcome, detail,
            restorability)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """)
      for step in run.steps {
        try insert.execute(arguments: [
          id, step.number, step.action.rawValue, step.object.kind, step.object.id, step.title,
          step.frees.content.atLeast, step.frees.content.atMost, step.frees.disk?.atLeast,
          step.frees.disk?.atMost, step.intendedAt, step.outcome?.word, step.outcome?.reason,
          step.restorability?.word,
        ])
      }
      for (step, kept) in keepsakes { try KeepsakeRows.write(kept, run: id, step: step, in: db) }
      return id
    }
  }

  /// Writes that a step is about to be carried out, together with what is kept of its object: both or
  /// neither.
  package func intend(
    run: Int64, step: Int, at time: Timestamp, keeping kept: Keepsake? = nil
  ) throws(IndexError) {
    try writeStep(run, step, "intendedAt = ?", [time]) { db in
      if let kept { try KeepsakeRows.write(kept, run: run, step: step, in: db) }
    }
  }

  /// Writes what came of a step.
  package func settle(run: Int64, step: Int, as outcome: Outcome) throws(IndexError) {
    try writeStep(run, step, "outcome = ?, detail = ?", [outcome.word, outcome.reason])
  }

  /// Writes how and when a run ended, what it really freed, and by how much the free space of the
  /// engine's disk grew meanwhile (nil: nobody measured it).
  package func endRun(
    _ id: Int64, as end: RunEnd, freed: Footprint, measured: Int64?, at time: Timestamp
  ) throws(IndexError) {
    try writing { db in
      try db.cachedStatement(
        sql: """
          UPDATE run SET end = ?, freedAtLeast = ?, freedAtMost = ?, freedDiskAtLeast = ?,
            freedDiskAtMost = ?, measured = ?, finishedAt = ?
          WHERE id = ?
          """
      ).execute(arguments: [
        end.rawValue, freed.content.atLeast, freed.content.atMost, freed.disk?.atLeast,
        freed.disk?.atMost, measured, time, id,
      ])
    }
  }

  /// Writes what came of the steps of a run that was killed, and that it has ended: all or nothing.
  /// What the journal says of a step already stays.
  package func closeRun(_ run: RunRecord) throws(IndexError) {
    try writing { db in
      let settle = try db.cachedStatement(
        sql: """
          UPDATE runStep SET outcome = ?, detail = ?
          WHERE run = ? AND number = ? AND outcome IS NULL
          """)
      for step in run.steps {
        try settle.execute(arguments: [
          step.outcome?.word, step.outcome?.reason, run.id, step.number,
        ])
      }
      let freed = run.freed
      try db.cachedStatement(
        sql: """
          UPDATE run SET end = ?, freedAtLeast = ?, freedAtMost = ?, freedDiskAtLeast = ?,
            freedDiskAtMost = ?, finishedAt = ?
          WHERE id = ? AND end = 'running'
          """
      ).execute(arguments: [
        run.end.rawValue, freed?.content.atLeast, freed?.content.atMost, freed?.disk?.atLeast,
        freed?.disk?.atMost, run.finishedAt, run.id,
      ])
    }
  }

  /// Whether a run of an engine has not ended as far as the journal knows.
  package func hasUnfinishedRuns(of engineKey: String) throws(IndexError) -> Bool {
    try reading { db in
      try Row.fetchOne(
        db.cachedStatement(
          sql: "SELECT 1 FROM run WHERE engineKey = ? AND end = 'running' LIMIT 1"),
        arguments: [engineKey]) != nil
    }
  }

  /// The runs of an engine that have not ended as far as the journal knows, oldest first, with
  /// their steps. The caller holds the engine's lock: none of them is running any more.
  package func unfinishedRuns(of engineKey: String) throws(IndexError) -> [RunRecord] {
    try reading { db in
      try RunRecord.fetch(
        "WHERE engineKey = ? AND end = 'running' ORDER BY id", [engineKey], in: db
      ).map { try $0.withSteps(in: db) }
    }
  }

  /// The last runs on any engine, newest first, without their steps.
  package func runs(limit: Int) throws(IndexError) -> [RunRecord] {
    try reading { try RunRecord.fetch("ORDER BY id DESC LIMIT ?", [max(0, limit)], in: $0) }
  }

  /// One run with its steps; nil if there is none with this id.
  package func run(_ id: Int64) throws(IndexError) -> RunRecord? {
    try reading { try RunRecord.fetch("WHERE id = ?", [id], in: $0).first?.withSteps(in: $0) }
  }

  /// The undos of a run that were begun, oldest first, with their steps.
  package func undos(of run: Int64) throws(IndexError) -> [RunRecord] {
    try reading { db in
      try RunRecord.fetch("WHERE undoes = ? ORDER BY id", [run], in: db)
        .map { try $0.withSteps(in: db) }
    }
  }

  private func writeStep(
    _ run: Int64, _ step: Int, _ change: String, _ values: StatementArguments,
    and more: (Database) throws -> Void = { _ in }
  ) throws(IndexError) {
    let isWritten = try writing { db in
      try db.cachedStatement(sql: "UPDATE runStep SET \(change) WHERE run = ? AND number = ?")
        .execute(arguments: values + [run, step])
      guard db.changesCount == 1 else { return false }
      try more(db)
      return true
    }
    if !isWritten { throw .noSuchStep(path: path ?? Self.nowhere, run: run, step: step) }
  }
}

extension RunRecord {
  fileprivate static func fetch(
    _ condition: String, _ arguments: StatementArguments, in db: Database
  ) throws -> [RunRecord] {
    try Row.fetchAll(
      db.cachedStatement(sql: "SELECT * FROM run \(condition)"), arguments: arguments
    ).map(RunRecord.init(row:))
  }

  private init(row: Row) throws {
    let freedOnDisk = try row.bytesIfKnown("freedDisk")
    self.init(
      id: try row.decode(forColumn: "id"),
      engineKey: try row.decode(forColumn: "engineKey"),
      engineName: try row.decode(forColumn: "engineName"),
      policy: try row.decode(forColumn: "policy"),
      startedAt: try row.decode(forColumn: "startedAt"),
      finishedAt: try row.decode(forColumn: "finishedAt"),
      end: try row.word(forColumn: "end"),
      predicted: Footprint(
        content: try row.bytes("predicted"), disk: try row.bytesIfKnown("predictedDisk")),
      freed: try row.bytesIfKnown("freed").map { Footprint(content: $0, disk: freedOnDisk) },
      measured: try row.decode(forColumn: "measured"),
      undoes: try row.decode(forColumn: "undoes"))
  }

  fileprivate func withSteps(in db: Database) throws -> RunRecord {
    var run = self
    run.steps = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT * FROM runStep WHERE run = ? ORDER BY number"),
      arguments: [id]
    ).map(StepRecord.init(row:))
    return run
  }
}
