/// Where the names in the tar of a volume's files begin: an engine takes that from the path that it is
/// asked for.
package enum VolumeTar: Hashable, Sendable {
  /// `volume/…`, the volume's directory first: to be unpacked above it. An engine then gives the
  /// directory its owner and mode, and no symbolic or hard link of a volume leads out of the root.
  case directory
  /// `./…`, in copies that hold no more than what is in the directory: to be unpacked within it.
  case content

  /// The directory in a copy, without a slash.
  package static let name = "volume"

  /// Reads a tar to its end and makes sure that all of it belongs into the directory: then it can be
  /// unpacked at the root of a container without touching anything else there.
  static func prove(_ tar: inout TarReader) throws(ArchiveError) {
    guard try form(of: &tar) == .directory else { throw headless }
    while let entry = try tar.next() {
      guard isInside(entry.name), entry.kind != .hardLink || isInside(entry.target) else {
        throw .incomplete(.volume, reason: "an entry lies outside of it")
      }
    }
  }

  static func form(of tar: inout TarReader) throws(ArchiveError) -> VolumeTar {
    guard let first = try tar.next(), first.kind == .directory else { throw headless }
    if [name, name + "/"].contains(first.name) { return .directory }
    if [".", "./"].contains(first.name) { return .content }
    throw headless
  }

  private static var headless: ArchiveError {
    .incomplete(.volume, reason: "it does not begin with the volume's directory")
  }

  private static func isInside(_ path: String) -> Bool {
    guard let parts = ArchivedFiles.parts(of: path[...], from: []) else { return false }
    return parts.count > 1 && parts[0] == name
  }
}
