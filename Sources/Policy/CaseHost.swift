import Inventory

/// The made-up host of one case.
struct CaseHost {
  private(set) var snapshot: Snapshot

  init(takenAt: Timestamp) {
    snapshot = Snapshot(
      engine: EngineIdentity(
        kind: .docker, id: "", hostName: "", rootDirectory: "", serverVersion: "", apiVersion: "",
        storageDriver: "", imageStore: .graphDriver),
      takenAt: takenAt, images: [], containers: [], buildCache: [])
  }

  mutating func add(_ container: Container) { snapshot.containers.append(container) }
  mutating func add(_ image: Image) { snapshot.images.append(image) }
  mutating func add(_ volume: Volume) { snapshot.volumes.append(volume) }
  mutating func add(_ network: Network) { snapshot.networks.append(network) }
  mutating func add(_ record: BuildCacheRecord) { snapshot.buildCache?.append(record) }

  /// An id that nothing on the host has.
  var freshID: String {
    let count =
      snapshot.containers.count + snapshot.images.count + snapshot.networks.count
      + snapshot.volumes.count + (snapshot.buildCache?.count ?? 0)
    let digits = String(count + 1, radix: 16)
    return String(repeating: "0", count: max(0, 64 - digits.count)) + digits
  }

  /// Whether it has an object of this identity already.
  func has(_ object: ObjectID) -> Bool {
    switch object {
    case .container(let id): snapshot.containers.contains { $0.id == id }
    case .image(let id): snapshot.images.contains { $0.id == id }
    case .volume(let name): snapshot.volumes.contains { $0.name == name }
    case .network(let id): snapshot.networks.contains { $0.id == id }
    case .buildCache(let id): snapshot.buildCache?.contains { $0.id == id } ?? false
    }
  }
}
