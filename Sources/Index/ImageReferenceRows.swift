import GRDB
import Inventory

/// Tags and digests of images in the index, with when each was first and last seen.
enum ImageReferenceRows {
  private struct Name: Hashable {
    let kind: String
    let reference: String
  }

  /// Writes which names the images of a survey have now; `ids` are their rows.
  static func record(
    _ images: [Image], ids: [ImageID: Int64], for survey: SurveyTime, in db: Database
  ) throws {
    var known = try listed(of: survey.engine, in: db)
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO imageReference (image, kind, reference, firstSeen) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET firstSeen = excluded.firstSeen, goneAfter = NULL
        """)
    for image in images {
      guard let id = ids[image.id] else { continue }
      let names = Set(
        image.references.map { Name(kind: "tag", reference: $0) }
          + image.digests.map { Name(kind: "digest", reference: $0) })
      for name in names.subtracting(known[id] ?? []) {
        try insert.execute(arguments: [id, name.kind, name.reference, survey.takenAt])
      }
      known[id]?.subtract(names)
    }
    let remove = try db.cachedStatement(
      sql: "UPDATE imageReference SET goneAfter = ? WHERE image = ? AND kind = ? AND reference = ?")
    for (id, names) in known {
      for name in names {
        try remove.execute(
          arguments: [survey.previous ?? survey.takenAt, id, name.kind, name.reference])
      }
    }
  }

  private static func listed(of engine: Int64, in db: Database) throws -> [Int64: Set<Name>] {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT imageReference.image, imageReference.kind, imageReference.reference
          FROM image JOIN imageReference ON imageReference.image = image.id
          WHERE image.engine = ? AND imageReference.goneAfter IS NULL
          """), arguments: [engine])
    var names: [Int64: Set<Name>] = [:]
    while let row = try rows.next() {
      names[try row.decode(atIndex: 0), default: []].insert(
        Name(kind: try row.decode(atIndex: 1), reference: try row.decode(atIndex: 2)))
    }
    return names
  }
}
