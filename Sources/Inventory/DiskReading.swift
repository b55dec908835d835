/// What an engine's data root holds, read from its files and not from its API.
///
/// Part of a snapshot where the data root is on this host and may be read. What was not asked for, or
/// vanished while it was read, is missing.
package struct DiskReading: Hashable, Sendable, Codable {
  /// Content and blocks of something that was walked.
  package struct Measure: Hashable, Sendable, Codable {
    /// Sizes of all that are not directories, each inode once: Docker's own way of counting.
    package var content: Int64
    /// Blocks of all, directories too, in bytes.
    package var blocks: Int64

    package init(content: Int64, blocks: Int64) {
      self.content = content
      self.blocks = blocks
    }
  }

  /// A layer of the layer store (moby `layer/filestore.go`).
  package struct Layer: Hashable, Sendable, Codable {
    /// The chain id of the layer below; nil: it is a base.
    package var parent: String?
    /// The digest of its own tar.
    package var diff: String
    /// Content bytes, as the engine noted them when it made the layer.
    package var size: Int64
    /// The name of its directory under the graph driver's. Another one means that the layer went and
    /// came back.
    package var cacheID: String
    /// Blocks of its directory and of the store's records of it; nil where the graph driver keeps
    /// layers in a way that cannot be walked (btrfs, zfs, devicemapper).
    package var blocks: Int64?

    package init(parent: String?, diff: String, size: Int64, cacheID: String, blocks: Int64?) {
      self.parent = parent
      self.diff = diff
      self.size = size
      self.cacheID = cacheID
      self.blocks = blocks
    }
  }

  /// What a container has on the disk.
  package struct ContainerFiles: Hashable, Sendable, Codable {
    /// Blocks of its writable layer, its init layer and the store's records of both; nil where they
    /// were not walked.
    package var writableBlocks: Int64?
    /// Its log with the rotated ones.
    package var logs: Measure
    /// Blocks of all else in its directory.
    package var recordBlocks: Int64
    /// The chain id of the layer that its writable layer lies on; nil for a container without an image.
    package var chain: String?

    package init(
      writableBlocks: Int64?, logs: Measure, recordBlocks: Int64, chain: String? = nil
    ) {
      self.writableBlocks = writableBlocks
      self.logs = logs
      self.recordBlocks = recordBlocks
      self.chain = chain
    }
  }

  /// What a build-cache record has on the disk.
  package struct CacheFiles: Hashable, Sendable, Codable {
    /// The chain id of the layer that it holds, together with all below; nil: it holds none.
    package var chain: String?
    /// What it has for itself; nil where it only holds a layer.
    package var own: Measure?

    package init(chain: String?, own: Measure?) {
      self.chain = chain
      self.own = own
    }
  }

  /// Something in the data root that no object explains.
  package struct Stray: Hashable, Sendable, Codable {
    /// Below the data root.
    package var path: String
    package var blocks: Int64

    package init(path: String, blocks: Int64) {
      self.path = path
      self.blocks = blocks
    }
  }

  /// All of a data root, walked.
  package struct Whole: Hashable, Sendable, Codable {
    /// Blocks of everything below the data root, other file systems mounted there left out.
    package var blocks: Int64
    /// Directories of the graph driver that no layer, container or record of the build cache has, and
    /// temporary files.
    package var strays: [Stray]

    package init(blocks: Int64, strays: [Stray]) {
      self.blocks = blocks
      self.strays = strays
    }
  }

  /// Every layer of the layer store, by chain id; those that nothing refers to as well.
  package var layers: [String: Layer]
  package var containers: [ContainerID: ContainerFiles]
  /// Blocks of each image's configuration and what the store notes beside it.
  package var imageRecords: [ImageID: Int64]
  package var volumes: [String: Measure]
  /// By the record's id; nil where the build cache's database cannot be read.
  package var buildCache: [String: CacheFiles]?
  /// Only where it was asked for.
  package var whole: Whole?

  package init(
    layers: [String: Layer] = [:], containers: [ContainerID: ContainerFiles] = [:],
    imageRecords: [ImageID: Int64] = [:], volumes: [String: Measure] = [:],
    buildCache: [String: CacheFiles]? = nil, whole: Whole? = nil
  ) {
    self.layers = layers
    self.containers = containers
    self.imageRecords = imageRecords
    self.volumes = volumes
    self.buildCache = buildCache
    self.whole = whole
  }
}

/// The room on a file system, as `statfs` tells it, in bytes.
package struct DiskSpace: Hashable, Sendable, Codable {
  package var capacity: Int64
  /// Free for everybody, what is reserved for root not counted.
  package var available: Int64
  /// Free, what is reserved for root counted.
  package var free: Int64
  /// How many files it can have, and how many more; nil where their number has no limit of its own
  /// (btrfs).
  package var inodes: Int64?
  package var freeInodes: Int64?

  package init(
    capacity: Int64, available: Int64, free: Int64, inodes: Int64? = nil, freeInodes: Int64? = nil
  ) {
    self.capacity = capacity
    self.available = available
    self.free = free
    self.inodes = inodes
    self.freeInodes = freeInodes
  }
}
