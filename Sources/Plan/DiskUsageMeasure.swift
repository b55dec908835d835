package import Inventory
package import Policy

extension DiskUsage {
  /// Adds up what a snapshot holds, by the rule of `StorageLedger`.
  ///
  /// Volumes, build cache and blocks come as far as the snapshot has them; what it lacks counts as
  /// nothing or as an interval, and a note says so.
  package init(
    measuring snapshot: Snapshot, under policy: RetentionPolicy, at now: Timestamp,
    runningIn container: ContainerID? = nil
  ) {
    let ledger = StorageLedger(snapshot)
    let verdicts = policy.verdicts(on: snapshot, at: now, runningIn: container)
    let held = ledger.held
    let freed = Draft(snapshot, verdicts).freed
    self.init(
      engine: snapshot.engine,
      kinds: [
        Self.images(snapshot, ledger, held), Self.containers(snapshot),
        Self.volumes(snapshot, ledger), Self.buildCache(snapshot, ledger, held),
      ],
      storage: StorageKind.allCases.map { kind in
        StorageLine(kind: kind, total: held[kind], byPolicy: freed[kind])
      },
      remainder: Remainder(snapshot, ledger, held), policy: policy.name, byPolicy: freed.total,
      notes: Self.notes(snapshot, ledger) + Self.note(on: policy),
      images: ImageUsage.rows(snapshot, verdicts, ledger),
      containers: ContainerUsage.rows(snapshot, verdicts, ledger),
      volumes: VolumeUsage.rows(snapshot, ledger, verdicts),
      buildCache: BuildCacheUsage.rows(snapshot, ledger, verdicts))
  }

  private static func images(
    _ snapshot: Snapshot, _ ledger: StorageLedger, _ held: Footprints
  ) -> Kind {
    let parents = snapshot.parentIDs
    let users = snapshot.imageUsers
    let listed = snapshot.images.filter { !$0.isUntagged || !parents.contains($0.id) }
    var sweep = ledger
    let unused = snapshot.images.filter { users[$0.id] == nil }
    let freed = unused.reduce(Footprints.zero) { $0 + sweep.release(.image($1.id)) }
    return Kind(
      name: .images, total: listed.count, active: listed.count { users[$0.id] != nil },
      size: held[.layers].content - ledger.layersOfBuildCache.content,
      reclaimable: freed[.layers].content)
  }

  private static func containers(_ snapshot: Snapshot) -> Kind {
    func sum(_ containers: [Container]) -> Bytes {
      Bytes(exactly: containers.reduce(0) { $0 + ($1.writableSize ?? 0) })
    }
    let idle = snapshot.containers.filter { !$0.state.isActive }
    return Kind(
      name: .containers, total: snapshot.containers.count,
      active: snapshot.containers.count - idle.count, size: sum(snapshot.containers),
      reclaimable: sum(idle))
  }

  private static func volumes(_ snapshot: Snapshot, _ ledger: StorageLedger) -> Kind {
    let mounted = Set(snapshot.containers.flatMap(\.volumes))
    let unused = snapshot.volumes.filter { !mounted.contains($0.name) }
    func sum(_ volumes: [Volume]) -> Bytes {
      volumes.reduce(.zero) { $0 + ledger.gain(of: .volume($1.name)).total.content }
    }
    return Kind(
      name: .volumes, total: snapshot.volumes.count,
      active: snapshot.volumes.count - unused.count, size: sum(snapshot.volumes),
      reclaimable: sum(unused))
  }

  /// A layer that a record shares with an image or a container is counted with the images; here it
  /// would be counted twice.
  private static func buildCache(
    _ snapshot: Snapshot, _ ledger: StorageLedger, _ held: Footprints
  ) -> Kind {
    let records = snapshot.buildCache ?? []
    var sweep = ledger
    let idle = records.filter { !$0.inUse }
    let freed = idle.reduce(Footprints.zero) { $0 + sweep.release(.buildCache($1.id)) }
    return Kind(
      name: .buildCache, total: records.count, active: records.count - idle.count,
      size: held[.buildCache].content + ledger.layersOfBuildCache.content,
      reclaimable: freed.total.content)
  }

  private static func note(on policy: RetentionPolicy) -> [String] {
    guard policy.space != nil else { return [] }
    return ["the policy takes only as much as its space budget asks for: see balai plan"]
  }

