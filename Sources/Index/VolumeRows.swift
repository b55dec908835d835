import GRDB
import Inventory

/// Volumes in the index.
enum VolumeRows {
  static let table = ListedTable(
    "volume", key: "name", columns: ["driver", "labels", "created", "size"])

  /// Writes the volumes of a survey and returns them with first seen. The table keeps the last size
  /// that was asked; the snapshot gets none that may be old.
  static func record(
    _ volumes: [Volume], for survey: SurveyTime, in db: Database
  ) throws -> [Volume] {
    let known = try table.known(volumes.map(\.name), of: survey.engine, in: db)
    let entries = try volumes.map { volume in
      let size = try volume.size ?? known[volume.name]?.decode(Int64?.self, forColumn: "size")
      let values = [
        volume.driver.databaseValue, try JSONColumn.text(volume.labels).databaseValue,
        volume.created.databaseValue, size.databaseValue,
      ]
      return (key: volume.name, values: values)
    }
    let places = try table.write(entries, over: known, for: survey, in: db)
    return volumes.map { volume in
      var volume = volume
      volume.firstSeen = places[volume.name]?.firstSeen
      return volume
    }
  }
}

/// Networks in the index.
enum NetworkRows {
  static let table = ListedTable(
    "network", key: "networkId", columns: ["name", "driver", "scope", "labels", "created"])

  /// Writes the networks of a survey and returns them with first seen.
  static func record(
    _ networks: [Network], for survey: SurveyTime, in db: Database
  ) throws -> [Network] {
    let known = try table.known(networks.map(\.id), of: survey.engine, in: db)
    let entries = try networks.map { network in
      let values = [
        network.name.databaseValue, network.driver.databaseValue, network.scope.databaseValue,
        try JSONColumn.text(network.labels).databaseValue, network.created.databaseValue,
      ]
      return (key: network.id, values: values)
    }
    let places = try table.write(entries, over: known, for: survey, in: db)
    return networks.map { network in
      var network = network
      network.firstSeen = places[network.id]?.firstSeen
      return network
    }
  }
}
