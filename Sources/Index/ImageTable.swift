import GRDB
import Inventory

/// The images that were ever seen on one engine. Those that are gone stay for a while: a container can
/// still hold their layers.
struct ImageTable {
  private struct Entry {
    let number: Int64
    var image: Image
    var isGone: Bool
    let hasContent: Bool
  }

  /// How long an image that is gone is remembered.
  private static let memory = Duration.seconds(180 * 86_400)

  private let engine: Int64
  private let db: Database
  private var known: [ImageID: Entry] = [:]

  init(of engine: Int64, _ db: Database) throws {
    self.engine = engine
    self.db = db
    var references: [Int64: [String]] = [:]
    let names = try Row.fetchCursor(
      db,
      sql: """
        SELECT imageReference.image, reference
        FROM imageReference JOIN image ON image.number = imageReference.image
        WHERE engine = ? ORDER BY reference
        """, arguments: [engine])
    while let row = try names.next() { references[row[0], default: []].append(row[1]) }
    let rows = try Row.fetchCursor(
      db, sql: "SELECT * FROM image WHERE engine = ?", arguments: [engine])
    while let row = try rows.next() {
      let number: Int64 = row["number"]
      let image = Image(
        id: ImageID(row["id"] as String), references: references[number] ?? [],
        digests: try JSONColumn.value([String].self, row["digests"]),
        parent: (row["parent"] as String?).map { ImageID($0) }, created: Timestamp(row["created"]),
        size: row["size"], labels: try JSONColumn.value([String: String].self, row["labels"]),
        lastTagged: Timestamp(row["lastTagged"]), firstSeen: Timestamp(row["firstSeen"]),
        lastUsed: Timestamp(row["lastUsed"]))
      known[image.id] = Entry(
        number: number, image: image, isGone: row["isGone"], hasContent: row["hasContent"])
    }
  }

  /// Makes the table say what a survey saw, writing only what differs.
  mutating func record(
    _ images: [Image], used: [ImageID: Timestamp], at time: Timestamp
  ) throws -> [Image] {
    var recorded: [Image] = []
    for image in images {
      let old = known[image.id]
      var image = image
      image.firstSeen = old.flatMap { $0.isGone ? nil : $0.image.firstSeen } ?? time
      image.lastUsed = [old?.image.lastUsed, used[image.id]].compactMap(\.self).max()
      image.lastTagged = [old?.image.lastTagged, image.lastTagged].compactMap(\.self).max()
      try write(image, over: old, at: time)
      known[image.id]?.isGone = false
      recorded.append(image)
    }
    let present = Set(images.map(\.id))
    for (id, entry) in known where !entry.isGone && !present.contains(id) {
      known[id]?.isGone = true
      try db.execute(sql: "UPDATE image SET isGone = 1 WHERE number = ?", arguments: [entry.number])
    }
    try db.execute(
      sql: "UPDATE image SET lastSeen = ? WHERE engine = ? AND NOT isGone",
      arguments: [time.microseconds, engine])
    try db.execute(
      sql: """
        DELETE FROM image WHERE engine = ?1 AND isGone AND lastSeen < ?2
          AND id NOT IN (SELECT imageId FROM container WHERE engine = ?1)
        """, arguments: [engine, (time - Self.memory).microseconds])
    return recorded
  }

  /// Images that are gone, but that one of these containers was made from.
  func departed(pinnedBy containers: [Container]) throws -> [Image] {
    let pinned = Set(containers.map(\.imageID)).filter { known[$0]?.isGone ?? false }
    guard !pinned.isEmpty else { return [] }
    let contents = try ContentTable.all(of: engine, db)
    return pinned.sorted().compactMap { id in
      guard var image = known[id]?.image, let content = contents[id] else { return nil }
      image.content = content
      return image
    }
  }

  private func write(_ image: Image, over old: Entry?, at time: Timestamp) throws {
    guard let old else {
      let number = try insert(image, at: time)
      try write(image.references, of: number)
      if let content = image.content { try ContentTable.insert(content, of: number, db) }
      return
    }
    var kept = image
    kept.content = nil
    if kept != old.image || old.isGone { try update(image, old.number) }
    if image.references != old.image.references {
      try db.execute(
        sql: "DELETE FROM imageReference WHERE image = ?", arguments: [old.number])
      try write(image.references, of: old.number)
    }
    if !old.hasContent, let content = image.content {
      try ContentTable.insert(content, of: old.number, db)
    }
  }

  private func insert(_ image: Image, at time: Timestamp) throws -> Int64 {
    let statement = try db.cachedStatement(
      sql: """
        INSERT INTO image (engine, id, parent, created, size, labels, digests, firstSeen, lastSeen,
          lastUsed, lastTagged)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    try statement.execute(arguments: [
      engine, image.id.rawValue, image.parent?.rawValue, image.created?.microseconds, image.size,
      try JSONColumn.text(image.labels), try JSONColumn.text(image.digests),
      image.firstSeen?.microseconds, time.microseconds, image.lastUsed?.microseconds,
      image.lastTagged?.microseconds,
    ])
    return db.lastInsertedRowID
  }

  private func update(_ image: Image, _ number: Int64) throws {
    let statement = try db.cachedStatement(
      sql: """
        UPDATE image SET parent = ?, created = ?, size = ?, labels = ?, digests = ?, firstSeen = ?,
          lastUsed = ?, lastTagged = ?, isGone = 0
        WHERE number = ?
        """)
    try statement.execute(arguments: [
      image.parent?.rawValue, image.created?.microseconds, image.size,
      try JSONColumn.text(image.labels), try JSONColumn.text(image.digests),
      image.firstSeen?.microseconds, image.lastUsed?.microseconds, image.lastTagged?.microseconds,
      number,
    ])
  }

  private func write(_ references: [String], of image: Int64) throws {
    let statement = try db.cachedStatement(
      sql: "INSERT INTO imageReference (image, reference) VALUES (?, ?)")
    for reference in references { try statement.execute(arguments: [image, reference]) }
  }
}
