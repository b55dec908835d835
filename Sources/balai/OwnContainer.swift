import Foundation
import Inventory

/// The container that this process runs in, if it runs in one.
enum OwnContainer {
  /// Its id, from where the engine mounts the container's own `/etc/hostname`, `/etc/hosts` or
  /// `/etc/resolv.conf` from: a directory that is named by the id, with Docker and with Podman.
  static func id(mountInfo: String? = nil) -> ContainerID? {
    guard
      let text = mountInfo ?? (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8))
    else { return nil }
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 4,
        ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"].contains(fields[4])
      else { continue }
      for part in fields[3].split(separator: "/")
      where part.utf8.count == 64 && part.allSatisfy(\.isHexDigit) {
        return ContainerID(part)
      }
    }
    return nil
  }
}
