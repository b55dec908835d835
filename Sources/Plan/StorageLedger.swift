package import Inventory

/// What every byte on an engine's disk belongs to, and what is freed when its holders go.
///
/// The one rule: removing a set frees exactly the storage objects all of whose referrers are in the
/// set. Layers are held by the images, containers and build-cache records whose chains contain them;
/// writable layers, logs, records and volumes by the one object that they belong to. Objects are
/// released one after the other, in the order of a plan: each release answers what it frees at that
/// point, and the answers add up to what the whole set frees.
///
/// How much is known depends on the snapshot. With a disk reading every layer is weighed in content
/// and in blocks, and each build-cache record is known with the layer that it holds. Without one, the
/// API tells content only, and the build cache may hold layers that it does not name: what is freed
/// then is an interval.
package struct StorageLedger: Sendable {
  struct Node {
    let parent: Int?
    /// The digest of the layer's own tar; empty for what is no layer.
    let diff: String
    /// Content bytes of the chain up to here.
    let size: Bytes
    /// Blocks of this layer alone; nil where they are not known.
    let blocks: Int64?
    /// Images, containers, records and child layers that hold it.
    var holders: Int
  }

  /// What one object holds: the end of its chain, and what belongs to it alone.
  struct Hold {
    var node: Int?
    var own = Footprints.zero
    var isReleased = false
    /// What the engine removes together with it.
    var companions: [ObjectID] = []
    /// Containerd image store: what the image's blobs weigh, its layers' packed ones among them.
    var packed: PackedContent?
    /// Whether it is a build-cache record of which the API says that it holds a layer of an image.
    var holdsUnknownLayers = false
  }

  var nodes: [Node] = []
  var holds: [ObjectID: Hold] = [:]
  /// Nodes of the layer store by chain id, where it was read.
  private(set) var chains: [String: Int] = [:]
  /// Whether blocks are counted at all.
  let countsBlocks: Bool
  /// Build-cache records left that hold layers which nobody names.
  var unknownHolders = 0
  /// Bytes of released layers that such records may hold on to, at most.
  var uncertain: Int64 = 0
  /// How many images have each layer, whatever lies below it; for the containerd image store only,
  /// which keeps the packed layers of all images by their digests.
  var imagesWithDiff: [String: Int] = [:]
  /// The least that the blobs of an image with this layer weigh; for that store only.
  var packedAtMost: [Int: Int64] = [:]

  package init(_ snapshot: Snapshot) {
    let isContainerd = snapshot.engine.imageStore == .containerd
    countsBlocks = snapshot.disk != nil && !isContainerd
    let known = snapshot.images + snapshot.departedImages
    let forest =
      isContainerd
      ? LayerForest(known.compactMap(\.unpacked))
      : LayerForest(known, store: snapshot.disk?.layers ?? [:])
    chains = forest.chains
    nodes = forest.nodes.map { node in
      // A listed layer that the store does not have was deleted while it was read.
      let blocks = node.stored.map(\.blocks) ?? (countsBlocks ? 0 : nil)
      return Node(
        parent: node.parent, diff: node.diff, size: node.size, blocks: blocks,
        holders: node.children)
    }
    if isContainerd { countDiffs(known) }
    addImages(snapshot, forest.tops)
    if isContainerd { addPackedContents(snapshot.images) }
    addContainers(snapshot, forest.tops)
    addVolumes(snapshot)
    addBuildCache(snapshot)
  }

  /// What all objects hold together, each layer counted once.
  package var held: Footprints {
    var sum = Footprints(.layers, weight(of: heldLayers()))
    sum.add(.layers, Footprint(content: packedTotal, disk: countsBlocks ? .zero : nil))
    for hold in holds.values where !hold.isReleased { sum += hold.own }
    return sum
  }

  /// Layers of the layer store that no object holds: leaked by the engine, and out of reach of its
  /// API. They keep the layers below them as well.
  package var orphans: Footprint {
    weight(of: Set(chains.values).subtracting(heldLayers()))
  }

  /// What these layers hold, named by their chain ids, as an engine names those that it deleted.
  package func weight(ofLayers chainIDs: Set<String>) -> Footprint {
    if !chains.isEmpty { return weight(of: chainIDs.compactMap { chains[$0] }) }
    var names: [String] = []
    names.reserveCapacity(nodes.count)
    var deleted: [Int] = []
    for (index, node) in nodes.enumerated() {
      // A chain id is the digest of the parent's and the layer's own (moby layer/layer.go).
      let name =
        node.parent.map { "sha256:" + SHA256.hex("\(names[$0]) \(node.diff)") } ?? node.diff
      names.append(name)
      if chainIDs.contains(name) { deleted.append(index) }
    }
    return weight(of: deleted)
  }

  /// What a set of layers weighs. Sums of content are only known from the base upwards, and only at
  /// some layers, so each is taken as often as it does not cancel out.
  func weight(of layers: some Sequence<Int>) -> Footprint {
    var times: [Int: Int64] = [:]
    var blocks: Int64? = countsBlocks ? 0 : nil
    for layer in layers {
      times[layer, default: 0] += 1
      if let parent = nodes[layer].parent { times[parent, default: 0] -= 1 }
      blocks = blocks.flatMap { sum in nodes[layer].blocks.map { sum + $0 } }
    }
    var sum = Bytes.zero
    var taken = Bytes.zero
    for (layer, count) in times {
      let size = nodes[layer].size
      for _ in 0..<abs(count) {
        if count > 0 { sum += size } else { taken += size }
      }
    }
    return Footprint(content: sum - taken, disk: blocks.map { Bytes(exactly: $0) })
  }

  /// The layers that objects hold which have not been released.
  func heldLayers(where isCounted: (ObjectID) -> Bool = { _ in true }) -> Set<Int> {
    var held: Set<Int> = []
    for (object, hold) in holds where !hold.isReleased && isCounted(object) {
      var next = hold.node
      while let current = next, held.insert(current).inserted { next = nodes[current].parent }
    }
    return held
  }
}

extension Image {
  /// Itself as the containerd image store unpacks it: the sizes of single layers are not told, so
  /// its history says nothing. Nil where the engine told no layers, or not how much is packed.
  fileprivate var unpacked: Image? {
    guard let content, let packed = content.packedSize else { return nil }
    var image = self
    image.size = max(0, size - packed)
    image.content = ImageContent(diffs: content.diffs, history: [], packedSize: packed)
    return image
  }
}
