package import Inventory

/// A stretch of layers that an object shares, and everything that holds it besides.
package struct Pin: Hashable, Sendable {
  /// How many layers.
  package let layers: Int
  package let weight: Footprint
  /// Sorted; what was released does not count.
  package let holders: [ObjectID]

  package init(layers: Int, weight: Footprint, holders: [ObjectID]) {
    self.layers = layers
    self.weight = weight
    self.holders = holders
  }
}

extension StorageLedger {
  /// What keeps the layers of an object on the disk when it goes: stretches of its chain with the same
  /// holders, from its end towards the base. Empty: it shares none.
  package func pins(of object: ObjectID) -> [Pin] {
    guard let hold = holds[object] else { return [] }
    var path: [Int] = []
    var next = hold.node
    while let current = next {
      path.append(current)
      next = nodes[current].parent
    }
    let holders = otherHolders(of: Set(path), than: object)
    var pins: [Pin] = []
    var rest = path[...]
    while let first = rest.first {
      let same = holders[first] ?? []
      let stretch = rest.prefix { holders[$0] ?? [] == same }
      rest = rest.dropFirst(stretch.count)
      guard !same.isEmpty else { continue }
      pins.append(
        Pin(layers: stretch.count, weight: weight(of: stretch), holders: same.sorted()))
    }
    return pins
  }

  /// Layers of released images that only build-cache records still hold, and these records.
  package func heldByBuildCache(ofImages images: [ImageID]) -> Pin? {
    var layers: Set<Int> = []
    for image in images {
      var next = holds[.image(image)]?.node
      while let current = next, layers.insert(current).inserted { next = nodes[current].parent }
    }
    let others = heldLayers { object in
      if case .buildCache = object { false } else { true }
    }
    let pinned = layers.intersection(heldLayers()).subtracting(others)
    guard !pinned.isEmpty else { return nil }
    let records = Set(otherHolders(of: pinned, than: nil).values.flatMap(\.self))
    return Pin(
      layers: pinned.count, weight: weight(of: pinned), holders: records.sorted())
  }

  /// Layers that build-cache records hold, and nothing else.
  var layersOfBuildCache: Footprint {
    let others = heldLayers { object in
      if case .buildCache = object { false } else { true }
    }
    return weight(of: heldLayers().subtracting(others))
  }

  /// Content of all layers of some images, each counted once.
  func size(ofImages images: [ObjectID]) -> Bytes {
    let chosen = Set(images).compactMap { holds[$0] }
    let own = chosen.reduce(Footprints.zero) { $0 + $1.own }[.layers].content
    let packed = chosen.compactMap(\.packed).reduce(Bytes.zero) { sum, packed in
      sum + Bytes(atLeast: 0, atMost: packed.size)
    }
    var layers: Set<Int> = []
    for hold in chosen {
      var next = hold.node
      while let current = next, layers.insert(current).inserted { next = nodes[current].parent }
    }
    return weight(of: layers).content + own + packed
  }

  /// Whether something still holds the last layer of an object's chain.
  func isEndHeld(of object: ObjectID) -> Bool {
    holds[object]?.node.map { nodes[$0].holders > 0 } ?? false
  }

  /// By layer, everything but one object that holds it, itself or through a layer above it.
  private func otherHolders(of layers: Set<Int>, than object: ObjectID?) -> [Int: Set<ObjectID>] {
    var holders: [Int: Set<ObjectID>] = [:]
    for (other, hold) in holds where other != object && !hold.isReleased {
      var next = hold.node
      while let current = next {
        if layers.contains(current) { holders[current, default: []].insert(other) }
        next = nodes[current].parent
      }
    }
    return holders
  }
}
