package import Inventory

extension Snapshot {
  /// The anonymous volumes that an engine removes together with containers: those of a container that
  /// was started with `--rm`, when it stops (moby `daemon/monitor.go`).
  package func volumesRemoved(with containers: [ContainerID]) -> [String] {
    let going = Set(containers)
    let removing = self.containers.filter { going.contains($0.id) && $0.removesItself }
    let theirs = Set(removing.flatMap(\.volumes))
    guard !theirs.isEmpty else { return [] }
    var users: [String: Int] = [:]
    for container in self.containers {
      for volume in container.volumes { users[volume, default: 0] += 1 }
    }
    return volumes.filter { volume in
      theirs.contains(volume.name) && volume.isAnonymous && users[volume.name] == 1
    }.map(\.name).sorted()
  }
}

extension Container {
  /// Whether stopping it makes the engine remove it.
  var removesItself: Bool { autoRemove && state.isActive }
}
