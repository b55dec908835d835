package import Inventory

extension EngineClient {
  /// Everything on the engine, asking only for what `known` does not already tell.
  ///
  /// The lists are asked first, then what happened since the last survey, then details: so whatever
  /// changes while the survey runs is seen as changed, now or next time. Images in `known` cost no
  /// call; their `lastTagged` is nil unless a tag event says otherwise, and the index keeps the old
  /// one. Containers in `known` cost none as long as their state is the same and no event named them.
  /// A part that cannot be read makes the whole survey fail: there is no partial snapshot.
  ///
  /// - Parameter askSizes: whether a container that does not run is measured (the engine walks its
  ///   writable layer; once per stop).
  /// - Parameter followed: all events since the survey before, where they were received as they
  ///   happened; nil asks the engine for those that it remembers.
  /// - Parameter isWatched: whether all events up to the last one in `known` were received so.
  package func survey(
    knowing known: Remembered, at time: Timestamp, askSizes: Bool = true,
    telling followed: [EngineEvent]? = nil, isWatched: Bool = false
  ) async throws(EngineError) -> Survey {
    let api = api
    async let containerList = outcome { () throws(EngineError) in
      try await api.get([ContainerSummary].self, "/containers/json", query: ["all=1"])
    }
    async let imageList = outcome { () throws(EngineError) in
      try await api.get([ImageSummary].self, "/images/json", query: ["all=1"])
    }
    async let volumeList = outcome { () throws(EngineError) in
      try await api.get(VolumeList.self, "/volumes")
    }
    async let networkList = outcome { () throws(EngineError) in
      try await api.get([NetworkReply].self, "/networks").map(\.network)
    }
    let listedContainers = try await containerList.get().map(\.container)
    let listedImages = try await imageList.get().map(\.image)
    try await refuseFalselyEmpty(listedContainers, listedImages)
    let volumes = try await volumeList.get().Volumes ?? []
    let networks = try await networkList.get()

    let bridge = networks.first(where: \.isDefaultBridge)?.id
    let coverage = Coverage(
      isSurveyed: known.isSurveyed, mark: known.lastEvent,
      isSameRun: bridge != nil && bridge == known.bridge && !countsBefore.areKeptOverRestart,
      isWatched: isWatched, now: time)
    let changes: Changes
    if let followed {
      changes = Changes(followed: followed.map(\.reply))
    } else if identity.kind == .docker {
      changes = try await api.changes(since: known.lastEvent, coverage: coverage)
    } else {
      // Podman keeps its events for ever, has no ring to lose, and sends none for a past `until`.
      changes = .unknown
    }
    let inspector = Inspector(
      api: api, known: known, changes: changes, askSizes: askSizes,
      imageStore: identity.imageStore, mayLackHistory: identity.kind == .podman)
    let containers = try await completed(listedContainers, \.id, by: inspector.complete) {
      () throws(EngineError) in try await self.containers()
    }
    let images = try await completed(listedImages, \.id, by: inspector.complete) {
      () throws(EngineError) in try await self.images()
    }
    let snapshot = Snapshot(
      engine: identity, takenAt: time, images: images, containers: containers,
      volumes: volumes.map(\.volume),
      networks: networks, lastImageActivity: changes.uses.lastImageActivity)
    let keepsMark = followed != nil || identity.kind == .podman
    return Survey(
      snapshot: snapshot, lastEvent: changes.newest ?? (keepsMark ? known.lastEvent : nil),
      uses: changes.uses)
  }
}

extension EngineClient {
  /// An empty list decides nothing on its own: an engine that counted objects before and after it has
  /// not listed them.
  private func refuseFalselyEmpty(
    _ containers: [Container], _ images: [Image]
  ) async throws(EngineError) {
    let missesContainers = containers.isEmpty && countsBefore.containers > 0
    let missesImages = images.isEmpty && countsBefore.images > 0
    guard missesContainers || missesImages else { return }
    let counts = try await api.get(Info.self, "/info").counts
    if missesContainers, counts.containers > 0 {
      throw .brokenReply(
        call: "GET /containers/json", reason: "it is empty, but there are \(counts.containers)")
    }
    if missesImages, counts.images > 0 {
      throw .brokenReply(
        call: "GET /images/json", reason: "it is empty, but there are \(counts.images)")
    }
  }
}

extension Network {
  /// The network that dockerd makes for containers that name none.
  fileprivate var isDefaultBridge: Bool { name == "bridge" && driver == "bridge" }
}

/// All listed objects with their details, without those that vanished meanwhile. What answers that it
/// is gone and is in a new list all the same stays, as listed: a container that was left out here would
/// not hold its image.
private func completed<Object: Sendable, ID: Hashable>(
  _ listed: [Object], _ id: (Object) -> ID,
  by complete: @escaping @Sendable (Object) async throws(EngineError) -> Object?,
  relisting: () async throws(EngineError) -> [Object]
) async throws(EngineError) -> [Object] {
  let whole = try await concurrently(listed, complete)
  guard whole.contains(where: { $0 == nil }) else { return whole.compactMap(\.self) }
  let still = Set(try await relisting().map(id))
  return zip(listed, whole).compactMap { $1 ?? (still.contains(id($0)) ? $0 : nil) }
}

/// How many inspects are in flight together: more gains nothing on an engine's locks.
private let inspectsAtOnce = 8

/// A call's end as a value: `async let` and task groups forget the type of an error.
private func outcome<Value: Sendable>(
  of call: @Sendable () async throws(EngineError) -> Value
) async -> Result<Value, EngineError> {
  do {
    return .success(try await call())
  } catch {
    return .failure(error)
  }
}

/// Transforms all items, a few at a time, in their order; the first error ends it.
func concurrently<Item: Sendable, Value: Sendable>(
  _ items: [Item], _ transform: @escaping @Sendable (Item) async throws(EngineError) -> Value
) async throws(EngineError) -> [Value] {
  let result: Result<[Value], EngineError> = await withTaskGroup(
    of: (Int, Result<Value, EngineError>).self
  ) { group in
    var values = [Value?](repeating: nil, count: items.count)
    var next = 0
    func startNext() {
      guard next < items.count else { return }
      let (index, item) = (next, items[next])
      group.addTask {
        (index, await outcome { () throws(EngineError) in try await transform(item) })
      }
      next += 1
    }
    for _ in 0..<inspectsAtOnce { startNext() }
    while let (index, outcome) = await group.next() {
      switch outcome {
      case .success(let value): values[index] = value
      case .failure(let error):
        group.cancelAll()
        return .failure(error)
      }
      startNext()
    }
    return .success(values.compactMap(\.self))
  }
  return try result.get()
}
