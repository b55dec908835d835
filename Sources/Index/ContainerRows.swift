import GRDB
import Inventory

/// Containers in the index.
enum ContainerRows {
  /// The status is a rendering of state and time, another one at every survey: a row is not written
  /// for it alone.
  static let table = ListedTable(
    "container", key: "containerId",
    columns: [
      "name", "image", "imageId", "labels", "state", "command", "created", "startedAt",
      "finishedAt", "exitCode", "writableSize", "rootSize", "writableBlocks", "autoRemove",
      "restartCount",
      "restartPolicy", "volumes", "networks", "hosts", "status",
    ], uncompared: 1)

  /// Writes the containers of a survey and returns them with first seen, and with the sizes and
  /// times that were not asked this time and cannot have changed.
  static func record(
    _ containers: [Container], for survey: SurveyTime, in db: Database
  ) throws -> [Container] {
    let known = try table.known(containers.map(\.id.rawValue), of: survey.engine, in: db)
    var filled = try containers.map { container in
      var container = container
      // What a running container has written is more in the next moment.
      if container.state.isActive { container.writableBlocks = nil }
      return try known[container.id.rawValue].map { container.filled(from: try Container(row: $0)) }
        ?? container
    }
    let places = try table.write(
      filled.map { (key: $0.id.rawValue, values: try values(of: $0)) }, over: known, for: survey,
      in: db)
    for index in filled.indices {
      filled[index].firstSeen = places[filled[index].id.rawValue]?.firstSeen
    }
    return filled
  }

  /// The containers of an engine's last survey.
  static func listed(of engine: Int64, in db: Database) throws -> [ContainerID: Container] {
    let containers = try table.known([], of: engine, in: db).values.map(Container.init(row:))
    return Dictionary(containers.map { ($0.id, $0) }) { first, _ in first }
  }

  /// Writes the blocks that a walk found in the writable layers of an engine's listed containers,
  /// where they are other than before. One that ran at the last survey has none to keep, and one that
  /// was started or stopped since it was read has others.
  static func recordBlocks(
    _ files: [ContainerID: DiskReading.ContainerFiles], of containers: [Container],
    on engine: Int64, in db: Database
  ) throws {
    let read = Dictionary(containers.map { ($0.id, $0) }) { first, _ in first }
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT id, containerId, state, writableBlocks, startedAt, finishedAt FROM container
          WHERE engine = ? AND goneAfter IS NULL
          """), arguments: [engine])
    let update = try db.cachedStatement(
      sql: "UPDATE container SET writableBlocks = ? WHERE id = ?")
    for row in rows {
      let container = ContainerID(try row.decode(String.self, atIndex: 1))
      guard let blocks = files[container]?.writableBlocks,
        !ContainerState(try row.decode(String.self, atIndex: 2)).isActive,
        try row.decode(Int64?.self, atIndex: 3) != blocks, let then = read[container],
        try row.decode(Timestamp?.self, atIndex: 4) == then.startedAt,
        try row.decode(Timestamp?.self, atIndex: 5) == then.finishedAt
      else { continue }
      try update.execute(arguments: [blocks, try row.decode(Int64.self, atIndex: 0)])
    }
  }

  private static func values(of container: Container) throws -> [DatabaseValue] {
    [
      container.name.databaseValue, container.image.databaseValue,
      container.imageID.rawValue.databaseValue, try JSONColumn.text(container.labels).databaseValue,
      container.state.word.databaseValue, container.command.databaseValue,
      container.created.databaseValue, container.startedAt.databaseValue,
      container.finishedAt.databaseValue, container.exitCode.databaseValue,
      container.writableSize.databaseValue,
      container.rootSize.databaseValue, container.writableBlocks.databaseValue,
      container.autoRemove.databaseValue, container.restartCount.databaseValue,
      container.restartPolicy.databaseValue,
      try JSONColumn.text(container.volumes).databaseValue,
      try JSONColumn.text(container.networks).databaseValue,
      try JSONColumn.text(container.hosts).databaseValue, container.status.databaseValue,
    ]
  }
}

extension Container {
  fileprivate init(row: Row) throws {
    self.init(
      id: ContainerID(try row.decode(String.self, forColumn: "containerId")),
      name: try row.decode(forColumn: "name"),
      image: try row.decode(forColumn: "image"),
      imageID: ImageID(try row.decode(String.self, forColumn: "imageId")),
      labels: try JSONColumn.labels(try row.decode(forColumn: "labels")),
      state: ContainerState(try row.decode(String.self, forColumn: "state")),
      status: try row.decode(forColumn: "status"),
      command: try row.decode(forColumn: "command"),
      created: try row.decode(forColumn: "created"),
      startedAt: try row.decode(forColumn: "startedAt"),
      finishedAt: try row.decode(forColumn: "finishedAt"),
      exitCode: try row.decode(forColumn: "exitCode"),
      writableSize: try row.decode(forColumn: "writableSize"),
      rootSize: try row.decode(forColumn: "rootSize"),
      writableBlocks: try row.decode(forColumn: "writableBlocks"),
      autoRemove: try row.decode(forColumn: "autoRemove"),
      restartCount: try row.decode(forColumn: "restartCount"),
      restartPolicy: try row.decode(forColumn: "restartPolicy"),
      volumes: try JSONColumn.list(try row.decode(forColumn: "volumes")),
      networks: try JSONColumn.list(try row.decode(forColumn: "networks")),
      hosts: try JSONColumn.hosts(try row.decode(forColumn: "hosts")),
      firstSeen: try row.decode(forColumn: "firstSeen"))
  }

  /// A container that was started or stopped once has been so for good; one that has not run since
  /// it was measured has the size, and the exit code, that it had.
  fileprivate func filled(from known: Container) -> Container {
    var container = self
    container.startedAt = startedAt ?? known.startedAt
    container.finishedAt = finishedAt ?? known.finishedAt
    container.hosts = hosts ?? known.hosts
    if !state.isActive, !known.state.isActive, container.startedAt == known.startedAt,
      container.finishedAt == known.finishedAt
    {
      container.exitCode = exitCode ?? known.exitCode
      container.writableSize = writableSize ?? known.writableSize
      container.rootSize = rootSize ?? known.rootSize
      container.writableBlocks = writableBlocks ?? known.writableBlocks
    }
    return container
  }
}
