import Inventory

/// What each kind of object holds.
extension StorageLedger {
  mutating func addImages(_ snapshot: Snapshot, _ tops: [ImageID: Int]) {
    for image in snapshot.images where holds[.image(image.id)] == nil {
      var hold = Hold(node: tops[image.id])
      if hold.node == nil {
        let isKnown = image.content.map { sharesNothing($0, snapshot.engine) } ?? false
        // An image whose layers nobody knows may share them all with what stays.
        let size = Bytes(atLeast: isKnown ? image.size : 0, atMost: image.size)
        hold.own.add(.layers, Footprint(content: size, disk: blocks(isKnown ? 0 : nil)))
      }
      let records = snapshot.disk?.imageRecords[image.id] ?? 0
      hold.own.add(.records, Footprint(content: .zero, disk: blocks(records)))
      add(hold, for: .image(image.id))
    }
  }

  /// Whether all that an image weighs goes with it: it has no layer, or, in the containerd image
  /// store, none that another image has too.
  private func sharesNothing(_ content: ImageContent, _ engine: EngineIdentity) -> Bool {
    engine.imageStore == .containerd
      ? content.diffs.allSatisfy { imagesWithDiff[$0] == 1 } : content.diffs.isEmpty
  }

  mutating func addContainers(_ snapshot: Snapshot, _ tops: [ImageID: Int]) {
    let listed = Set((snapshot.images + snapshot.departedImages).map(\.id))
    let going = GoingVolumes(snapshot)
    for container in snapshot.containers {
      let files = snapshot.disk?.containers[container.id]
      var hold = Hold(node: tops[container.imageID] ?? files?.chain.flatMap { chains[$0] })
      if hold.node == nil, !listed.contains(container.imageID) {
        // Neither the engine nor the index knows its image; its layers are on disk all the same.
        let below = (container.rootSize ?? 0) - (container.writableSize ?? 0)
        let unknown = Bytes(atLeast: 0, atMost: max(0, below))
        hold.node = addNode(weighing: unknown)
      }
      let writable = Bytes(exactly: container.writableSize ?? 0)
      let walked = files?.writableBlocks ?? container.writableBlocks
      hold.own.add(.writableLayers, Footprint(content: writable, disk: blocks(walked)))
      let logs = files?.logs
      hold.own.add(
        .logs,
        Footprint(
          content: Bytes(exactly: logs?.content ?? 0), disk: blocks(logs?.blocks ?? 0)))
      hold.own.add(
        .records, Footprint(content: .zero, disk: blocks(files?.recordBlocks ?? 0)))
      if container.removesItself {
        hold.companions = going.volumes(of: container).map { .volume($0) }
      }
      add(hold, for: .container(container.id))
    }
  }

  mutating func addVolumes(_ snapshot: Snapshot) {
    for volume in snapshot.volumes {
      let walked = snapshot.disk?.volumes[volume.name]
      let content = walked?.content ?? volume.size
      var hold = Hold()
      hold.own.add(
        .volumes,
        Footprint(
          content: content.map { Bytes(exactly: $0) } ?? Bytes(orMore: 0),
          disk: blocks(walked?.blocks)))
      add(hold, for: .volume(volume.name))
    }
  }

  /// With a disk reading each record is known with the layer that it holds. The API alone tells only
  /// whether a record shares a layer with an image, not which; and a record of a base image that is
  /// gone has a size of zero, whatever it holds (BuildKit's graph driver adapter, moby
  /// `builder/builder-next/adapters/snapshot`).
  mutating func addBuildCache(_ snapshot: Snapshot) {
    let records = snapshot.buildCache ?? []
    let files = snapshot.disk?.buildCache
    let isKnown = files.map { files in records.allSatisfy { files[$0.id] != nil } } ?? false
    for record in records where holds[.buildCache(record.id)] == nil {
      var hold = Hold()
      if isKnown, let files = files?[record.id] {
        hold.node = files.chain.flatMap { chains[$0] }
        let content = files.own?.content ?? 0
        hold.own.add(
          .buildCache,
          Footprint(
            content: Bytes(exactly: content), disk: blocks(files.own?.blocks ?? 0)))
      } else {
        let isContent = record.type == "regular" && snapshot.engine.imageStore == .graphDriver
        hold.holdsUnknownLayers = record.isShared
        hold.own.add(
          .buildCache,
          Footprint(
            content: record.isShared
              ? .zero
              : isContent && record.size == 0
                ? Bytes(orMore: 0) : Bytes(exactly: record.size), disk: blocks(nil)))
      }
      if hold.holdsUnknownLayers { unknownHolders += 1 }
      add(hold, for: .buildCache(record.id))
    }
  }

  private mutating func add(_ hold: Hold, for object: ObjectID) {
    guard holds[object] == nil else { return }
    holds[object] = hold
    if let node = hold.node { nodes[node].holders += 1 }
  }

  private mutating func addNode(weighing size: Bytes) -> Int {
    nodes.append(Node(parent: nil, diff: "", size: size, blocks: nil, holders: 0))
    return nodes.count - 1
  }

  /// Blocks as a footprint has them: nothing where none are counted, or these are not known.
  private func blocks(_ bytes: Int64?) -> Bytes? {
    countsBlocks ? bytes.map { Bytes(exactly: $0) } : nil
  }
}
