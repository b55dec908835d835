import GRDB
package import Inventory

/// Runs and their steps. Every call is a transaction of its own: when it returns, the death of the
/// process can take nothing of it back.
extension HostIndex {
  /// Writes a run with all its steps before the first of them, and answers the run's number.
  package func beginRun(_ run: RunRecord) throws(IndexError) -> Int64 {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO run (engineKey, engineName, policy, startedAt, end, predictedAtLeast,
            predictedAtMost)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          run.engineKey, run.engineName, run.policy, run.startedAt.microseconds, run.end.rawValue,
          run.predicted.atLeast, run.predicted.atMost,
        ])
      let id = db.lastInsertedRowID
      let statement = try db.cachedStatement(
        sql: """
          INSERT INTO runStep (run, number, action, kind, object, title, atLeast, atMost)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """)
      for step in run.steps {
        try statement.execute(arguments: [
          id, step.number, step.action.rawValue, step.object.kind, step.object.id, step.title,
          step.bytes.atLeast, step.bytes.atMost,
        ])
      }
      return id
    }
  }

  /// Notes that a step is about to be carried out.
  package func intend(run: Int64, step: Int, at time: Timestamp) throws(IndexError) {
    try write { db in
      try db.cachedStatement(sql: "UPDATE runStep SET intendedAt = ? WHERE run = ? AND number = ?")
        .execute(arguments: [time.microseconds, run, step])
    }
  }

  /// Notes what came of a step.
  package func settle(run: Int64, step: Int, as outcome: Outcome) throws(IndexError) {
    try write { db in
      try db.cachedStatement(
        sql: "UPDATE runStep SET outcome = ?, reason = ? WHERE run = ? AND number = ?"
      ).execute(arguments: [outcome.word, outcome.reason, run, step])
    }
  }

  /// Closes a run.
  package func endRun(
    _ id: Int64, as end: RunEnd, freed: Bytes, at time: Timestamp
  ) throws(IndexError) {
    try write { db in
      try db.execute(
        sql:
          "UPDATE run SET end = ?, freedAtLeast = ?, freedAtMost = ?, finishedAt = ? WHERE id = ?",
        arguments: [end.rawValue, freed.atLeast, freed.atMost, time.microseconds, id])
    }
  }

  /// The runs of an engine that have begun and not ended, with their steps, oldest first.
  package func unfinishedRuns(of engineKey: String) throws(IndexError) -> [RunRecord] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM run WHERE engineKey = ? AND end = 'running' ORDER BY id",
        arguments: [engineKey]
      ).map { try RunTable.run($0, withSteps: true, db) }
    }
  }

  /// The newest runs on all engines, without their steps, newest first.
  package func runs(limit: Int) throws(IndexError) -> [RunRecord] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM run ORDER BY id DESC LIMIT ?", arguments: [limit])
        .map { try RunTable.run($0, withSteps: false, db) }
    }
  }

  /// One run with its steps; nil: there is none of that number.
  package func run(_ id: Int64) throws(IndexError) -> RunRecord? {
    try read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM run WHERE id = ?", arguments: [id])
        .map { try RunTable.run($0, withSteps: true, db) }
    }
  }
}

/// Rows of the journal as values.
private enum RunTable {
  static func run(_ row: Row, withSteps: Bool, _ db: Database) throws -> RunRecord {
    let id: Int64 = row["id"]
    var freed: Bytes?
    if let atLeast: Int64 = row["freedAtLeast"], let atMost: Int64 = row["freedAtMost"] {
      freed = Bytes(atLeast: atLeast, atMost: atMost)
    }
    let steps =
      withSteps
      ? try Row.fetchAll(
        db, sql: "SELECT * FROM runStep WHERE run = ? ORDER BY number", arguments: [id]
      ).map(step) : []
    return RunRecord(
      id: id, engineKey: row["engineKey"], engineName: row["engineName"], policy: row["policy"],
      startedAt: Timestamp(microseconds: row["startedAt"]),
      finishedAt: Timestamp(row["finishedAt"]),
      end: try known(RunEnd(rawValue: row["end"])),
      predicted: Bytes(atLeast: row["predictedAtLeast"], atMost: row["predictedAtMost"]),
      freed: freed, steps: steps)
  }

  private static func step(_ row: Row) throws -> StepRecord {
    StepRecord(
      number: row["number"], action: try known(ActionKind(rawValue: row["action"])),
      object: try known(ObjectID(kind: row["kind"], id: row["object"])), title: row["title"],
      bytes: Bytes(atLeast: row["atLeast"], atMost: row["atMost"]),
      intendedAt: Timestamp(row["intendedAt"]),
      outcome: try (row["outcome"] as String?).map { word in
        try known(Outcome(word: word, reason: row["reason"] ?? ""))
      })
  }

  private static func known<Value>(_ value: Value?) throws -> Value {
    guard let value else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "an unknown word in the journal")
    }
    return value
  }
}
