import GRDB
import Inventory

/// Volumes in the index.
enum VolumeRows {
  static let table = ListedTable(
    "volume", key: "name", columns: ["driver", "labels", "created", "size", "lastUsed"],
    uncompared: 1)

  /// Writes the volumes of a survey and returns them with first seen and last used. The table keeps
  /// the last size that was asked; the snapshot gets none that may be old.
  static func record(
    _ volumes: [Volume], usedBy containers: [Container], _ events: [String: Timestamp] = [:],
    _ missed: MissedUses, for survey: SurveyTime, in db: Database
  ) throws -> [Volume] {
    let known = try table.known(volumes.map(\.name), of: survey.engine, in: db)
    let replaced = try replaced(by: volumes, in: known)
    let entries = try volumes.map { volume in
      let row = known[volume.name].flatMap { row in
        table.isListed(row) && !replaced.contains(volume.name) ? row : nil
      }
      let size = try volume.size ?? row?.decode(Int64?.self, forColumn: "size")
      let values = [
        volume.driver.databaseValue, try JSONColumn.text(volume.labels).databaseValue,
        volume.created.databaseValue, size.databaseValue,
      ]
      return (key: volume.name, values: values)
    }
    var uses = events
    for name in containers.flatMap(\.volumes) { uses.raise(name, to: survey.takenAt) }
    for name in known.keys where table.isListed(known, name) && missed.mayHaveUsed(volume: name) {
      missed.raise(&uses, name)
    }
    let places = try table.write(
      entries, uses: uses, replaced: replaced, over: known, for: survey, in: db)
    return volumes.map { volume in
      var volume = volume
      volume.firstSeen = places[volume.name]?.firstSeen
      volume.lastUsed = places[volume.name]?.lastUsed
      return volume
    }
  }

  /// The names that another volume has had since the last survey: one that was made at another time.
  ///
  /// Docker's `CreatedAt` is the change time of the volume's directory, and before 23.0 that of its
  /// data (moby `volume/local/local_unix.go`), so a volume that somebody wrote to can be taken for a
  /// new one. It then counts as younger than it is, never as older.
  private static func replaced(
    by volumes: [Volume], in known: ListedTable.Known
  ) throws -> Set<String> {
    var names: Set<String> = []
    for volume in volumes {
      guard let created = volume.created,
        let before = try known[volume.name]?.decode(Timestamp?.self, forColumn: "created"),
        before != created
      else { continue }
      names.insert(volume.name)
    }
    return names
  }
}

/// Networks in the index.
enum NetworkRows {
  static let table = ListedTable(
    "network", key: "networkId",
    columns: ["name", "driver", "scope", "labels", "created", "lastUsed"], uncompared: 1)

  /// Writes the networks of a survey and returns them with first seen and last used. Containers name
  /// their networks: where two have one name, both count as used.
  static func record(
    _ networks: [Network], usedBy containers: [Container], _ events: [String: Timestamp] = [:],
    _ missed: MissedUses, for survey: SurveyTime, in db: Database
  ) throws -> [Network] {
    let known = try table.known(networks.map(\.id), of: survey.engine, in: db)
    let entries = try networks.map { network in
      let values = [
        network.name.databaseValue, network.driver.databaseValue, network.scope.databaseValue,
        try JSONColumn.text(network.labels).databaseValue, network.created.databaseValue,
      ]
      return (key: network.id, values: values)
    }
    let names = Set(containers.flatMap(\.networks))
    var uses = events
    for network in networks {
      if names.contains(network.name) { uses.raise(network.id, to: survey.takenAt) }
      if table.isListed(known, network.id), missed.mayHaveUsed(network: network.name) {
        missed.raise(&uses, network.id)
      }
    }
    let places = try table.write(entries, uses: uses, over: known, for: survey, in: db)
    return networks.map { network in
      var network = network
      network.firstSeen = places[network.id]?.firstSeen
      network.lastUsed = places[network.id]?.lastUsed
      return network
    }
  }

  /// The id of the engine's default bridge, as its last survey had it.
  static func bridge(of engine: Int64, in db: Database) throws -> String? {
    try String.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT networkId FROM network
          WHERE engine = ? AND goneAfter IS NULL AND name = 'bridge' AND driver = 'bridge'
          """), arguments: [engine])
  }
}

extension ListedTable {
  /// Writes entries of a table whose last column is `lastUsed`, given without it, and answers since
  /// when each is listed and when it was last used.
  ///
  /// A last use never goes back; one of an object that came back, or that another one replaced, starts
  /// anew. All objects with the same last use are written in one statement, so that a survey of an
  /// unchanged host does not cost one for each.
  fileprivate func write(
    _ entries: [Entry], uses found: [String: Timestamp], replaced: Set<String> = [],
    over known: Known,
    for survey: SurveyTime, in db: Database
  ) throws -> [String: (firstSeen: Timestamp, lastUsed: Timestamp?)] {
    var uses: [String: Timestamp] = [:]
    var changed: [Timestamp: [String]] = [:]
    for (key, _) in entries {
      let row = known[key].flatMap { isListed($0) && !replaced.contains(key) ? $0 : nil }
      let before = try row?.decode(Timestamp?.self, forColumn: "lastUsed")
      uses[key] = before
      guard let time = found[key], before.map({ $0 < time }) ?? true else { continue }
      uses[key] = time
      if row != nil { changed[time, default: []].append(key) }
    }
    let places = try write(
      entries.map { (key: $0.key, values: $0.values + [uses[$0.key].databaseValue]) },
      replaced: replaced, over: known, for: survey, in: db)
    for (time, keys) in changed {
      try writeUse(at: time, of: keys.compactMap { places[$0]?.id }, in: db)
    }
    return places.reduce(into: [:]) { $0[$1.key] = ($1.value.firstSeen, uses[$1.key]) }
  }
}
