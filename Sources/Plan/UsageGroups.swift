package import Inventory

/// Images that have something in common, with what they hold and what removing them would free.
package struct UsageGroup: Hashable, Sendable {
  package enum Grouping: String, Hashable, Sendable, CaseIterable {
    /// Each image for itself.
    case image
    /// All images with a tag, or only a digest, in one repository.
    case repository
    /// All images with one label of one value, as `key=value`.
    case label
  }

  package let name: String
  package let images: Int
  /// Content of all their layers, each counted once.
  package let size: Bytes
  /// What removing these images alone would free, with all containers and all other images in place.
  package let gain: Footprint

  package init(name: String, images: Int, size: Bytes, gain: Footprint) {
    self.name = name
    self.images = images
    self.size = size
    self.gain = gain
  }

  /// The groups of a snapshot's images, the largest gain first. An image can be in several.
  package static func all(of snapshot: Snapshot, by grouping: Grouping) -> [UsageGroup] {
    var ledger = StorageLedger(snapshot)
    var members: [String: [ObjectID]] = [:]
    for image in snapshot.images {
      for name in names(of: image, by: grouping) {
        members[name, default: []].append(.image(image.id))
      }
    }
    let groups = members.map { name, images in
      UsageGroup(
        name: name, images: images.count, size: ledger.size(ofImages: images),
        gain: ledger.gain(of: images).total)
    }
    return groups.sorted { left, right in
      let (one, other) = (left.gain.content, right.gain.content)
      return (one.atLeast, one.atMost, right.name) > (other.atLeast, other.atMost, left.name)
    }
  }

  private static func names(of image: Image, by grouping: Grouping) -> Set<String> {
    switch grouping {
    case .image: [image.title]
    case .label: Set(image.labels.map { "\($0)=\($1)" })
    case .repository:
      image.references.isEmpty && image.digests.isEmpty
        ? ["<none>"] : Set((image.references + image.digests).map(Image.repository))
    }
  }
}
