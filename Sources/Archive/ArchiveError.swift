package import Inventory

/// Why a copy was not saved, cannot be relied on, or was not deleted.
package enum ArchiveError: Error, Hashable, Sendable {
  /// The directory cannot be used: its path, and why.
  case unusableDirectory(String, reason: String)
  /// Somebody else could change what is in the directory.
  case openToOthers(directory: String)
  /// The file system of the directory is full, or the user's quota is.
  case noRoom(directory: String)
  /// A copy has more bytes than it was allowed.
  case tooLarge(limit: Int64)
  /// The system refused to write: the file, and its reason.
  case unwritable(file: String, reason: String)
  case unreadable(file: String, reason: String)
  case missing(file: String)
  /// The file is not what was saved: another size or digest, or no regular file.
  case altered(file: String)
  /// What was written does not hold the object whole.
  case incomplete(ArchiveContent, reason: String)
  /// The file is not one that an archive makes, or not in this directory.
  case notOurs(file: String)
  /// The engine names the image in a way that no copy can be held against.
  case unusableID(ImageID)
  /// The writing of this copy ended already.
  case ended(ArchiveContent)
}

extension ArchiveError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unusableDirectory(let path, let reason):
      "cannot keep copies in '\(path)': \(reason); name another directory"
    case .openToOthers(let path):
      "cannot keep copies in '\(path)': another user owns it or may write there; make it yours with mode 0700"
    case .noRoom(let path):
      "cannot save a copy in '\(path)': there is no room left; delete copies that are not needed, or name another directory"
    case .tooLarge(let limit):
      "cannot save a copy: it is larger than the \(limit) bytes that are allowed; allow more"
    case .unwritable(let file, let reason): "cannot write the copy '\(file)': \(reason)"
    case .unreadable(let file, let reason): "cannot read the copy '\(file)': \(reason)"
    case .missing(let file): "cannot use the copy '\(file)': it is not there"
    case .altered(let file):
      "cannot use the copy '\(file)': it is not the file that was saved"
    case .incomplete(let content, let reason):
      "cannot rely on the copy of \(content): \(reason); it was not kept"
    case .notOurs(let file):
      "cannot delete '\(file)': it is no copy in this archive; delete it by hand if it is not needed"
    case .unusableID(let id):
      "cannot save a copy of the image '\(SHA256.hex(id.rawValue).prefix(12))…': its id is not 'sha256:' and 64 hex digits"
    case .ended(let content): "cannot write more of the copy of \(content): it has ended"
    }
  }
}

/// What a copy holds.
package enum ArchiveContent: Hashable, Sendable, CustomStringConvertible {
  /// An image as `docker save` writes it.
  case image(ImageID)
  /// The files of a volume, as a tar.
  case volume

  package var image: ImageID? {
    if case .image(let id) = self { return id }
    return nil
  }

  package var description: String {
    switch self {
    case .image(let id): "the image \(id.short)"
    case .volume: "a volume"
    }
  }
}
