/// What is kept of an object before a run takes it away, so that an undo can bring it back.
///
/// It is written to the journal together with the intent: what is gone has left its keepsake.
package struct Keepsake: Hashable, Sendable, Codable {
  /// The engine's own words about a container, volume or network: its inspect reply, JSON. Can hold
  /// secrets (environment, labels), so it never goes into a report or a log. Nil for images.
  package var description: String?
  /// The tags of an image, or the one that was taken.
  package var references: [String]
  /// The digest references (`repository@sha256:…`) that an image can be pulled by.
  package var digests: [String]
  /// What an image that can be pulled is for, `linux/arm64/v8`: one digest can stand for images of
  /// many platforms. Nil: for all else, and where the engine did not say.
  package var platform: String?
  /// The copy that was saved before; nil: none.
  package var archive: ArchivedCopy?

  package init(
    description: String? = nil, references: [String] = [], digests: [String] = [],
    platform: String? = nil, archive: ArchivedCopy? = nil
  ) {
    self.description = description
    self.references = references
    self.digests = digests
    self.platform = platform
    self.archive = archive
  }
}

/// A file that holds a verified copy of an image, of a container with what it wrote, or of a volume.
package struct ArchivedCopy: Hashable, Sendable, Codable {
  /// Its absolute path.
  package let file: String
  /// Bytes of the file.
  package let size: Int64
  /// SHA-256 of the file, 64 hex digits.
  package let digest: String
  /// The image that is in it: of a container, the one that it was committed to. Nil: it is the
  /// content of a volume.
  package let image: ImageID?
  /// When its file was written, or was last used for another record of it: the file's own date.
  package let savedAt: Timestamp
  /// When it may be deleted; nil: never by itself.
  package let expiresAt: Timestamp?

  package init(
    file: String, size: Int64, digest: String, image: ImageID?, savedAt: Timestamp,
    expiresAt: Timestamp?
  ) {
    self.file = file
    self.size = size
    self.digest = digest
    self.image = image
    self.savedAt = savedAt
    self.expiresAt = expiresAt
  }
}
