import GRDB
import Inventory

/// A table of objects that a survey lists: one row per object and engine, kept when it is gone.
///
/// Such tables have in common `id`, `engine`, a key of the engine's, `firstSeen` and `goneAfter`
/// (the last survey that listed it; NULL while it is listed).
struct ListedTable {
  let name: String
  let key: String
  /// What the table holds beyond the common columns.
  let columns: [String]
  /// How many of `columns`, from the first, make a listed row worth writing when they differ.
  let compared: Int

  init(_ name: String, key: String, columns: [String], uncompared: Int = 0) {
    self.name = name
    self.key = key
    self.columns = columns
    compared = columns.count - uncompared
  }

  /// Rows by the engine's key: id, key, first seen, gone after, then `columns`.
  typealias Known = [String: Row]

  /// An object as a survey has it: the engine's key, and a value for each of `columns`.
  typealias Entry = (key: String, values: [DatabaseValue])

  /// Where an object's row is, and since when it is listed.
  typealias Place = (id: Int64, firstSeen: Timestamp)

  private static let commonColumns = 4

  /// Every listed row of an engine, and those of `keys` that are gone.
  func known(_ keys: [String], of engine: Int64, in db: Database) throws -> Known {
    let select = """
      SELECT id, \(key), firstSeen, goneAfter, \(columns.joined(separator: ", "))
      FROM \(name) WHERE engine = ? AND
      """
    var known: Known = [:]
    func add(_ condition: String, _ arguments: StatementArguments) throws {
      let statement = try db.cachedStatement(sql: "\(select) \(condition)")
      for row in try Row.fetchAll(statement, arguments: arguments) {
        known[try row.decode(String.self, atIndex: 1)] = row
      }
    }
    try add("goneAfter IS NULL", [engine])
    let unlisted = keys.filter { known[$0] == nil }
    if !unlisted.isEmpty {
      try add("\(key) IN (SELECT value FROM json_each(?))", [engine, JSONColumn.text(unlisted)])
    }
    return known
  }

  /// Makes the listed rows of an engine those of a survey: new ones, changed ones and returned ones
  /// are written, missing ones are marked gone, all others are left as they are.
  ///
  /// - Parameter replaced: keys of listed rows that another object has now: it is first seen anew.
  func write(
    _ entries: [Entry], replaced: Set<String> = [], over known: Known, for survey: SurveyTime,
    in db: Database
  ) throws -> [String: Place] {
    var places: [String: Place] = [:]
    for entry in entries where places[entry.key] == nil {
      guard let row = known[entry.key] else {
        places[entry.key] = (try insert(entry, for: survey, in: db), survey.takenAt)
        continue
      }
      let isListed = isListed(row) && !replaced.contains(entry.key)
      let firstSeen = isListed ? try row.decode(Timestamp.self, atIndex: 2) : survey.takenAt
      let place = (id: try row.decode(Int64.self, atIndex: 0), firstSeen: firstSeen)
      if !isListed || differs(entry, from: row) { try update(entry, at: place, in: db) }
      places[entry.key] = place
    }
    let gone = try known.filter { places[$0.key] == nil && isListed($0.value) }
      .map { try $0.value.decode(Int64.self, atIndex: 0) }
    if !gone.isEmpty { try markGone(gone, for: survey, in: db) }
    return places
  }

  /// Whether the last survey had the object of a row.
  func isListed(_ row: Row) -> Bool { (row[3] as DatabaseValue).isNull }

  /// Whether the last survey had the object of this key.
  func isListed(_ known: Known, _ key: String) -> Bool { known[key].map(isListed) ?? false }

  /// Writes when objects were last used, for those with these row ids, in one statement.
  func writeUse(at time: Timestamp, of ids: [Int64], in db: Database) throws {
    try db.cachedStatement(
      sql: "UPDATE \(name) SET lastUsed = ? WHERE id IN (SELECT value FROM json_each(?))"
    ).execute(arguments: [time, JSONColumn.text(ids)])
  }

  /// Deletes the rows that have been gone since before a time, except those that a condition names.
  func forget(
    goneBefore limit: Timestamp, except condition: String = "FALSE", of engine: Int64,
    in db: Database
  ) throws {
    try db.cachedStatement(
      sql: "DELETE FROM \(name) WHERE engine = ? AND goneAfter < ? AND NOT (\(condition))"
    ).execute(arguments: [engine, limit])
  }

  private func differs(_ entry: Entry, from row: Row) -> Bool {
    (0..<compared).contains { entry.values[$0] != row[$0 + Self.commonColumns] as DatabaseValue }
  }

  private func insert(_ entry: Entry, for survey: SurveyTime, in db: Database) throws -> Int64 {
    let names = ["engine", key, "firstSeen"] + columns
    let places = Array(repeating: "?", count: names.count).joined(separator: ", ")
    let common = [
      survey.engine.databaseValue, entry.key.databaseValue, survey.takenAt.databaseValue,
    ]
    try db.cachedStatement(
      sql: "INSERT INTO \(name) (\(names.joined(separator: ", "))) VALUES (\(places))"
    ).execute(arguments: StatementArguments(common + entry.values))
    return db.lastInsertedRowID
  }

  private func update(_ entry: Entry, at place: Place, in db: Database) throws {
    let assignments = columns.map { ", \($0) = ?" }.joined()
    let last = [place.id.databaseValue]
    try db.cachedStatement(
      sql: "UPDATE \(name) SET goneAfter = NULL, firstSeen = ?\(assignments) WHERE id = ?"
    ).execute(arguments: StatementArguments([place.firstSeen.databaseValue] + entry.values + last))
  }

  private func markGone(_ ids: [Int64], for survey: SurveyTime, in db: Database) throws {
    try db.cachedStatement(
      sql: "UPDATE \(name) SET goneAfter = ? WHERE id IN (SELECT value FROM json_each(?))"
    ).execute(arguments: [survey.previous ?? survey.takenAt, JSONColumn.text(ids)])
  }
}

/// Which engine's survey is being recorded, and when it and the one before it were taken.
struct SurveyTime {
  let engine: Int64
  let takenAt: Timestamp
  /// Nil: it is the engine's first survey.
  let previous: Timestamp?
}
