import GRDB
import Inventory

/// The row of an engine, found by `EngineIdentity.key`.
enum EngineRow {
  static func id(of engine: EngineIdentity, in db: Database) throws -> Int64? {
    try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM engine WHERE key = ?"), arguments: [engine.key])
  }

  /// Writes down who the engine is now, that it was surveyed, and where its events go on.
  static func record(_ survey: Survey, in db: Database) throws -> SurveyTime {
    let engine = survey.snapshot.engine
    let takenAt = survey.snapshot.takenAt
    let previous = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT id, surveyedAt FROM engine WHERE key = ?"),
      arguments: [engine.key])
    let now: StatementArguments = [
      engine.kind.rawValue, engine.id, engine.hostName, engine.rootDirectory, engine.serverVersion,
      engine.apiVersion, engine.storageDriver, engine.imageStore.rawValue, takenAt,
      survey.lastEvent?.nanoseconds, survey.lastEvent?.identity,
    ]
    if let previous {
      let id = try previous.decode(Int64.self, atIndex: 0)
      try db.cachedStatement(
        sql: """
          UPDATE engine SET kind = ?, engineId = ?, hostName = ?, rootDirectory = ?,
            serverVersion = ?, apiVersion = ?, storageDriver = ?, imageStore = ?, surveyedAt = ?,
            eventNanoseconds = ?, eventIdentity = ?
          WHERE id = ?
          """
      ).execute(arguments: now + [id])
      return SurveyTime(
        engine: id, takenAt: takenAt, previous: try previous.decode(Timestamp.self, atIndex: 1))
    }
    try db.cachedStatement(
      sql: """
        INSERT INTO engine (kind, engineId, hostName, rootDirectory, serverVersion, apiVersion,
          storageDriver, imageStore, surveyedAt, eventNanoseconds, eventIdentity, key, firstSeen)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: now + [engine.key, takenAt])
    return SurveyTime(engine: db.lastInsertedRowID, takenAt: takenAt, previous: nil)
  }

  /// Writes down where the engine's events go on.
  static func advance(_ id: Int64, to mark: EventMark, in db: Database) throws {
    try db.cachedStatement(
      sql: "UPDATE engine SET eventNanoseconds = ?, eventIdentity = ? WHERE id = ?"
    ).execute(arguments: [mark.nanoseconds, mark.identity, id])
  }

  /// Takes in when an image was last pulled, built or tagged, and answers the last such time.
  static func noteActivity(
    _ time: Timestamp?, of id: Int64, in db: Database
  ) throws -> Timestamp? {
    let known = try Timestamp.fetchOne(
      db.cachedStatement(sql: "SELECT lastImageActivity FROM engine WHERE id = ?"), arguments: [id])
    guard let time, known.map({ $0 < time }) ?? true else { return known }
    try db.cachedStatement(sql: "UPDATE engine SET lastImageActivity = ? WHERE id = ?")
      .execute(arguments: [time, id])
    return time
  }

  static func lastEvent(of id: Int64, in db: Database) throws -> EventMark? {
    let row = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT eventNanoseconds, eventIdentity FROM engine WHERE id = ?"),
      arguments: [id])
    guard let row, let nanoseconds = try row.decode(Int64?.self, atIndex: 0),
      let identity = try row.decode(String?.self, atIndex: 1)
    else { return nil }
    return EventMark(nanoseconds: nanoseconds, identity: identity)
  }
}
