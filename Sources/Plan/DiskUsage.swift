package import Inventory

/// What uses an engine's disk, by kind: the content of `balai df`.
package struct DiskUsage: Hashable, Sendable, Codable {
  package struct Kind: Hashable, Sendable, Codable {
    package enum Name: String, Hashable, Sendable, Codable {
      case images, containers, volumes
      case buildCache = "build-cache"
    }

    package let name: Name
    package let total: Int
    /// Images with a container, containers that are active, volumes that a container mounts, cache
    /// records in use.
    package let active: Int
    package let size: Bytes
    /// What could go: all that is not active, images of stopped containers not counted (the
    /// containers would have to go first).
    package let reclaimable: Bytes

    package init(name: Name, total: Int, active: Int, size: Bytes, reclaimable: Bytes) {
      self.name = name
      self.total = total
      self.active = active
      self.size = size
      self.reclaimable = reclaimable
    }
  }

  package let engine: EngineIdentity
  package let kinds: [Kind]
  /// The policy that `byPolicy` speaks of.
  package let policy: String
  /// What a prune under that policy would free.
  package let byPolicy: Bytes
  package let notes: [String]
  /// For `-v`.
  package let images: [ImageUsage]
  package let containers: [ContainerUsage]
  package let volumes: [VolumeUsage]
  package let buildCache: [BuildCacheRecord]

  package init(
    engine: EngineIdentity, kinds: [Kind], policy: String, byPolicy: Bytes, notes: [String],
    images: [ImageUsage], containers: [ContainerUsage], volumes: [VolumeUsage],
    buildCache: [BuildCacheRecord]
  ) {
    self.engine = engine
    self.kinds = kinds
    self.policy = policy
    self.byPolicy = byPolicy
    self.notes = notes
    self.images = images
    self.containers = containers
    self.volumes = volumes
    self.buildCache = buildCache
  }
}

/// One image with what it holds; also a row of `balai images`.
package struct ImageUsage: Hashable, Sendable, Codable {
  package let image: Image
  /// Bytes of layers that something else holds too.
  package let shared: Bytes
  /// Bytes of layers that nothing else holds: what removing it alone would free.
  package let unique: Bytes
  /// Names of the containers made from it.
  package let containers: [String]
  /// `keep`, `untag` or `remove`, under the policy of the list.
  package let verdict: String
  package let reason: String

  package init(
    image: Image, shared: Bytes, unique: Bytes, containers: [String], verdict: String,
    reason: String
  ) {
    self.image = image
    self.shared = shared
    self.unique = unique
    self.containers = containers
    self.verdict = verdict
    self.reason = reason
  }
}

/// One container with what it holds; also a row of `balai ps`.
package struct ContainerUsage: Hashable, Sendable, Codable {
  package let container: Container
  /// What removing it alone would free.
  package let unique: Bytes
  /// `keep`, `stop` or `remove`.
  package let verdict: String
  package let reason: String

  package init(container: Container, unique: Bytes, verdict: String, reason: String) {
    self.container = container
    self.unique = unique
    self.verdict = verdict
    self.reason = reason
  }
}

/// One volume and who mounts it.
package struct VolumeUsage: Hashable, Sendable, Codable {
  package let volume: Volume
  package let containers: [String]

  package init(volume: Volume, containers: [String]) {
    self.volume = volume
    self.containers = containers
  }
}
