import Disk
import Engine
import Index
import Inventory
import Plan
import Policy

/// Asking for the sizes that a result needs, and for no others: each makes the engine or this process
/// walk a disk.
extension Session {
  /// Plans what a policy selects.
  ///
  /// What its rules select has to be measured before: what is measured can change no verdict of theirs,
  /// but a space budget takes less of it.
  ///
  /// - Parameter askingRegistries: whether each registry is asked if it has what goes here.
  mutating func plan(
    _ policy: RetentionPolicy, at now: Timestamp, askingRegistries: Bool = false
  ) async throws -> RemovalPlan {
    try Planner.check(policy, for: snapshot.engine, at: client.endpoint.description)
    if policy.space?.countsUse == true {
      try await measureAll(whole: false)
    } else {
      try await askBuildCache(needed: policy.removesBuildCache)
      try await measure(
        removing: Planner.selection(snapshot, policy, at: now, runningIn: OwnContainer.id()))
    }
    snapshot.space = policy.space == nil && policy.archive == nil ? nil : root?.space()
    if askingRegistries {
      try await askRegistries(
        about: Planner.selection(snapshot, policy, at: now, runningIn: OwnContainer.id()))
    }
    return try Planner.plan(snapshot, policy, at: now, runningIn: OwnContainer.id())
  }

  /// Explains one object; nil where it is gone.
  mutating func explain(
    _ object: ObjectID, under policy: RetentionPolicy, at now: Timestamp
  ) async throws -> Explanation? {
    let selection = Planner.selection(
      snapshot, policy, at: now, runningIn: OwnContainer.id())
    try await measure(removing: selection + [object])
    return Explanation(
      of: object, on: snapshot, under: policy, at: now, runningIn: OwnContainer.id())
  }

  /// Measures what a plan removes.
  mutating func measure(for plan: RemovalPlan) async throws {
    try await measure(removing: plan.steps.removed)
  }

  /// Measures what shall go.
  private mutating func measure(removing objects: [ObjectID]) async throws {
    let removed = Set(objects)
    let containers = snapshot.containers.map(\.id).filter { removed.contains(.container($0)) }
    let volumes = snapshot.volumes.map(\.name).filter { removed.contains(.volume($0)) }
    try await measureWritable(of: containers)
    let leaving = Set(volumes + snapshot.volumesRemoved(with: containers))
    try await read(walking: Set(containers), volumes: leaving)
    if snapshot.disk == nil, !leaving.isEmpty { try await askUsage() }
  }

  /// Measures everything: for `balai df`.
  ///
  /// - Parameter whole: also what no object explains.
  mutating func measureAll(whole: Bool) async throws {
    let volumes = Set(snapshot.volumes.map(\.name))
    if snapshot.engine.kind == .docker { snapshot.buildCache = try await client.buildCache() }
    // Without its files only the engine can walk its volumes; and old ones tell of the build cache
    // only together with these.
    if root == nil || snapshot.buildCache == nil { try await askUsage() }
    try await measureWritable(of: snapshot.containers.map(\.id))
    try await read(walking: Set(snapshot.containers.map(\.id)), volumes: volumes, whole: whole)
  }

  /// Measures every container, running ones too.
  mutating func measureContainers() async throws {
    let all = snapshot.containers.map(\.id)
    try await measureWritable(of: all)
    try await read(walking: Set(all), volumes: [])
  }

  /// Measures what is new and never changes again: layers, and containers that have stopped.
  mutating func measureNew() async throws {
    try await read(walking: [], volumes: [])
  }

  /// Learns which records the build cache has.
  ///
  /// Below API 1.42 the engine tells that only together with the size of every volume, which can take
  /// it minutes; it is asked there only where an image was made by BuildKit, or where it is needed.
  mutating func askBuildCache(needed: Bool = false) async throws {
    guard snapshot.engine.kind == .docker, snapshot.buildCache == nil else { return }
    snapshot.buildCache = try await client.buildCache()
    let usesBuildKit = snapshot.images.contains { image in
      image.content?.history.contains(where: \.isBuildKit) ?? false
    }
    if snapshot.buildCache == nil, usesBuildKit || needed { try await askUsage() }
  }

  /// Asks the engine to walk its disk, once.
  private mutating func askUsage() async throws {
    guard !isUsageKnown else { return }
    let usage = try await client.usage()
    isUsageKnown = true
    snapshot.buildCache = usage.buildCache
    for place in snapshot.volumes.indices {
      snapshot.volumes[place].size = usage.volumeSizes[snapshot.volumes[place].name]
    }
    setWritableSizes(usage.writableSizes)
  }

  /// Asks the sizes of those containers that no index can know, since they may be running.
  private mutating func measureWritable(of containers: [ContainerID]) async throws {
    let unknown = Set(snapshot.containers.filter { $0.writableSize == nil }.map(\.id))
    let wanted = containers.filter(unknown.contains)
    if !wanted.isEmpty { setWritableSizes(try await client.writableSizes(of: wanted)) }
  }

  private mutating func setWritableSizes(_ sizes: [ContainerID: Int64]) {
    for place in snapshot.containers.indices where snapshot.containers[place].writableSize == nil {
      snapshot.containers[place].writableSize = sizes[snapshot.containers[place].id]
    }
  }

  /// Reads the engine's files, and keeps in the index what need not be walked again.
  private mutating func read(
    walking active: Set<ContainerID>, volumes: Set<String>, whole: Bool = false
  ) async throws {
    guard let root else { return }
    let layers = try index.using { (index) throws(IndexError) in
      try index.layers(of: client.identity)
    }
    var question = DiskQuestion(
      layers: layers, images: snapshot.images.map(\.id),
      volumes: volumes, buildCache: snapshot.buildCache.map { Set($0.map(\.id)) }, whole: whole)
    for container in snapshot.containers {
      question.containers[container.id] =
        if let blocks = container.writableBlocks {
          .known(blocks)
        } else if container.state.isActive, !active.contains(container.id) {
          .leave
        } else {
          .walk
        }
    }
    guard let reading = await root.read(question) else { return }
    // What cannot be kept is walked again next time.
    try? index.now.record(reading, of: client.identity, with: snapshot.containers)
    snapshot.disk = reading
  }
}
