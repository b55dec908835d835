/// A container on an engine.
package struct Container: Hashable, Sendable, Codable {
  package let id: ContainerID
  /// Without the leading slash; the first name where there are several (legacy links).
  package var name: String
  /// The image as it was named at creation: `nginx:1`, an id, or a digest.
  package var image: String
  package var imageID: ImageID
  package var labels: [String: String]
  package var state: ContainerState
  /// The engine's own words: `Exited (0) 2 hours ago`.
  package var status: String
  package var command: String
  package var created: Timestamp
  /// Nil: never started.
  package var startedAt: Timestamp?
  /// Nil: never stopped.
  package var finishedAt: Timestamp?
  /// What its process ended with the last time (`State.ExitCode`); nil: it is active, or it never
  /// ended, or nobody told.
  package var exitCode: Int?
  /// Bytes of its writable layer (`SizeRw`); nil where it was not asked (a running container's
  /// changes all the time).
  package var writableSize: Int64?
  /// Bytes of its whole root file system (`SizeRootFs`), its image's layers included.
  package var rootSize: Int64?
  /// Blocks of its writable layer, in bytes, as `DiskReading` counts them; nil where they were not
  /// walked since it last ran.
  package var writableBlocks: Int64?
  /// `--rm`: the engine removes it as soon as it stops.
  package var autoRemove: Bool
  /// How often its restart policy has started it again; a start by hand sets it back to 0.
  package var restartCount: Int
  /// `no`, `always`, `unless-stopped` or `on-failure`; empty where unknown.
  package var restartPolicy: String
  /// The names of the volumes it mounts.
  package var volumes: [String]
  /// The names of the networks it is attached to.
  package var networks: [String]
  /// The containers whose namespaces it uses; nil where nobody told.
  package var hosts: [Namespace: ContainerID]?
  package var firstSeen: Timestamp?

  package init(
    id: ContainerID, name: String, image: String, imageID: ImageID, labels: [String: String] = [:],
    state: ContainerState, status: String = "", command: String = "", created: Timestamp,
    startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil, exitCode: Int? = nil,
    writableSize: Int64? = nil,
    rootSize: Int64? = nil, writableBlocks: Int64? = nil, autoRemove: Bool = false,
    restartCount: Int = 0,
    restartPolicy: String = "no",
    volumes: [String] = [], networks: [String] = [], hosts: [Namespace: ContainerID]? = [:],
    firstSeen: Timestamp? = nil
  ) {
    self.id = id
    self.name = name
    self.image = image
    self.imageID = imageID
    self.labels = labels
    self.state = state
    self.status = status
    self.command = command
    self.created = created
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.exitCode = exitCode
    self.writableSize = writableSize
    self.rootSize = rootSize
    self.writableBlocks = writableBlocks
    self.autoRemove = autoRemove
    self.restartCount = restartCount
    self.restartPolicy = restartPolicy
    self.volumes = volumes
    self.networks = networks
    self.hosts = hosts
    self.firstSeen = firstSeen
  }
}

/// A container's state, in the engine's words.
package enum ContainerState: Hashable, Sendable {
  case created, running, paused, restarting, removing, exited, dead
  /// A word that no engine we know uses. Podman shows a restarting container as `stopped`: what is
  /// unknown counts as running, so that it is never removed.
  case unknown(String)

  package static let known: [ContainerState] = [
    .created, .running, .paused, .restarting, .removing, .exited, .dead,
  ]

  package init(_ word: String) {
    self = Self.known.first { $0.word == word.lowercased() } ?? .unknown(word)
  }

  /// Whether it has, or may have, a process: the engine refuses to remove it before it is stopped.
  package var isActive: Bool {
    switch self {
    case .running, .paused, .restarting, .unknown: true
    case .created, .removing, .exited, .dead: false
    }
  }

  package var word: String {
    switch self {
    case .created: "created"
    case .running: "running"
    case .paused: "paused"
    case .restarting: "restarting"
    case .removing: "removing"
    case .exited: "exited"
    case .dead: "dead"
    case .unknown(let word): word
    }
  }
}

extension ContainerState: Codable {
  package init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(word)
  }
}
