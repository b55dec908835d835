/// All that was on one engine at one time.
package struct Snapshot: Hashable, Sendable, Codable {
  package var engine: EngineIdentity
  package var takenAt: Timestamp
  /// Every image, intermediate ones too.
  package var images: [Image]
  /// Every container, whatever its state.
  package var containers: [Container]
  package var volumes: [Volume]
  package var networks: [Network]
  /// Nil where it was not asked.
  package var buildCache: [BuildCacheRecord]?
  /// Images that the engine no longer lists and whose layers a container still pins, with what an
  /// index remembers of them.
  package var departedImages: [Image]
  /// What the engine's files say; nil where its data root is not on this host, may not be read, or
  /// was not asked.
  package var disk: DiskReading?
  /// When an image was last pulled, built, loaded, imported or tagged, as far as events told.
  package var lastImageActivity: Timestamp?
  /// The room on the file system of the engine's data root; nil where that is not on this host, or
  /// was not asked.
  package var space: DiskSpace?
  /// Digest references of images (`repository@sha256:…`) that registries were asked for and have; nil:
  /// nobody asked. What is not in it is not known to be anywhere else.
  package var registered: Set<String>?

  package init(
    engine: EngineIdentity, takenAt: Timestamp, images: [Image], containers: [Container],
    volumes: [Volume] = [], networks: [Network] = [], buildCache: [BuildCacheRecord]? = nil,
    departedImages: [Image] = [], disk: DiskReading? = nil, lastImageActivity: Timestamp? = nil,
    space: DiskSpace? = nil, registered: Set<String>? = nil
  ) {
    self.engine = engine
    self.takenAt = takenAt
    self.images = images
    self.containers = containers
    self.volumes = volumes
    self.networks = networks
    self.buildCache = buildCache
    self.departedImages = departedImages
    self.disk = disk
    self.lastImageActivity = lastImageActivity
    self.space = space
    self.registered = registered
  }

  /// The ids of images that another image names as its parent.
  package var parentIDs: Set<ImageID> { Set(images.compactMap(\.parent)) }
}

/// What an index already knows about an engine, so that it need not be asked again.
package struct Remembered: Sendable {
  /// Contents of images, by id.
  package var images: [ImageID: ImageContent]
  /// Containers as last seen, with the times and sizes that only inspect tells.
  package var containers: [ContainerID: Container]
  /// The last engine event that was seen. As long as the engine's ring of events (256, lost at a
  /// restart) still holds it, the events after it name every container that changed.
  package var lastEvent: EventMark?
  /// Whether this engine was surveyed before.
  package var isSurveyed: Bool
  /// The id of the engine's default bridge at the last survey: dockerd makes a new one whenever it
  /// starts, unless containers lived on without it.
  package var bridge: String?

  package static let nothing = Remembered(images: [:], containers: [:], lastEvent: nil)

  package init(
    images: [ImageID: ImageContent], containers: [ContainerID: Container], lastEvent: EventMark?,
    isSurveyed: Bool = false, bridge: String? = nil
  ) {
    self.isSurveyed = isSurveyed
    self.bridge = bridge
    self.images = images
    self.containers = containers
    self.lastEvent = lastEvent
  }
}

/// One event in an engine's stream.
package struct EventMark: Hashable, Sendable, Codable {
  /// `timeNano`: nanoseconds since 1970.
  package let nanoseconds: Int64
  /// The event's type, action and actor in one string.
  package let identity: String

  package init(nanoseconds: Int64, identity: String) {
    self.nanoseconds = nanoseconds
    self.identity = identity
  }
}

/// A snapshot as it came from an engine, and the mark to go on from next time.
package struct Survey: Sendable {
  package var snapshot: Snapshot
  package var lastEvent: EventMark?
  package var uses: ObservedUses

  package init(snapshot: Snapshot, lastEvent: EventMark?, uses: ObservedUses = .none) {
    self.snapshot = snapshot
    self.lastEvent = lastEvent
    self.uses = uses
  }
}
