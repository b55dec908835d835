/// What something takes up, counted in two ways that are never mixed.
package struct Footprint: Hashable, Sendable, Codable {
  /// Content: the bytes that were put there, as Docker counts them. Directories, partly filled blocks
  /// and the engine's own records count as nothing.
  package var content: Bytes
  /// Disk blocks in bytes, the engine's own records included: what `df` shows. Nil where the engine's
  /// data root cannot be read.
  package var disk: Bytes?

  package static let zero = Footprint(content: .zero, disk: .zero)

  package init(content: Bytes, disk: Bytes?) {
    self.content = content
    self.disk = disk
  }

  /// Blocks are known of a sum only where they are known of both parts.
  package static func + (left: Self, right: Self) -> Self {
    Self(
      content: left.content + right.content,
      disk: left.disk.flatMap { disk in right.disk.map { disk + $0 } })
  }

  package static func += (left: inout Self, right: Self) { left = left + right }
}

/// The kinds of objects that occupy an engine's disk, each counted once.
package enum StorageKind: String, Hashable, Sendable, Codable, CaseIterable {
  /// Layers of images, each once, whoever holds them: images, containers or build-cache records.
  case layers
  /// What containers wrote to their own file systems.
  case writableLayers = "writable-layers"
  /// Containers' logs, rotated ones included.
  case logs
  /// What the engine keeps of each container and image besides: configuration, host files. Has no
  /// content in Docker's sense, only blocks.
  case records
  case volumes
  /// Build-cache records, without those layers that are layers of the store.
  case buildCache = "build-cache"
}
