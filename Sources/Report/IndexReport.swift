package import Inventory

extension Presentation {
  /// What a refresh of the index saw, and how much of it the index did not know before.
  package func index(_ snapshot: Snapshot, knowing before: Remembered) -> String {
    let newImages = snapshot.images.count { before.images[$0.id] == nil }
    let newContainers = snapshot.containers.count { before.containers[$0.id] == nil }
    if format == .json {
      let json: JSON = [
        "formatVersion": JSON.formatVersion,
        "engine": .engine(snapshot.engine),
        "takenAt": .time(snapshot.takenAt),
        "images": ["total": .count(snapshot.images.count), "new": .count(newImages)],
        "containers": ["total": .count(snapshot.containers.count), "new": .count(newContainers)],
        "volumes": ["total": .count(snapshot.volumes.count)],
        "networks": ["total": .count(snapshot.networks.count)],
      ]
      return json.document
    }
    let all = Wording.list([
      Wording.count(snapshot.images.count, "image"),
      Wording.count(snapshot.containers.count, "container"),
      Wording.count(snapshot.volumes.count, "volume"),
      Wording.count(snapshot.networks.count, "network"),
    ])
    let new = [(newImages, "image"), (newContainers, "container")]
      .filter { $0.0 > 0 }.map { "\(Wording.count($0.0, "new \($0.1)"))" }
    return lines([
      "indexed \(all) on \(snapshot.engine.hostName): "
        + (new.isEmpty ? "nothing new" : Wording.list(new))
    ])
  }
}
