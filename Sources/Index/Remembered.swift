import Foundation
import GRDB
package import Inventory

extension HostIndex {
  /// What need not be asked of an engine again: contents of all images that were ever seen on it, its
  /// containers as they were last time, and its last event.
  package func remembered(of engine: EngineIdentity) throws(IndexError) -> Remembered {
    try read { db in
      guard
        let row = try Row.fetchOne(
          db, sql: "SELECT * FROM engine WHERE key = ?", arguments: [engine.key])
      else { return .nothing }
      let id: Int64 = row["id"]
      var mark: EventMark?
      if let nanoseconds: Int64 = row["eventNanoseconds"] {
        mark = EventMark(nanoseconds: nanoseconds, identity: row["eventIdentity"] ?? "")
      }
      return Remembered(
        images: try ContentTable.all(of: id, db), containers: try ContainerTable.all(of: id, db),
        lastEvent: mark)
    }
  }
}

/// Layers and history of images: written once, never changed.
enum ContentTable {
  static func all(of engine: Int64, _ db: Database) throws -> [ImageID: ImageContent] {
    var diffs: [Int64: [String]] = [:]
    var history: [Int64: [HistoryEntry]] = [:]
    let layers = try Row.fetchCursor(
      db,
      sql: """
        SELECT image, diff FROM imageLayer JOIN image ON image.number = imageLayer.image
        WHERE image.engine = ? ORDER BY image, position
        """, arguments: [engine])
    while let row = try layers.next() { diffs[row[0], default: []].append(row[1]) }
    let entries = try Row.fetchCursor(
      db,
      sql: """
        SELECT image, imageHistory.size, fingerprint, isMetadataOnly, isBuildKit
        FROM imageHistory JOIN image ON image.number = imageHistory.image
        WHERE image.engine = ? ORDER BY image, position
        """, arguments: [engine])
    while let row = try entries.next() {
      history[row[0], default: []].append(
        HistoryEntry(
          size: row[1], fingerprint: row[2], isMetadataOnly: row[3], isBuildKit: row[4]))
    }
    var contents: [ImageID: ImageContent] = [:]
    let images = try Row.fetchCursor(
      db, sql: "SELECT number, id FROM image WHERE engine = ? AND hasContent", arguments: [engine])
    while let row = try images.next() {
      let number: Int64 = row[0]
      contents[ImageID(row[1] as String)] = ImageContent(
        diffs: diffs[number] ?? [], history: history[number] ?? [])
    }
    return contents
  }

  static func insert(_ content: ImageContent, of image: Int64, _ db: Database) throws {
    let layer = try db.cachedStatement(
      sql: "INSERT INTO imageLayer (image, position, diff, chain) VALUES (?, ?, ?, ?)")
    var chain = ""
    for (position, diff) in content.diffs.enumerated() {
      // The name of a layer on its parents (moby layer/layer.go, CreateChainID).
      chain = position == 0 ? diff : "sha256:" + SHA256.hex("\(chain) \(diff)")
      try layer.execute(arguments: [image, position, diff, chain])
    }
    let entry = try db.cachedStatement(
      sql: """
        INSERT INTO imageHistory (image, position, size, fingerprint, isMetadataOnly, isBuildKit)
        VALUES (?, ?, ?, ?, ?, ?)
        """)
    for (position, line) in content.history.enumerated() {
      try entry.execute(arguments: [
        image, position, line.size, line.fingerprint, line.isMetadataOnly, line.isBuildKit,
      ])
    }
    try db.execute(
      sql: "UPDATE image SET hasContent = 1 WHERE number = ?", arguments: [image])
  }
}

/// Labels and lists of names as JSON columns.
enum JSONColumn {
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func value<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}

extension Timestamp {
  /// A time column that may be NULL.
  init?(_ column: Int64?) {
    guard let column else { return nil }
    self.init(microseconds: column)
  }
}
