import GRDB
import Inventory

/// Layers and histories of images in the index: written once, since they never change. The packed
/// size is in the image's own row.
enum ImageContentRows {
  /// Writes what was learned about an image that the index had no content of.
  static func insert(_ content: ImageContent, of image: Int64, in db: Database) throws {
    let layer = try db.cachedStatement(
      sql: "INSERT INTO imageLayer (image, position, diff, chain) VALUES (?, ?, ?, ?)")
    for (position, (diff, chain)) in zip(content.diffs, chainIDs(content.diffs)).enumerated() {
      try layer.execute(arguments: [image, position, diff, chain])
    }
    let line = try db.cachedStatement(
      sql: """
        INSERT INTO imageHistory (image, position, size, fingerprint, isMetadataOnly, isBuildKit)
        VALUES (?, ?, ?, ?, ?, ?)
        """)
    for (position, entry) in content.history.enumerated() {
      try line.execute(arguments: [
        image, position, entry.size, entry.fingerprint, entry.isMetadataOnly, entry.isBuildKit,
      ])
    }
  }

  /// All contents that the index has of an engine's images, listed or gone.
  static func all(of engine: Int64, in db: Database) throws -> [ImageID: ImageContent] {
    try contents(where: "engine = ?", engine.databaseValue, in: db)
  }

  /// The contents that the index has of images with these row ids.
  static func contents(of images: [Int64], in db: Database) throws -> [ImageID: ImageContent] {
    if images.isEmpty { return [:] }
    let ids = JSONColumn.text(images).databaseValue
    return try contents(where: "id IN (SELECT value FROM json_each(?))", ids, in: db)
  }

  private static func contents(
    where condition: String, _ argument: DatabaseValue, in db: Database
  ) throws -> [ImageID: ImageContent] {
    let chosen = "SELECT id FROM image WHERE layers IS NOT NULL AND \(condition)"
    var diffs: [Int64: [String]] = [:]
    let layers = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT image, diff FROM imageLayer WHERE image IN (\(chosen)) ORDER BY image, position
          """), arguments: [argument])
    while let row = try layers.next() {
      diffs[try row.decode(atIndex: 0), default: []].append(try row.decode(atIndex: 1))
    }
    var histories: [Int64: [HistoryEntry]] = [:]
    let lines = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT image, size, fingerprint, isMetadataOnly, isBuildKit
          FROM imageHistory WHERE image IN (\(chosen)) ORDER BY image, position
          """), arguments: [argument])
    while let row = try lines.next() {
      histories[try row.decode(atIndex: 0), default: []].append(
        HistoryEntry(
          size: try row.decode(atIndex: 1), fingerprint: try row.decode(atIndex: 2),
          isMetadataOnly: try row.decode(atIndex: 3), isBuildKit: try row.decode(atIndex: 4)))
    }
    var contents: [ImageID: ImageContent] = [:]
    let images = try Row.fetchCursor(
      db.cachedStatement(
        sql: "SELECT id, imageId, packedSize FROM image WHERE layers IS NOT NULL AND \(condition)"),
      arguments: [argument])
    while let row = try images.next() {
      let id = try row.decode(Int64.self, atIndex: 0)
      contents[ImageID(try row.decode(String.self, atIndex: 1))] = ImageContent(
        diffs: diffs[id] ?? [], history: histories[id] ?? [],
        packedSize: try row.decode(atIndex: 2))
    }
    return contents
  }

  /// The chain id of every layer, from the digests of their tars (OCI image specification, "Layer
  /// ChainID"): it names a layer together with all that lies below it.
  static func chainIDs(_ diffs: [String]) -> [String] {
    var chains: [String] = []
    for diff in diffs {
      chains.append(chains.last.map { "sha256:" + SHA256.hex("\($0) \(diff)") } ?? diff)
    }
    return chains
  }
}
