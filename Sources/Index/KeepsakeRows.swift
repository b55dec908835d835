import GRDB
package import Inventory

/// What runs keep of the objects that they take away.
extension HostIndex {
  /// What a run keeps, by the number of the step; steps that nothing is kept of are missing.
  package func keepsakes(ofRun run: Int64) throws(IndexError) -> [Int: Keepsake] {
    try reading { db in
      let rows = try Row.fetchAll(
        db.cachedStatement(sql: "SELECT * FROM keepsake WHERE run = ?"), arguments: [run])
      return try rows.reduce(into: [:]) { kept, row in
        kept[try row.decode(Int.self, forColumn: "step")] = try Keepsake(row: row)
      }
    }
  }

  /// All copies that a keepsake of any run names, by file. One that several name expires with the
  /// last of them.
  package func archivedCopies() throws(IndexError) -> [ArchivedCopy] {
    try reading { try Self.copies("", [], in: $0) }
  }

  /// Those whose time has come: no keepsake names them that expires after this, or never.
  package func archivedCopies(
    expiredAt time: Timestamp
  ) throws(IndexError) -> [ArchivedCopy] {
    try reading { try Self.copies("HAVING latest <= ?", [time], in: $0) }
  }

  /// Makes every keepsake lose a copy, by its file: it has been deleted.
  package func forget(_ copy: ArchivedCopy) throws(IndexError) {
    try writing { db in
      try db.cachedStatement(
        sql: """
          UPDATE keepsake SET archiveFile = NULL, archiveSize = NULL, archiveDigest = NULL,
            archiveImage = NULL, savedAt = NULL, expiresAt = NULL
          WHERE archiveFile = ?
          """
      ).execute(arguments: [copy.file])
    }
  }

  /// Forgets what the engine said of containers, volumes and networks that went in runs before a time: it
  /// holds their environment. What is needed of images stays on record, and so does all of a run of which
  /// a copy is kept: a container from a copy needs its network and volumes too.
  package func forgetDescriptions(ofRunsBefore time: Timestamp) throws(IndexError) {
    try writing { db in
      try db.cachedStatement(
        sql: """
          UPDATE keepsake SET description = NULL
          WHERE description IS NOT NULL
            AND run IN (SELECT id FROM run WHERE startedAt < ?)
            AND run NOT IN (SELECT run FROM keepsake WHERE archiveFile IS NOT NULL)
          """
      ).execute(arguments: [time])
    }
  }

  /// SQLite takes the other columns from the row that has the maximum. A file has the date of the last
  /// record of it.
  private static func copies(
    _ condition: String, _ arguments: StatementArguments, in db: Database
  ) throws -> [ArchivedCopy] {
    let sql = """
      SELECT *, max(coalesce(expiresAt, \(Int64.max))) AS latest
      FROM keepsake JOIN (
        SELECT archiveFile, max(savedAt) AS lastUse FROM keepsake
        WHERE archiveFile IS NOT NULL GROUP BY archiveFile
      ) USING (archiveFile)
      GROUP BY archiveFile \(condition) ORDER BY archiveFile
      """
    return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
      .compactMap { try ArchivedCopy(row: $0, dated: "lastUse") }
  }
}

/// Keepsakes in the index.
enum KeepsakeRows {
  static func write(_ kept: Keepsake, run: Int64, step: Int, in db: Database) throws {
    let copy = kept.archive
    try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO keepsake (run, step, description, "references", digests, platform,
          archiveFile, archiveSize, archiveDigest, archiveImage, savedAt, expiresAt)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      run, step, kept.description, try JSONColumn.text(kept.references),
      try JSONColumn.text(kept.digests), kept.platform, copy?.file, copy?.size, copy?.digest,
      copy?.image?.rawValue, copy?.savedAt, copy?.expiresAt,
    ])
  }
}

extension Keepsake {
  fileprivate init(row: Row) throws {
    self.init(
      description: try row.decode(forColumn: "description"),
      references: try JSONColumn.list(try row.decode(forColumn: "references")),
      digests: try JSONColumn.list(try row.decode(forColumn: "digests")),
      platform: try row.decode(forColumn: "platform"),
      archive: try ArchivedCopy(row: row))
  }
}

extension ArchivedCopy {
  /// Nil where the keepsake names none.
  fileprivate init?(row: Row, dated date: String = "savedAt") throws {
    guard let file = try row.decode(String?.self, forColumn: "archiveFile") else { return nil }
    self.init(
      file: file, size: try row.decode(forColumn: "archiveSize"),
      digest: try row.decode(forColumn: "archiveDigest"),
      image: try row.decode(String?.self, forColumn: "archiveImage").map(ImageID.init),
      savedAt: try row.decode(forColumn: date),
      expiresAt: try row.decode(forColumn: "expiresAt"))
  }
}
