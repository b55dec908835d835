import Inventory

/// What the blobs of one image weigh in the containerd image store: its packed layers, its
/// configuration and its manifests.
///
/// The store keeps each blob once, by its digest, and unpacks each layer into a snapshot besides. The
/// API tells how much all blobs of an image weigh, but not each. So what an image shares with another
/// one is known within bounds only: it is no more than all blobs of the smallest image that has these
/// layers, where a layer is packed the same way in each.
struct PackedContent: Hashable, Sendable {
  /// Bytes of all its blobs.
  let size: Int64
  /// Its layers' diffs, base first.
  let diffs: [String]
}

extension StorageLedger {
  /// Counts which images have each layer.
  mutating func countDiffs(_ images: [Image]) {
    for image in images {
      for diff in Set(image.content?.diffs ?? []) { imagesWithDiff[diff, default: 0] += 1 }
    }
  }

  /// Gives the images of a containerd image store what only their blobs weigh.
  mutating func addPackedContents(_ images: [Image]) {
    for image in images {
      guard let content = image.content, let size = content.packedSize else { continue }
      let object = ObjectID.image(image.id)
      guard holds[object]?.packed == nil, let node = holds[object]?.node else { continue }
      holds[object]?.packed = PackedContent(size: size, diffs: content.diffs)
      var next: Int? = node
      while let current = next {
        packedAtMost[current] = min(packedAtMost[current] ?? .max, size)
        next = nodes[current].parent
      }
    }
  }

  /// Takes a released image out of the count of those that share its layers.
  mutating func forgetDiffs(of hold: Hold) {
    for diff in Set(hold.packed?.diffs ?? []) { imagesWithDiff[diff, default: 1] -= 1 }
  }

  /// What of an image's blobs goes with it, when the chain from `end` on stays.
  func freed(_ packed: PackedContent, leaving end: Int?) -> Bytes {
    let others = { (diff: String) in (imagesWithDiff[diff] ?? 0) > 1 }
    guard packed.diffs.contains(where: others) else { return Bytes(exactly: packed.size) }
    var staying = 0
    var next = end
    while let current = next {
      staying += 1
      next = nodes[current].parent
    }
    // A layer that another image has on another base is one blob, but two snapshots.
    guard let end, !packed.diffs.dropFirst(staying).contains(where: others) else {
      return Bytes(atLeast: 0, atMost: packed.size)
    }
    let shared = min(packed.size, packedAtMost[end] ?? packed.size)
    return Bytes(atLeast: packed.size - shared, atMost: packed.size)
  }

  /// What the blobs of all images that are left weigh, each counted once.
  var packedTotal: Bytes {
    let contents = holds.values.filter { !$0.isReleased }.compactMap(\.packed)
    var atLeast: Int64 = 0
    for packed in contents where !packed.diffs.contains(where: { (imagesWithDiff[$0] ?? 0) > 1 }) {
      atLeast += packed.size
    }
    let sharing = contents.filter { $0.diffs.contains { (imagesWithDiff[$0] ?? 0) > 1 } }
    return Bytes(
      atLeast: atLeast + (sharing.map(\.size).max() ?? 0),
      atMost: atLeast + sharing.reduce(0) { $0 + $1.size })
  }
}
