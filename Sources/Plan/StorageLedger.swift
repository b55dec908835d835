package import Inventory

/// What every byte on an engine's disk belongs to, and what is freed when its holders go.
///
/// The one rule: removing a set frees exactly the storage objects all of whose referrers are in the
/// set. Layers are held by the images and containers whose chains contain them; a writable layer by
/// its container. Objects are released one after the other, in the order of a plan: each release
/// answers what it frees at that point, and the answers add up to what the whole set frees.
package struct StorageLedger: Sendable {
  private var nodes: [Node] = []
  private var images: [ImageID: Hold] = [:]
  private var containers: [ContainerID: Hold] = [:]
  /// Whether build-cache records hold layers of images too; which ones, the API does not tell.
  private let cacheHoldsLayers: Bool

  private struct Node {
    let parent: Int?
    /// The digest of the layer's own tar; empty for what is no layer.
    let diff: String
    /// Bytes of the chain up to here.
    let size: Bytes
    /// Images, containers and child layers that hold it.
    var holders: Int
  }

  /// What one object holds: the end of its chain, and bytes of its own.
  private struct Hold {
    let node: Int?
    let own: Bytes
    var isReleased = false
  }

  package init(_ snapshot: Snapshot) {
    cacheHoldsLayers = snapshot.buildCache?.contains(where: \.isShared) ?? false
    let known = snapshot.images + snapshot.departedImages
    var holds =
      snapshot.engine.imageStore == .containerd ? addContents(of: known) : addLayers(of: known)
    for image in snapshot.images {
      guard let hold = holds[image.id], images[image.id] == nil else { continue }
      if let node = hold.node { nodes[node].holders += 1 }
      images[image.id] = hold
    }
    for container in snapshot.containers {
      // Neither the engine nor the index may know its image; its layers are on disk all the same.
      let hold = holds[container.imageID] ?? addUnknownChain(of: container)
      holds[container.imageID] = hold
      if let node = hold.node { nodes[node].holders += 1 }
      let own = Bytes(exactly: container.writableSize ?? 0)
      containers[container.id] = Hold(node: hold.node, own: own)
    }
  }

  /// Graph drivers: chains of layers.
  private mutating func addLayers(of known: [Image]) -> [ImageID: Hold] {
    let forest = LayerForest(known)
    nodes = forest.nodes.map {
      Node(parent: $0.parent, diff: $0.diff, size: $0.size, holders: $0.children)
    }
    var holds: [ImageID: Hold] = [:]
    for image in known where holds[image.id] == nil {
      // An image whose layers nobody knows may share them all with what stays.
      let unknown = Bytes(atLeast: 0, atMost: image.content == nil ? image.size : 0)
      holds[image.id] =
        forest.tops[image.id].map { Hold(node: $0, own: .zero) } ?? Hold(node: nil, own: unknown)
    }
    return holds
  }

  /// Containerd image store: the API does not tell the sizes of single blobs, so an image that shares
  /// a layer with another one frees something between nothing and all of its size.
  private mutating func addContents(of known: [Image]) -> [ImageID: Hold] {
    var uses: [String: Int] = [:]
    for image in known {
      for diff in Set(image.content?.diffs ?? []) { uses[diff, default: 0] += 1 }
    }
    var holds: [ImageID: Hold] = [:]
    for image in known where holds[image.id] == nil {
      let isAlone = image.content.map { $0.diffs.allSatisfy { uses[$0] == 1 } } ?? false
      holds[image.id] = Hold(node: nodes.count, own: .zero)
      let size = Bytes(atLeast: isAlone ? image.size : 0, atMost: image.size)
      nodes.append(Node(parent: nil, diff: "", size: size, holders: 0))
    }
    return holds
  }

  private mutating func addUnknownChain(of container: Container) -> Hold {
    let below = (container.rootSize ?? 0) - (container.writableSize ?? 0)
    let size = Bytes(atLeast: 0, atMost: max(0, below))
    nodes.append(Node(parent: nil, diff: "", size: size, holders: 0))
    return Hold(node: nodes.count - 1, own: .zero)
  }
}

extension StorageLedger {
  /// Lets go of an image and answers what that frees; nothing if it was released before.
  package mutating func release(_ image: ImageID) -> Bytes {
    guard let hold = images[image], !hold.isReleased else { return .zero }
    images[image]?.isReleased = true
    return hold.own + letGo(of: hold.node)
  }

  /// Lets go of a container and answers what that frees; nothing if it was released before.
  package mutating func release(_ container: ContainerID) -> Bytes {
    guard let hold = containers[container], !hold.isReleased else { return .zero }
    containers[container]?.isReleased = true
    return hold.own + letGo(of: hold.node)
  }

  /// What removing this one image would free, with everything else in place.
  package func gain(of image: ImageID) -> Bytes {
    images[image].map { $0.own + heldAlone(from: $0.node) } ?? .zero
  }

  /// What removing this one container would free, with everything else in place.
  package func gain(of container: ContainerID) -> Bytes {
    containers[container].map { $0.own + heldAlone(from: $0.node) } ?? .zero
  }

  /// What all layers hold together, each counted once.
  package var layers: Bytes {
    let held = nodes.indices.filter { nodes[$0].holders > 0 }
    return images.values.reduce(weight(of: held)) { $0 + $1.own }
  }

  /// What these layers hold, named by their chain ids, as an engine names those that it deleted.
  package func bytes(ofLayers chainIDs: Set<String>) -> Bytes {
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

  /// Bytes of a set of layers. Sums are only known from the base upwards, and only at some layers, so
  /// each is taken as often as it does not cancel out.
  private func weight(of layers: [Int]) -> Bytes {
    var times: [Int: Int64] = [:]
    for layer in layers {
      times[layer, default: 0] += 1
      if let parent = nodes[layer].parent { times[parent, default: 0] -= 1 }
    }
    var (atLeast, atMost): (Int64, Int64) = (0, 0)
    for (layer, count) in times {
      let size = nodes[layer].size
      atLeast += count * (count > 0 ? size.atLeast : size.atMost)
      atMost += count * (count > 0 ? size.atMost : size.atLeast)
    }
    return Bytes(atLeast: max(0, atLeast), atMost: max(0, atMost))
  }

  /// Frees the layers that nothing holds any more, from `node` towards the base.
  private mutating func letGo(of node: Int?) -> Bytes {
    var remaining = node
    while let current = remaining {
      nodes[current].holders -= 1
      guard nodes[current].holders == 0 else { break }
      remaining = nodes[current].parent
    }
    return weight(from: node, to: remaining)
  }

  private func heldAlone(from node: Int?) -> Bytes {
    var remaining = node
    while let current = remaining, nodes[current].holders == 1 { remaining = nodes[current].parent }
    return weight(from: node, to: remaining)
  }

  /// Bytes of the layers from `node` down to, and without, `remaining`.
  private func weight(from node: Int?, to remaining: Int?) -> Bytes {
    guard let node, node != remaining else { return .zero }
    let freed = nodes[node].size - (remaining.map { nodes[$0].size } ?? .zero)
    return cacheHoldsLayers ? Bytes(atLeast: 0, atMost: freed.atMost) : freed
  }
}
