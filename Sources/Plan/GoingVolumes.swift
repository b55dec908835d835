package import Inventory

/// The anonymous volumes that an engine removes together with containers: those of a container that was
/// started with `--rm`, when it stops (moby `daemon/monitor.go`).
struct GoingVolumes {
  private let anonymous: Set<String>
  /// How many containers mount a volume.
  private var users: [String: Int] = [:]

  init(_ snapshot: Snapshot) {
    anonymous = Set(snapshot.volumes.filter(\.isAnonymous).map(\.name))
    for container in snapshot.containers {
      for volume in container.volumes { users[volume, default: 0] += 1 }
    }
  }

  /// Those that go with one container, sorted.
  func volumes(of container: Container) -> [String] {
    guard container.removesItself else { return [] }
    return container.volumes.filter { anonymous.contains($0) && users[$0] == 1 }.sorted()
  }
}

extension Snapshot {
  /// The anonymous volumes that go with containers, sorted.
  package func volumesRemoved(with containers: [ContainerID]) -> [String] {
    let leaving = Set(containers)
    let going = GoingVolumes(self)
    return self.containers.filter { leaving.contains($0.id) }.flatMap { going.volumes(of: $0) }
      .sorted()
  }
}

extension Container {
  /// Whether stopping it makes the engine remove it.
  var removesItself: Bool { autoRemove && state.isActive }
}
