package import Inventory

extension StorageLedger {
  /// Lets go of an object and answers what that frees; nothing if it was released before, or nobody
  /// knows it.
  package mutating func release(_ object: ObjectID) -> Footprints {
    guard let hold = holds[object], !hold.isReleased else { return .zero }
    holds[object]?.isReleased = true
    if let node = hold.node { nodes[node].holders -= 1 }
    let end = letGo(of: hold.node)
    var freed = freed(by: hold, to: end)
    for companion in hold.companions { freed += release(companion) }
    forgetDiffs(of: hold)
    if hold.holdsUnknownLayers {
      unknownHolders -= 1
      // Layers of images released before may have waited for this record.
      freed.add(.layers, Footprint(content: Bytes(atLeast: 0, atMost: uncertain), disk: nil))
    } else if unknownHolders > 0 {
      let layers = freed[.layers].content
      uncertain = Bytes(exactly: uncertain).atMost + layers.atMost - layers.atLeast
    }
    return freed
  }

  /// What removing several objects, and nothing else, would free; the ledger is as it was afterwards.
  mutating func gain(of objects: [ObjectID]) -> Footprints {
    let before = uncertain
    let released = objects.filter { holds[$0]?.isReleased == false }
    let freed = released.reduce(Footprints.zero) { $0 + release($1) }
    for object in released { takeBack(object) }
    uncertain = before
    return freed
  }

  /// Undoes a release, but for `uncertain`.
  private mutating func takeBack(_ object: ObjectID) {
    guard let hold = holds[object], hold.isReleased else { return }
    holds[object]?.isReleased = false
    var next = hold.node
    while let current = next {
      nodes[current].holders += 1
      next = nodes[current].holders == 1 ? nodes[current].parent : nil
    }
    for companion in hold.companions { takeBack(companion) }
    for diff in Set(hold.packed?.diffs ?? []) { imagesWithDiff[diff, default: 0] += 1 }
    if hold.holdsUnknownLayers { unknownHolders += 1 }
  }

  /// What removing this one object would free, with everything else in place.
  package func gain(of object: ObjectID) -> Footprints {
    guard let hold = holds[object], !hold.isReleased else { return .zero }
    var end = hold.node
    while let current = end, nodes[current].holders == 1 { end = nodes[current].parent }
    return hold.companions.reduce(freed(by: hold, to: end)) { $0 + gain(of: $1) }
  }

  /// Frees the layers that nothing holds any more, from `node` towards the base; answers the first
  /// that stays.
  private mutating func letGo(of node: Int?) -> Int? {
    var end = node
    while let current = end, nodes[current].holders == 0 {
      end = nodes[current].parent
      if let parent = end { nodes[parent].holders -= 1 }
    }
    return end
  }

  /// What belongs to a hold alone, and the layers from its end down to, and without, `end`.
  private func freed(by hold: Hold, to end: Int?) -> Footprints {
    var freed = hold.own
    freed.add(.layers, layers(from: hold.node, to: end))
    if let packed = hold.packed {
      freed.add(
        .layers, Footprint(content: self.freed(packed, leaving: end), disk: nil))
    }
    return freed
  }

  private func layers(from node: Int?, to end: Int?) -> Footprint {
    guard let node, node != end else { return .zero }
    var layers: [Int] = []
    var next: Int? = node
    while let current = next, current != end {
      layers.append(current)
      next = nodes[current].parent
    }
    var weight = weight(of: layers)
    if unknownHolders > 0 {
      weight.content = Bytes(atLeast: 0, atMost: weight.content.atMost)
      weight.disk = weight.disk.map { Bytes(atLeast: 0, atMost: $0.atMost) }
    }
    return weight
  }
}
