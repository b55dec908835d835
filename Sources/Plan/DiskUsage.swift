package import Inventory

/// What uses an engine's disk: the content of `balai df`.
package struct DiskUsage: Hashable, Sendable {
  /// A line in the columns of `docker system df`.
  package struct Kind: Hashable, Sendable {
    package enum Name: String, Hashable, Sendable {
      case images, containers, volumes
      case buildCache = "build-cache"
    }

    package let name: Name
    package let total: Int
    /// Images with a container, containers that are active, volumes that a container mounts, cache
    /// records in use.
    package let active: Int
    /// Content: layers, writable layers, what is in volumes, what records hold for themselves.
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

  /// A line of the whole-disk ledger.
  package struct StorageLine: Hashable, Sendable {
    package let kind: StorageKind
    package let total: Footprint
    /// What a prune under the policy frees of it.
    package let byPolicy: Footprint

    package init(kind: StorageKind, total: Footprint, byPolicy: Footprint) {
      self.kind = kind
      self.total = total
      self.byPolicy = byPolicy
    }
  }

  /// What an engine's data root holds beyond the ledger's lines, in blocks.
  package struct Remainder: Hashable, Sendable {
    package let root: String
    /// All of the data root.
    package let whole: Int64
    /// Layers that no object holds.
    package let orphanedLayers: Int64
    /// What nothing explains, largest first.
    package let strays: [DiskReading.Stray]
    /// The rest: the engine's own databases and empty directories. With the ledger's lines, orphans
    /// and strays it adds up to the whole.
    package let engineFiles: Int64

    package init(
      root: String, whole: Int64, orphanedLayers: Int64, strays: [DiskReading.Stray],
      engineFiles: Int64
    ) {
      self.root = root
      self.whole = whole
      self.orphanedLayers = orphanedLayers
      self.strays = strays
      self.engineFiles = engineFiles
    }
  }

  package let engine: EngineIdentity
  package let kinds: [Kind]
  package let storage: [StorageLine]
  /// Nil where the data root was not walked.
  package let remainder: Remainder?
  /// The policy that `byPolicy` speaks of.
  package let policy: String
  /// What a prune under that policy would free.
  package let byPolicy: Footprint
  package let notes: [String]
  /// For `-v`.
  package let images: [ImageUsage]
  package let containers: [ContainerUsage]
  package let volumes: [VolumeUsage]
  package let buildCache: [BuildCacheUsage]

  package init(
    engine: EngineIdentity, kinds: [Kind], storage: [StorageLine], remainder: Remainder?,
    policy: String, byPolicy: Footprint, notes: [String], images: [ImageUsage],
    containers: [ContainerUsage], volumes: [VolumeUsage], buildCache: [BuildCacheUsage]
  ) {
    self.engine = engine
    self.kinds = kinds
    self.storage = storage
    self.remainder = remainder
    self.policy = policy
    self.byPolicy = byPolicy
    self.notes = notes
    self.images = images
    self.containers = containers
    self.volumes = volumes
    self.buildCache = buildCache
  }

  /// Whether logs are among them: only the engine's files tell how large they are.
  package var countsLogs: Bool { containers.isEmpty || containers.contains { $0.logs != nil } }

  /// All lines of the ledger together.
  package var total: Footprint { storage.reduce(.zero) { $0 + $1.total } }
}
