import Inventory

/// All layer chains of a snapshot, merged where they share their beginning.
///
/// A node is a layer in its chain (what a chain id names); layers of equal content on different
/// parents are different nodes, as in the engine's layer store (moby `layer/layer_store.go`). Sizes
/// are cumulative: from the base up to and including the node. The layers between two nodes then
/// weigh the difference of two sums, and only the ends of images and the points where chains part
/// have to be known. Where the layer store itself was read, every sum is known.
struct LayerForest {
  struct Node {
    let parent: Int?
    /// The digest of the layer's own tar.
    let diff: String
    /// Bytes of the chain up to this layer.
    var size: Bytes
    var children: Int
    /// Its entry in the layer store; nil where that was not read, or does not have it.
    var stored: DiskReading.Layer?
  }

  private struct Edge: Hashable {
    let parent: Int?
    let diff: String
  }

  private(set) var nodes: [Node] = []
  private var edges: [Edge: Int] = [:]
  /// The top node of every image whose layers are known.
  private(set) var tops: [ImageID: Int] = [:]
  /// Nodes of the layer store by chain id; empty where it was not read.
  private(set) var chains: [String: Int] = [:]

  /// - Parameter store: the engine's whole layer store by chain id, where it could be read.
  init(_ images: [Image], store: [String: DiskReading.Layer] = [:]) {
    for id in store.keys.sorted() { insert(id, of: store) }
    var paths: [(image: Image, content: ImageContent, path: [Int])] = []
    for image in images {
      guard let content = image.content, !content.diffs.isEmpty, tops[image.id] == nil else {
        continue
      }
      let path = insert(content.diffs)
      tops[image.id] = path[path.count - 1]
      paths.append((image, content, path))
    }
    resolve(paths)
  }

  private mutating func insert(_ diffs: [String]) -> [Int] {
    var path: [Int] = []
    path.reserveCapacity(diffs.count)
    for diff in diffs { path.append(node(of: diff, on: path.last)) }
    return path
  }

  /// Makes the nodes of a stored layer and of all below it, base first. A layer whose base is missing
  /// or below itself is no chain, and is left out.
  private mutating func insert(_ id: String, of store: [String: DiskReading.Layer]) {
    var missing: [String] = []
    var next: String? = id
    while let current = next, chains[current] == nil {
      guard let layer = store[current], missing.count < store.count else { return }
      missing.append(current)
      next = layer.parent
    }
    for id in missing.reversed() {
      guard let layer = store[id] else { return }
      let parent = layer.parent.flatMap { chains[$0] }
      let node = node(of: layer.diff, on: parent)
      nodes[node].stored = layer
      nodes[node].size = (parent.map { nodes[$0].size } ?? .zero) + Bytes(exactly: layer.size)
      chains[id] = node
    }
  }

  private mutating func node(of diff: String, on parent: Int?) -> Int {
    let edge = Edge(parent: parent, diff: diff)
    if let known = edges[edge] { return known }
    nodes.append(Node(parent: parent, diff: diff, size: .zero, children: 0))
    edges[edge] = nodes.count - 1
    if let parent { nodes[parent].children += 1 }
    return nodes.count - 1
  }

  private mutating func resolve(
    _ paths: [(image: Image, content: ImageContent, path: [Int])]
  ) {
    var ends: [Int: Int64] = [:]
    var candidates = [[Int64]?](repeating: nil, count: nodes.count)
    for (image, content, path) in paths {
      ends[path[path.count - 1]] = image.size
      guard let sizes = LayerSizes(content: content, size: image.size).candidates else { continue }
      for (node, allowed) in zip(path, sizes) {
        candidates[node] = candidates[node].map { $0.filter(Set(allowed).contains) } ?? allowed
      }
    }
    let partings = Partings(paths.map { ($0.content.history, $0.path) }, of: nodes.count)
    // Parents come before their children, so a lower bound is at hand when a child needs it.
    for node in nodes.indices where nodes[node].stored == nil {
      let below = nodes[node].parent.map { nodes[$0].size.atLeast } ?? 0
      if let end = ends[node] {
        nodes[node].size = Bytes(exactly: end)
      } else if let allowed = candidates[node], allowed.count == 1 {
        nodes[node].size = Bytes(exactly: allowed[0])
      } else if let common = partings.size[node], candidates[node]?.contains(common) ?? false {
        nodes[node].size = Bytes(exactly: common)
      } else {
        let known = candidates[node].flatMap { $0.isEmpty ? nil : $0 }
        nodes[node].size = Bytes(atLeast: known?.first ?? below, atMost: known?.last ?? .max)
      }
    }
    boundFromAbove()
  }

  /// A chain is never larger than a chain that goes on from it.
  private mutating func boundFromAbove() {
    for node in nodes.indices.reversed() {
      guard let parent = nodes[node].parent, nodes[parent].stored == nil else { continue }
      let size = nodes[parent].size
      if size.atMost > nodes[node].size.atMost {
        let atMost = max(size.atLeast, nodes[node].size.atMost)
        nodes[parent].size = Bytes(atLeast: size.atLeast, atMost: atMost)
      }
    }
  }
}

/// Where chains part, the sizes that the histories of two images on different branches have in
/// common.
private struct Partings {
  private(set) var size: [Int: Int64] = [:]

  init(_ images: [(history: [HistoryEntry], path: [Int])], of nodes: Int) {
    var branch: [Int: (child: Int, image: Int)] = [:]
    for (index, image) in images.enumerated() {
      for (position, node) in image.path.dropLast().enumerated() {
        let child = image.path[position + 1]
        guard let other = branch[node] else {
          branch[node] = (child, index)
          continue
        }
        if other.child != child, size[node] == nil {
          size[node] = LayerSizes.commonPrefixSize(images[other.image].history, image.history)
        }
      }
    }
  }
}
