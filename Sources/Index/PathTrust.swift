import Foundation

/// Whether somebody else can change what is at a path: asked by root before it acts on a file, since who
/// can write a policy or an index decides what root deletes.
package enum PathTrust {
  /// A file or directory on the way that others can change, and how to end that.
  package struct Fault: Error, Hashable, CustomStringConvertible {
    /// The absolute path of it.
    package let place: String
    package let reason: String
    package let remedy: String

    package var description: String { "\(place) \(reason); as root run '\(remedy)'" }
  }

  /// Whom this process trusts with what it acts on; nil: it is not root, and can do no more than the
  /// user who runs it. Root trusts itself, and who called it with `sudo`: they could do the same by hand.
  package static func trusted(
    isRoot: Bool, environment: [String: String]
  ) -> Set<UInt32>? {
    guard isRoot else { return nil }
    return Set([0] + [environment["SUDO_UID"].flatMap(UInt32.init)].compactMap { $0 })
  }

  /// The first place on the way to a path that somebody who is not trusted can change; nil: there is
  /// none, or nothing is at the path.
  ///
  /// Every directory from the root on counts, and every link that is followed. A directory that all can
  /// write to is harmless above the path if it is sticky, as `/tmp` is: who does not own a file
  /// there cannot replace it. What is no file and no directory (a pipe, a device) is not judged.
  package static func fault(at path: String, trusting users: Set<UInt32>) -> Fault? {
    let start = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    var waiting = Array(start.split(separator: "/").map(String.init).reversed())
    var place = "/"
    var links = 0
    if let fault = fault(of: place, trusting: users, isLast: waiting.isEmpty) { return fault }
    while let name = waiting.popLast() {
      if name == "." { continue }
      if name == ".." {
        place = parent(of: place)
        continue
      }
      let next = (place == "/" ? "" : place) + "/" + name
      var status = stat()
      guard lstat(next, &status) == 0 else { return nil }
      if status.st_mode & S_IFMT == S_IFLNK {
        links += 1
        // As many as Linux follows (path_resolution(7)).
        guard links <= 40,
          let target = try? FileManager.default.destinationOfSymbolicLink(atPath: next)
        else { return nil }
        if !users.contains(status.st_uid) { return foreign(next, status) }
        waiting += target.split(separator: "/").map(String.init).reversed()
        if target.hasPrefix("/") { place = "/" }
        continue
      }
      place = next
      if let fault = fault(of: place, trusting: users, isLast: waiting.isEmpty) { return fault }
    }
    return nil
  }

  private static func fault(
    of place: String, trusting users: Set<UInt32>, isLast: Bool
  ) -> Fault? {
    var status = stat()
    guard lstat(place, &status) == 0 else { return nil }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFDIR || kind == S_IFREG else { return nil }
    if !users.contains(status.st_uid) { return foreign(place, status) }
    // Who is in root's own group is trusted by the host already.
    let others = status.st_mode & (status.st_gid == 0 ? 0o002 : 0o022)
    let isSticky = kind == S_IFDIR && status.st_mode & S_ISVTX != 0 && !isLast
    if others == 0 || isSticky { return nil }
    return Fault(
      place: place, reason: "can be written to by other users", remedy: "chmod go-w '\(place)'")
  }

  private static func foreign(_ place: String, _ status: stat) -> Fault {
    Fault(
      place: place, reason: "belongs to user \(status.st_uid), who can change it",
      remedy: "chown -h root '\(place)'")
  }

  private static func parent(of place: String) -> String {
    guard let slash = place.lastIndex(of: "/"), slash != place.startIndex else { return "/" }
    return String(place[..<slash])
  }
}
