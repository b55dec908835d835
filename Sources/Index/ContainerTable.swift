import GRDB
import Inventory

/// The containers that an engine had at the last survey. Those that are gone leave no row: what their
/// use says of their image is kept with the image.
enum ContainerTable {
  static func all(of engine: Int64, _ db: Database) throws -> [ContainerID: Container] {
    var containers: [ContainerID: Container] = [:]
    let rows = try Row.fetchCursor(
      db, sql: "SELECT * FROM container WHERE engine = ?", arguments: [engine])
    while let row = try rows.next() {
      let container = try container(row)
      containers[container.id] = container
    }
    return containers
  }

  private static func container(_ row: Row) throws -> Container {
    Container(
      id: ContainerID(row["id"] as String), name: row["name"], image: row["image"],
      imageID: ImageID(row["imageId"] as String),
      labels: try JSONColumn.value([String: String].self, row["labels"]),
      state: ContainerState(row["state"]), created: Timestamp(microseconds: row["created"]),
      startedAt: Timestamp(row["startedAt"]), finishedAt: Timestamp(row["finishedAt"]),
      writableSize: row["writableSize"], rootSize: row["rootSize"], autoRemove: row["autoRemove"],
      restartCount: row["restartCount"], restartPolicy: row["restartPolicy"],
      volumes: try JSONColumn.value([String].self, row["volumes"]),
      networks: try JSONColumn.value([String].self, row["networks"]),
      firstSeen: Timestamp(microseconds: row["firstSeen"]))
  }

  /// Makes the table say what a survey saw, writing only what differs; answers the containers with
  /// the time they were first seen.
  static func record(
    _ containers: [Container], of engine: Int64, at time: Timestamp, _ db: Database
  ) throws -> [Container] {
    var known = try all(of: engine, db)
    var recorded: [Container] = []
    for container in containers {
      var container = container
      let old = known.removeValue(forKey: container.id)
      container.firstSeen = old?.firstSeen ?? time
      recorded.append(container)
      // Not kept: the command line, which can hold secrets, and the status text, which ages.
      var kept = container
      (kept.command, kept.status) = ("", "")
      if kept != old { try write(kept, of: engine, db) }
    }
    for id in known.keys {
      try db.execute(
        sql: "DELETE FROM container WHERE engine = ? AND id = ?", arguments: [engine, id.rawValue])
    }
    return recorded
  }

  private static func write(_ container: Container, of engine: Int64, _ db: Database) throws {
    let statement = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO container
          (engine, id, name, image, imageId, state, labels, volumes, networks, created, startedAt,
          finishedAt, writableSize, rootSize, autoRemove, restartCount, restartPolicy, firstSeen)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """)
    try statement.execute(arguments: [
      engine, container.id.rawValue, container.name, container.image, container.imageID.rawValue,
      container.state.word, try JSONColumn.text(container.labels),
      try JSONColumn.text(container.volumes), try JSONColumn.text(container.networks),
      container.created.microseconds, container.startedAt?.microseconds,
      container.finishedAt?.microseconds, container.writableSize, container.rootSize,
      container.autoRemove, container.restartCount, container.restartPolicy,
      container.firstSeen?.microseconds,
    ])
  }
}

/// Volumes and networks: only when they were first seen is remembered of them.
enum NameTable {
  /// Makes a table of names say what a survey saw; answers when each name was first seen.
  static func record(
    _ names: [(key: String, columns: [String: String])], table: String, key: String,
    of engine: Int64, at time: Timestamp, _ db: Database
  ) throws -> [String: Timestamp] {
    var known: [String: Timestamp] = [:]
    for row in try Row.fetchAll(
      db, sql: "SELECT \(key), firstSeen FROM \(table) WHERE engine = ?", arguments: [engine])
    {
      known[row[0]] = Timestamp(microseconds: row[1])
    }
    var seen: [String: Timestamp] = [:]
    for name in names {
      seen[name.key] = known[name.key] ?? time
      guard known[name.key] == nil else { continue }
      let columns = [key] + name.columns.keys.sorted()
      let marks = Array(repeating: "?", count: columns.count + 2).joined(separator: ", ")
      let values = [name.key] + name.columns.sorted { $0.key < $1.key }.map(\.value)
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO \(table) (engine, firstSeen, \(columns.joined(separator: ", ")))
          VALUES (\(marks))
          """,
        arguments: [engine, time.microseconds] + StatementArguments(values))
    }
    for name in known.keys where seen[name] == nil {
      try db.execute(
        sql: "DELETE FROM \(table) WHERE engine = ? AND \(key) = ?", arguments: [engine, name])
    }
    return seen
  }
}
