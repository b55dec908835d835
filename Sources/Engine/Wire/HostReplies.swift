import Inventory

// Properties in this folder bear the API's own names, so that a field is found by one search.

/// `GET /info`.
struct Info: Decodable {
  let ID: String?
  let Name: String?
  let DockerRootDir: String?
  let ServerVersion: String?
  let Driver: String?
  let DriverStatus: [[String]]?
  let Containers: Int?
  let Images: Int?
  /// Whether containers live on while the engine is down.
  let LiveRestoreEnabled: Bool?

  /// What an empty list is checked against.
  var counts: ObjectCounts {
    ObjectCounts(
      containers: Containers ?? 0, images: Images ?? 0,
      areKeptOverRestart: LiveRestoreEnabled ?? false)
  }

  func identity(kind: EngineIdentity.Kind, apiVersion: APIVersion) -> EngineIdentity {
    // Says so since the containerd image store exists (Docker 24); the driver's name does not.
    let isContainerd = (DriverStatus ?? []).contains([
      "driver-type", "io.containerd.snapshotter.v1",
    ])
    return EngineIdentity(
      kind: kind, id: ID ?? "", hostName: Name ?? "", rootDirectory: DockerRootDir ?? "",
      serverVersion: ServerVersion ?? "", apiVersion: "\(apiVersion)",
      storageDriver: Driver ?? "", imageStore: isContainerd ? .containerd : .graphDriver)
  }
}

/// How many objects an engine says it has.
struct ObjectCounts: Sendable {
  let containers: Int
  let images: Int
  /// Whether containers live on while the engine is down (`live-restore`).
  var areKeptOverRestart = false
}

/// `GET /volumes`: a host without volumes sends `null` for the list, but never leaves it out.
struct VolumeList: Decodable {
  private enum CodingKeys: String, CodingKey {
    case Volumes
  }

  let Volumes: [VolumeReply]?

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    Volumes =
      try values.decodeNil(forKey: .Volumes)
      ? nil : values.decode([VolumeReply].self, forKey: .Volumes)
  }
}

/// A volume in a list and in `/system/df`, which alone fills `UsageData`.
struct VolumeReply: Decodable {
  struct Usage: Decodable {
    let Size: Int64?
  }

  let Name: String
  let Driver: String?
  let Labels: [String: String]?
  let CreatedAt: String?
  let UsageData: Usage?

  var volume: Volume {
    Volume(
      name: Name, driver: Driver ?? "", labels: Labels ?? [:],
      created: CreatedAt.flatMap { Timestamp(rfc3339: $0) }, size: size)
  }

  /// Nil where the engine could not tell: it sends -1.
  var size: Int64? { UsageData?.Size.flatMap(\.knownSize) }
}

/// A network of `GET /networks`.
struct NetworkReply: Decodable {
  let Id: String
  let Name: String
  let Driver: String?
  let Scope: String?
  let Labels: [String: String]?
  let Created: String?

  var network: Network {
    Network(
      id: Id, name: Name, driver: Driver ?? "", scope: Scope ?? "", labels: Labels ?? [:],
      created: Created.flatMap { Timestamp(rfc3339: $0) })
  }
}
