/// Where a graph driver puts the directories that it makes (moby `daemon/graphdriver/*`).
///
/// Each is a layer, the writable layer of a container, or a snapshot of BuildKit.
struct DriverLayout {
  /// Below the data root.
  let home: String
  /// Whether each directory also has a link of a short name in `l/`, for the mount options of a long
  /// chain; its name is in the file `link`.
  private let hasLinks: Bool
  /// The folder in each directory that holds its content; nil: a directory is a copy of all below it.
  let contentFolder: String?

  /// Nil for drivers whose directories are not their own: snapshots of the file system (btrfs, zfs,
  /// devicemapper) or hard links to those below (overlay).
  init?(of driver: String) {
    switch driver {
    case "overlay2", "fuse-overlayfs":
      home = driver
      hasLinks = true
      contentFolder = "diff"
    case "vfs":
      home = "vfs/dir"
      hasLinks = false
      contentFolder = nil
    default:
      return nil
    }
  }

  /// The paths of a directory and its link.
  func paths(of name: String, in root: Folder) throws(DiskError) -> [String] {
    guard name.isPlainName, !isLinkFolder(name) else { return [] }
    let path = "\(home)/\(name)"
    guard hasLinks, let link = try root.text(of: path + "/link"), link.isPlainName else {
      return [path]
    }
    return [path, "\(home)/l/\(link)"]
  }

  /// Whether a name in the driver's home is that of the folder of links.
  func isLinkFolder(_ name: String) -> Bool { hasLinks && name == "l" }

  /// Whether BuildKit cannot have made it: the engine names what it makes with 64 hex digits, BuildKit
  /// with 25 letters and digits.
  func isEngineName(_ name: String) -> Bool { name.utf8.prefix(64).isSHA256 }
}
