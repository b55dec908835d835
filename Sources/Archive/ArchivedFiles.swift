import Inventory

/// What is in an image's tar: a table of its files with their digests. Nothing of it is extracted, and
/// its links lead to other files of the table only.
struct ArchivedFiles {
  struct File {
    let entry: TarEntry
    let digest: String
  }

  private var files: [String: File] = [:]
  private var links: [String: [Substring]] = [:]

  /// An image has at most 127 layers, with up to four entries each; this leaves room for indexes.
  private static let entryLimit = 10_000
  private static let nameLimit = 4096

  /// Reads a whole tar.
  ///
  /// - Throws: `incomplete` also where two files have one name: which of them an engine would load
  ///   cannot be said.
  init(
    of content: ArchiveContent, in tar: inout TarReader
  ) throws(ArchiveError) {
    var count = 0
    while let entry = try tar.next() {
      count += 1
      guard count <= Self.entryLimit, entry.name.utf8.count <= Self.nameLimit,
        entry.target.utf8.count <= Self.nameLimit
      else { throw .incomplete(content, reason: "it has more entries than an image can have") }
      guard let parts = Self.parts(of: entry.name[...], from: []) else {
        throw .incomplete(content, reason: "an entry lies outside of it")
      }
      let path = parts.joined(separator: "/")
      switch entry.kind {
      case .directory: continue
      case .file:
        try claim(path, content)
        files[path] = File(entry: entry, digest: try tar.digestOfContent())
      case .symbolicLink, .hardLink:
        try claim(path, content)
        // The target of a hard link counts from the root of the tar, that of a symbolic one from
        // where the link is.
        let start = entry.kind == .hardLink ? [] : parts.dropLast()
        guard let target = Self.parts(of: entry.target[...], from: Array(start)) else {
          throw .incomplete(content, reason: "a link leads out of it")
        }
        links[path] = target
      case .special, .extended, .global, .longName, .longTarget:
        throw .incomplete(content, reason: "it has an entry that no image has")
      }
    }
  }

  /// The file of this path, also where a link leads to it; nil where there is none.
  subscript(path: String) -> File? {
    guard var at = Self.parts(of: path[...], from: [])?.joined(separator: "/") else { return nil }
    // `docker save` links a layer that is there twice to the first one; no link leads to a link.
    for _ in 0..<8 {
      if let file = files[at] { return file }
      guard let next = links[at] else { return nil }
      at = next.joined(separator: "/")
    }
    return nil
  }

  /// The file of a digest in the layout of OCI, if it is what its name says.
  func blob(_ digest: String) -> File? {
    guard let digits = CopyName.digits(of: digest), let file = self["blobs/sha256/" + digits],
      file.digest == digits
    else { return nil }
    return file
  }

  private func claim(_ path: String, _ content: ArchiveContent) throws(ArchiveError) {
    guard !path.isEmpty, files[path] == nil, links[path] == nil else {
      throw .incomplete(content, reason: "two entries in it have one name")
    }
  }

  /// The steps of a path without `.` and `..`; nil where it leads above the root or begins there.
  static func parts(of path: Substring, from start: [Substring]) -> [Substring]? {
    guard !path.hasPrefix("/") else { return nil }
    var parts = start
    for part in path.split(separator: "/") {
      switch part {
      case ".": continue
      case "..":
        if parts.popLast() == nil { return nil }
      default: parts.append(part)
      }
    }
    return parts
  }
}