  private static func notes(_ snapshot: Snapshot, _ ledger: StorageLedger) -> [String] {
    var notes: [String] = []
    if ledger.unknownHolders > 0 {
      notes.append(
        "the build cache holds layers of images too: they are counted with the images, and stay on "
          + "disk until the cache is pruned as well")
    }
    let unmeasured = snapshot.containers.count { $0.writableSize == nil }
    if unmeasured > 0 {
      notes.append("\(unmeasured) running containers were not measured; they count as 0 here")
    }
    let unsized = snapshot.volumes.count { volume in
      volume.size == nil && snapshot.disk?.volumes[volume.name] == nil
    }
    if unsized > 0 {
      notes.append("nobody tells the size of \(unsized) volumes")
    }
    if snapshot.disk == nil {
      notes.append(
        "the engine's data root cannot be read from here: figures are content, not disk blocks, and "
          + "logs are not counted")
    }
    return notes
  }
}

extension DiskUsage.Remainder {
  /// Nil where the data root was not walked.
  fileprivate init?(_ snapshot: Snapshot, _ ledger: StorageLedger, _ held: Footprints) {
    guard let walked = snapshot.disk?.whole, let known = held.total.disk,
      let orphaned = ledger.orphans.disk
    else { return nil }
    let strays = walked.strays.sorted { ($0.blocks, $1.path) > ($1.blocks, $0.path) }
    let explained =
      known.atLeast + orphaned.atLeast + strays.reduce(0) { $0 + $1.blocks }
    self.init(
      root: snapshot.engine.rootDirectory, whole: walked.blocks,
      orphanedLayers: orphaned.atLeast, strays: strays,
      engineFiles: max(0, walked.blocks - explained))
  }
}

extension Snapshot {
  /// The names of the containers of each image.
  fileprivate var imageUsers: [ImageID: [String]] {
    Dictionary(grouping: containers, by: \.imageID).mapValues { $0.map(\.name).sorted() }
  }
}

extension ImageUsage {
  /// A row for every image that is not an intermediate one, by title.
  package static func rows(
    _ snapshot: Snapshot, _ verdicts: Verdicts, _ ledger: StorageLedger? = nil,
    includingIntermediate: Bool = false
  ) -> [ImageUsage] {
    let ledger = ledger ?? StorageLedger(snapshot)
    let users = snapshot.imageUsers
    let parents = snapshot.parentIDs
    return snapshot.images
      .filter { includingIntermediate || !$0.isUntagged || !parents.contains($0.id) }
      .sorted { ($0.title, $0.id) < ($1.title, $1.id) }
      .map { image in
        let unique = ledger.gain(of: .image(image.id)).total
        let verdict = verdicts.images[image.id]
        return ImageUsage(
          image: image, shared: Bytes(exactly: image.size) - unique.content, unique: unique,
          containers: users[image.id] ?? [], verdict: verdict?.decision.rawValue ?? "keep",
          reason: verdict?.reason.detail ?? "")
      }
  }
}

extension ContainerUsage {
  /// A row for every container, newest first.
  package static func rows(
    _ snapshot: Snapshot, _ verdicts: Verdicts, _ ledger: StorageLedger? = nil
  ) -> [ContainerUsage] {
    let ledger = ledger ?? StorageLedger(snapshot)
    return snapshot.containers.sorted { ($0.created, $0.id) > ($1.created, $1.id) }.map {
      container in
      let verdict = verdicts.containers[container.id]
      return ContainerUsage(
        container: container, unique: ledger.gain(of: .container(container.id)).total,
        logs: snapshot.disk?.containers[container.id]?.logs.content,
        verdict: verdict?.decision.rawValue ?? "keep", reason: verdict?.reason.detail ?? "")
    }
  }
}

extension VolumeUsage {
  fileprivate static func rows(
    _ snapshot: Snapshot, _ ledger: StorageLedger, _ verdicts: Verdicts
  ) -> [VolumeUsage] {
    var users: [String: [String]] = [:]
    for container in snapshot.containers {
      for volume in container.volumes { users[volume, default: []].append(container.name) }
    }
    return snapshot.volumes.sorted { $0.name < $1.name }.map { volume in
      let verdict = verdicts.volumes[volume.name]
      return VolumeUsage(
        volume: volume, holds: ledger.gain(of: .volume(volume.name)).total,
        containers: (users[volume.name] ?? []).sorted(),
        verdict: verdict?.decision.rawValue ?? "keep",
        reason: verdict?.reason.detail ?? "")
    }
  }
}

extension BuildCacheUsage {
  fileprivate static func rows(
    _ snapshot: Snapshot, _ ledger: StorageLedger, _ verdicts: Verdicts
  ) -> [BuildCacheUsage] {
    (snapshot.buildCache ?? []).map { record in
      let verdict = verdicts.buildCache[record.id]
      return BuildCacheUsage(
        record: record, unique: ledger.gain(of: .buildCache(record.id)).total,
        verdict: verdict?.decision.rawValue ?? "keep", reason: verdict?.reason.detail ?? "")
    }
  }
}
