import GRDB
package import Inventory

/// What is learned between two surveys, by following an engine's events.
extension HostIndex {
  /// Writes that all events up to this one have been seen, and nothing in them is to be remembered.
  package func advance(to mark: EventMark, of engine: EngineIdentity) throws(IndexError) {
    try writing { db in
      guard let id = try EngineRow.id(of: engine, in: db) else { return }
      try EngineRow.advance(id, to: mark, in: db)
    }
  }

  /// Takes in uses that were followed while no survey can be taken, all or nothing; of an engine that
  /// was never surveyed, nothing. Where the events go on is left as it is: a survey is still to read
  /// what else they tell.
  package func record(_ uses: ObservedUses, of engine: EngineIdentity) throws(IndexError) {
    try writing { db in
      guard let id = try EngineRow.id(of: engine, in: db) else { return }
      let found = try uses.byImage(images: [], containers: [], of: id, in: db)
      let used = try ImageRows.withAncestors(of: found, engine: id, in: db)
      try raise("image", "imageId", "lastUsed", used.map { ($0.key.rawValue, $0.value) }, id, db)
      let arrived = found.arrived.map { ($0.key.rawValue, $0.value) }
      try raise("image", "imageId", "lastTagged", arrived, id, db)
      try raise("volume", "name", "lastUsed", Array(uses.volumes), id, db)
      try raise("network", "networkId", "lastUsed", Array(uses.networks), id, db)
      _ = try EngineRow.noteActivity(uses.lastImageActivity, of: id, in: db)
    }
  }

  /// When an engine's images were last used, gone ones too, as the index has it now; an image that no
  /// use is known of is missing.
  package func lastUses(
    of engine: EngineIdentity
  ) throws(IndexError) -> [ImageID: Timestamp] {
    try reading { db in
      guard let id = try EngineRow.id(of: engine, in: db) else { return [:] }
      let rows = try Row.fetchAll(
        db, sql: "SELECT imageId, lastUsed FROM image WHERE engine = ? AND lastUsed IS NOT NULL",
        arguments: [id])
      let uses = try rows.map {
        (ImageID(try $0.decode(String.self, atIndex: 0)), try $0.decode(Timestamp.self, atIndex: 1))
      }
      return Dictionary(uses) { first, _ in first }
    }
  }

  private func raise(
    _ table: String, _ key: String, _ column: String, _ times: [(String, Timestamp)],
    _ engine: Int64, _ db: Database
  ) throws {
    let update = try db.cachedStatement(
      sql: """
        UPDATE \(table) SET \(column) = max(coalesce(\(column), ?1), ?1)
        WHERE engine = ?2 AND \(key) = ?3
        """)
    for (object, time) in times { try update.execute(arguments: [time, engine, object]) }
  }
}
