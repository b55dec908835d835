package import Inventory
package import Policy

extension DiskUsage {
  /// Adds up what a snapshot holds, by the rule of `StorageLedger`.
  ///
  /// Volumes and build cache come with the sizes that the snapshot has; a snapshot without them
  /// gives intervals of zero, and a note.
  package init(
    measuring snapshot: Snapshot, under policy: RetentionPolicy, at now: Timestamp,
    runningIn container: ContainerID? = nil
  ) {
    let ledger = StorageLedger(snapshot)
    let verdicts = policy.verdicts(on: snapshot, at: now, runningIn: container)
    let users = snapshot.imageUsers
    self.init(
      engine: snapshot.engine,
      kinds: [
        Self.images(snapshot, ledger, users), Self.containers(snapshot), Self.volumes(snapshot),
        Self.buildCache(snapshot),
      ],
      policy: policy.name, byPolicy: Self.freed(snapshot, ledger, verdicts),
      notes: Self.notes(snapshot),
      images: ImageUsage.rows(snapshot, verdicts),
      containers: ContainerUsage.rows(snapshot, verdicts),
      volumes: VolumeUsage.rows(snapshot), buildCache: snapshot.buildCache ?? [])
  }

  private static func images(
    _ snapshot: Snapshot, _ ledger: StorageLedger, _ users: [ImageID: [String]]
  ) -> Kind {
    let parents = snapshot.parentIDs
    let listed = snapshot.images.filter { !$0.isUntagged || !parents.contains($0.id) }
    var sweep = ledger
    let unused = snapshot.images.filter { users[$0.id] == nil }
    let freed = unused.reduce(Bytes.zero) { $0 + sweep.release($1.id) }
    return Kind(
      name: .images, total: listed.count, active: listed.count { users[$0.id] != nil },
      size: ledger.layers, reclaimable: freed)
  }

  private static func containers(_ snapshot: Snapshot) -> Kind {
    let size = snapshot.containers.reduce(0) { $0 + ($1.writableSize ?? 0) }
    let idle = snapshot.containers.filter { !$0.state.isActive }
    return Kind(
      name: .containers, total: snapshot.containers.count,
      active: snapshot.containers.count - idle.count,
      size: Bytes(exactly: size),
      reclaimable: Bytes(exactly: idle.reduce(0) { $0 + ($1.writableSize ?? 0) }))
  }

  private static func volumes(_ snapshot: Snapshot) -> Kind {
    let mounted = Set(snapshot.containers.flatMap(\.volumes))
    let unused = snapshot.volumes.filter { !mounted.contains($0.name) }
    func sum(_ volumes: [Volume]) -> Bytes {
      Bytes(exactly: volumes.reduce(0) { $0 + ($1.size ?? 0) })
    }
    return Kind(
      name: .volumes, total: snapshot.volumes.count,
      active: snapshot.volumes.count - unused.count, size: sum(snapshot.volumes),
      reclaimable: sum(unused))
  }

  /// A shared record's layer is counted with the images; here it would be counted twice.
  private static func buildCache(_ snapshot: Snapshot) -> Kind {
    let records = snapshot.buildCache ?? []
    func sum(_ records: [BuildCacheRecord]) -> Bytes {
      Bytes(exactly: records.reduce(0) { $0 + ($1.isShared ? 0 : $1.size) })
    }
    return Kind(
      name: .buildCache, total: records.count, active: records.count(where: \.inUse),
      size: sum(records), reclaimable: sum(records.filter { !$0.inUse }))
  }

  private static func freed(
    _ snapshot: Snapshot, _ ledger: StorageLedger, _ verdicts: Verdicts
  ) -> Bytes {
    var sweep = ledger
    var freed = Bytes.zero
    for container in snapshot.containers {
      guard case .remove = verdicts.containers[container.id] else { continue }
      freed += sweep.release(container.id)
    }
    for image in snapshot.images {
      guard case .remove = verdicts.images[image.id] else { continue }
      freed += sweep.release(image.id)
    }
    return freed
  }

  private static func notes(_ snapshot: Snapshot) -> [String] {
    var notes: [String] = []
    if snapshot.buildCache?.contains(where: \.isShared) ?? false {
      notes.append(
        "the build cache holds layers of images too: they are counted with the images, and stay on "
          + "disk until the cache is pruned as well")
    }
    let unmeasured = snapshot.containers.count { $0.writableSize == nil }
    if unmeasured > 0 {
      notes.append("\(unmeasured) running containers were not measured; they count as 0 here")
    }
    let unsized = snapshot.volumes.count { $0.size == nil }
    if unsized > 0 {
      notes.append("the engine does not tell the size of \(unsized) volumes; they count as 0 here")
    }
    return notes
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
    _ snapshot: Snapshot, _ verdicts: Verdicts, includingIntermediate: Bool = false
  ) -> [ImageUsage] {
    let ledger = StorageLedger(snapshot)
    let users = snapshot.imageUsers
    let parents = snapshot.parentIDs
    return snapshot.images
      .filter { includingIntermediate || !$0.isUntagged || !parents.contains($0.id) }
      .sorted { ($0.title, $0.id) < ($1.title, $1.id) }
      .map { image in
        let unique = ledger.gain(of: image.id)
        let verdict = verdicts.images[image.id]
        return ImageUsage(
          image: image, shared: Bytes(exactly: image.size) - unique, unique: unique,
          containers: users[image.id] ?? [], verdict: verdict?.word ?? "keep",
          reason: verdict?.reason.detail ?? "")
      }
  }
}

extension ContainerUsage {
  /// A row for every container, newest first.
  package static func rows(_ snapshot: Snapshot, _ verdicts: Verdicts) -> [ContainerUsage] {
    let ledger = StorageLedger(snapshot)
    return snapshot.containers.sorted { ($0.created, $0.id) > ($1.created, $1.id) }.map {
      container in
      let verdict = verdicts.containers[container.id]
      return ContainerUsage(
        container: container, unique: ledger.gain(of: container.id),
        verdict: verdict?.word ?? "keep", reason: verdict?.reason.detail ?? "")
    }
  }
}

extension VolumeUsage {
  fileprivate static func rows(_ snapshot: Snapshot) -> [VolumeUsage] {
    var users: [String: [String]] = [:]
    for container in snapshot.containers {
      for volume in container.volumes { users[volume, default: []].append(container.name) }
    }
    return snapshot.volumes.sorted { $0.name < $1.name }.map {
      VolumeUsage(volume: $0, containers: (users[$0.name] ?? []).sorted())
    }
  }
}

extension ImageVerdict {
  /// `keep`, `untag` or `remove`.
  package var word: String {
    switch self {
    case .keep: "keep"
    case .untag: "untag"
    case .remove: "remove"
    }
  }
}

extension ContainerVerdict {
  /// `keep`, `stop` or `remove`.
  package var word: String {
    switch self {
    case .keep: "keep"
    case .stop: "stop"
    case .remove: "remove"
    }
  }
}
