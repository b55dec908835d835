/// An image in an engine's store.
package struct Image: Hashable, Sendable, Codable {
  package let id: ImageID
  /// `repository:tag` of every tag, sorted; never `<none>`. Empty: the image is dangling, or an
  /// intermediate one.
  package var references: [String]
  /// `repository@sha256:…`, sorted. In the containerd image store these exist even for images that
  /// were never pushed or pulled.
  package var digests: [String]
  /// The image that the classic builder built this one from, where the engine says so.
  package var parent: ImageID?
  /// Build date; nil where the engine sends none, or year 1.
  package var created: Timestamp?
  /// `Size` of the image list, in bytes. Graph drivers: the sum of its layers. Containerd image
  /// store: content blobs and unpacked snapshots.
  package var size: Int64
  package var labels: [String: String]
  /// `Metadata.LastTagTime`: set by build, tag and import on this host, never by a pull. An index adds
  /// the pulls and loads that events told of.
  package var lastTagged: Timestamp?
  /// Its layers; nil where the engine would not tell (the image vanished, or inspect failed).
  package var content: ImageContent?
  /// When an index first saw it; nil without an index.
  package var firstSeen: Timestamp?
  /// Its last use that an index knows of, or of an image built on it: never older than the truth.
  package var lastUsed: Timestamp?

  package init(
    id: ImageID, references: [String] = [], digests: [String] = [], parent: ImageID? = nil,
    created: Timestamp? = nil, size: Int64, labels: [String: String] = [:],
    lastTagged: Timestamp? = nil, content: ImageContent? = nil, firstSeen: Timestamp? = nil,
    lastUsed: Timestamp? = nil
  ) {
    self.id = id
    self.references = references
    self.digests = digests
    self.parent = parent
    self.created = created
    self.size = size
    self.labels = labels
    self.lastTagged = lastTagged
    self.content = content
    self.firstSeen = firstSeen
    self.lastUsed = lastUsed
  }

  /// Whether it has no tag. Images that other images were built from are not dangling though they
  /// have no tag either: see `Snapshot.isIntermediate`.
  package var isUntagged: Bool { references.isEmpty }
}

/// What never changes about an image: asked from the engine once per image id, ever.
package struct ImageContent: Hashable, Sendable, Codable {
  /// `RootFS.Layers`: the digest of each layer's uncompressed tar, base first.
  package let diffs: [String]
  /// `/images/{id}/history`, oldest first (the engine sends newest first). Can be empty or shorter
  /// than `diffs`.
  package let history: [HistoryEntry]
  /// Containerd image store: bytes of its blobs as they are stored, packed layers among them, which
  /// inspect alone tells apart from what is unpacked. Nil for graph drivers, and where it was not
  /// asked.
  package let packedSize: Int64?

  package init(diffs: [String], history: [HistoryEntry], packedSize: Int64? = nil) {
    self.diffs = diffs
    self.history = history
    self.packedSize = packedSize
  }
}

/// One line of an image's history.
///
/// The engine does not say which lines have a layer; a size of zero is either a line without one or
/// a layer that holds no bytes.
package struct HistoryEntry: Hashable, Sendable, Codable {
  /// Bytes of its layer, 0 where it has none.
  package let size: Int64
  /// A fingerprint of `CreatedBy` and `Created`, to recognise the same line in two images. The text
  /// itself can hold secrets (build arguments) and is not kept.
  package let fingerprint: String
  /// Whether the instruction is one that never makes a layer (ENV, CMD, LABEL, …).
  package let isMetadataOnly: Bool
  /// Whether BuildKit wrote it (`Comment` is `buildkit.dockerfile.v0`).
  package let isBuildKit: Bool

  package init(size: Int64, fingerprint: String, isMetadataOnly: Bool, isBuildKit: Bool) {
    self.size = size
    self.fingerprint = fingerprint
    self.isMetadataOnly = isMetadataOnly
    self.isBuildKit = isBuildKit
  }
}
