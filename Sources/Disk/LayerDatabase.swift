import Inventory

/// The layer store's own records: `image/<driver>/layerdb` (moby `layer/filestore.go`).
struct LayerDatabase {
  private let root: Folder
  /// Below the data root.
  let path: String
  /// Where the image store, next door, keeps its records.
  let imagePath: String

  init(of driver: String, in root: Folder) {
    self.root = root
    path = "image/\(driver)/layerdb"
    imagePath = "image/\(driver)/imagedb"
  }

  /// Every layer by chain id, with blocks where they are known; and the names that are no layers: of
  /// one that is being removed, or was left half removed.
  ///
  /// - Parameter known: Layers as they were seen before: those that are still the same are not asked
  ///   again.
  func layers(
    knowing known: [String: DiskReading.Layer]
  ) throws(DiskError) -> (layers: [String: DiskReading.Layer], others: [String]) {
    var layers: [String: DiskReading.Layer] = [:]
    var others: [String] = []
    for name in try root.names(in: path + "/sha256") {
      guard name.utf8.isSHA256, let layer = try layer(name, knowing: known["sha256:" + name]) else {
        others.append("\(path)/sha256/\(name)")
        continue
      }
      layers["sha256:" + name] = layer
    }
    return (layers, others)
  }

  /// Nil where it is not a layer, or no longer one.
  private func layer(
    _ digits: String, knowing known: DiskReading.Layer?
  ) throws(DiskError) -> DiskReading.Layer? {
    let folder = "\(path)/sha256/\(digits)"
    guard let cacheID = try root.text(of: folder + "/cache-id"), cacheID.isPlainName else {
      return nil
    }
    if let known, known.cacheID == cacheID { return known }
    let parent = try root.text(of: folder + "/parent")
    // A layer that goes away loses its files one by one: without a parent it would seem to be a base.
    guard let diff = try root.text(of: folder + "/diff"),
      let size = try root.text(of: folder + "/size").flatMap(Int64.init), size >= 0,
      (parent.map { SHA256.hex("\($0) \(diff)") } ?? diff.sha256Digits) == digits
    else { return nil }
    return DiskReading.Layer(parent: parent, diff: diff, size: size, cacheID: cacheID, blocks: nil)
  }

  /// The names of containers, and of other users of writable layers, that have any.
  func mounts() throws(DiskError) -> [String] { try root.names(in: path + "/mounts") }

  /// The chain id of the layer that a container's writable layer lies on; nil where it has none.
  func chain(below container: String) -> String? {
    (try? root.text(of: "\(path)/mounts/\(container)/parent")).flatMap(\.self)
  }

  /// The directories of a container's writable layer and of its init layer.
  func directories(of container: String) throws(DiskError) -> [String] {
    var names: [String] = []
    for file in ["mount-id", "init-id"] {
      let name = try root.text(of: "\(path)/mounts/\(container)/\(file)")
      if let name, name.isPlainName { names.append(name) }
    }
    return names
  }
}
