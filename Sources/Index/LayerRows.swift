import GRDB
package import Inventory

/// What an engine's files tell once and need not be walked for again.
extension HostIndex {
  /// The layers of an engine's store by chain id, as they were in the last reading that was recorded.
  package func layers(
    of engine: EngineIdentity
  ) throws(IndexError) -> [String: DiskReading.Layer] {
    try reading { db in
      guard let id = try EngineRow.id(of: engine, in: db) else { return [:] }
      return try LayerRows.all(of: id, in: db)
    }
  }

  /// Takes in a reading, all or nothing: the layers of the index become those of the reading, and
  /// containers that did not run at the last survey keep the blocks of their writable layers until
  /// they run again.
  ///
  /// The reading is taken at its word: a layer that it lacks is forgotten, blocks that it lacks are
  /// unknown from now on. So pass none whose layers could not be read. A container that it lacks, or
  /// has no blocks of, keeps what is known, and so does one that has run since, as another process may
  /// have found meanwhile. The survey that the reading belongs to is recorded first; of an engine that
  /// was never surveyed nothing is kept.
  ///
  /// - Parameter containers: as they were when they were read.
  package func record(
    _ reading: DiskReading, of engine: EngineIdentity, with containers: [Container]
  ) throws(IndexError) {
    try writing { db in
      guard let id = try EngineRow.id(of: engine, in: db) else { return }
      try LayerRows.record(reading.layers, of: id, in: db)
      try ContainerRows.recordBlocks(reading.containers, of: containers, on: id, in: db)
    }
  }
}

/// Layers of engines' stores in the index.
enum LayerRows {
  static func all(of engine: Int64, in db: Database) throws -> [String: DiskReading.Layer] {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: "SELECT chain, parent, diff, size, cacheId, blocks FROM layer WHERE engine = ?"),
      arguments: [engine])
    var layers: [String: DiskReading.Layer] = [:]
    while let row = try rows.next() {
      layers[try row.decode(atIndex: 0)] = DiskReading.Layer(
        parent: try row.decode(atIndex: 1), diff: try row.decode(atIndex: 2),
        size: try row.decode(atIndex: 3), cacheID: try row.decode(atIndex: 4),
        blocks: try row.decode(atIndex: 5))
    }
    return layers
  }

  /// Makes an engine's rows these layers; rows that are right already are left alone.
  static func record(
    _ layers: [String: DiskReading.Layer], of engine: Int64, in db: Database
  ) throws {
    let known = try all(of: engine, in: db)
    let insert = try db.cachedStatement(
      sql: """
        INSERT INTO layer (engine, chain, parent, diff, size, cacheId, blocks)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET parent = excluded.parent, diff = excluded.diff,
          size = excluded.size, cacheId = excluded.cacheId, blocks = excluded.blocks
        """)
    for (chain, layer) in layers where known[chain] != layer {
      try insert.execute(arguments: [
        engine, chain, layer.parent, layer.diff, layer.size, layer.cacheID, layer.blocks,
      ])
    }
    let gone = known.keys.filter { layers[$0] == nil }
    if gone.isEmpty { return }
    try db.cachedStatement(
      sql: """
        DELETE FROM layer WHERE engine = ? AND chain IN (SELECT value FROM json_each(?))
        """
    ).execute(arguments: [engine, try JSONColumn.text(gone)])
  }
}
