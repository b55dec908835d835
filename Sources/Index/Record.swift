import GRDB
package import Inventory

extension HostIndex {
  /// Writes down what a survey saw, in one transaction, and answers the snapshot with what only the
  /// index knows: when things were first seen and last used, and the images that are gone but whose
  /// layers a container still holds.
  ///
  /// An image was last used when a container of it, or of an image built from it, was created, started
  /// or stopped, or is active at the time of the survey. What was recorded never becomes older. An
  /// image that was gone and is back counts as new.
  package func record(_ survey: Survey) throws(IndexError) -> Snapshot {
    try write { db in
      var snapshot = survey.snapshot
      let time = snapshot.takenAt
      let engine = try Self.engine(snapshot.engine, survey.lastEvent, at: time, db)
      snapshot.containers = try ContainerTable.record(
        snapshot.containers, of: engine, at: time, db)
      var table = try ImageTable(of: engine, db)
      snapshot.images = try table.record(snapshot.images, used: LastUses(snapshot).times, at: time)
      snapshot.departedImages = try table.departed(pinnedBy: snapshot.containers)
      let volumes = try NameTable.record(
        snapshot.volumes.map { ($0.name, [:]) }, table: "volume", key: "name", of: engine,
        at: time, db)
      for place in snapshot.volumes.indices {
        snapshot.volumes[place].firstSeen = volumes[snapshot.volumes[place].name]
      }
      let networks = try NameTable.record(
        snapshot.networks.map { ($0.id, ["name": $0.name]) }, table: "network", key: "id",
        of: engine, at: time, db)
      for place in snapshot.networks.indices {
        snapshot.networks[place].firstSeen = networks[snapshot.networks[place].id]
      }
      return snapshot
    }
  }

  private static func engine(
    _ identity: EngineIdentity, _ mark: EventMark?, at time: Timestamp, _ db: Database
  ) throws -> Int64 {
    try db.execute(
      sql: """
        INSERT INTO engine (key, hostName, rootDirectory, serverVersion, firstSeen, lastSeen)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (key) DO UPDATE SET hostName = excluded.hostName,
          serverVersion = excluded.serverVersion, lastSeen = excluded.lastSeen
        """,
      arguments: [
        identity.key, identity.hostName, identity.rootDirectory, identity.serverVersion,
        time.microseconds, time.microseconds,
      ])
    try db.execute(
      sql: "UPDATE engine SET eventNanoseconds = ?, eventIdentity = ? WHERE key = ?",
      arguments: [mark?.nanoseconds, mark?.identity, identity.key])
    return try Int64.fetchOne(
      db, sql: "SELECT id FROM engine WHERE key = ?", arguments: [identity.key]) ?? 0
  }
}

/// When each image was last used, as far as one snapshot tells.
struct LastUses {
  private(set) var times: [ImageID: Timestamp] = [:]

  init(_ snapshot: Snapshot) {
    for container in snapshot.containers {
      let use =
        container.state.isActive
        ? snapshot.takenAt
        : [container.created, container.startedAt, container.finishedAt].compactMap(\.self).max()
      note(use, of: container.imageID)
    }
    // The use of a child is a use of its parents. A parent is passed on only when its time grew, so
    // this ends even where parents form a circle.
    let parents = Dictionary(
      snapshot.images.compactMap { image in image.parent.map { (image.id, $0) } },
      uniquingKeysWith: { first, _ in first })
    var changed = Array(times.keys)
    while let image = changed.popLast() {
      guard let parent = parents[image], let time = times[image] else { continue }
      if times[parent].map({ $0 < time }) ?? true {
        times[parent] = time
        changed.append(parent)
      }
    }
  }

  private mutating func note(_ time: Timestamp?, of image: ImageID) {
    times[image] = [times[image], time].compactMap(\.self).max()
  }
}
