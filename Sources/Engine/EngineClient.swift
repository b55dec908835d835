package import Inventory

/// A conversation with one engine, in the version of its API that both sides speak.
///
/// The door of the Engine room. It asks (`survey`, `containers`, `image`, …) and it does the few
/// things that a sweep needs (`Removal.swift`, `BuildCacheRemoval.swift`: stop a container, remove one
/// object) or that bring something back (`ImageTransfer.swift`, `RegistryPull.swift`,
/// `ContainerFiles.swift`, `Creation.swift`, `Revival.swift`); it decides nothing. Behind the door:
/// `Transport` carries requests, `EngineAPI` knows paths and status codes, `Wire/` has the replies as
/// engines really send them, `Survey.swift` asks for no more than is new. Every request has a deadline
/// and a size limit, and ends when its task is cancelled.
package struct EngineClient: Sendable {
  package let endpoint: EngineEndpoint
  package let identity: EngineIdentity
  let api: EngineAPI
  /// What `/info` said when the conversation began.
  let countsBefore: ObjectCounts

  /// Agrees on an API version and learns who answers.
  package static func connect(
    to endpoint: EngineEndpoint, limits: RequestLimits = .standard
  ) async throws(EngineError) -> EngineClient {
    let transport = Transport(
      socketPath: endpoint.socketPath, maxBodyBytes: limits.maxBodyBytes)
    let found = try await EngineAPI.negotiate(over: transport, limits: limits)
    return EngineClient(
      endpoint: endpoint, identity: found.identity, api: found.api, countsBefore: found.counts)
  }

  /// The bare list, stopped ones too: without times, sizes, restart policy and `--rm`.
  ///
  /// - Throws: also where it is empty, but the engine counts some.
  package func containers() async throws(EngineError) -> [Container] {
    try await believable("GET /containers/json", counted: \.containers) {
      () throws(EngineError) in
      try await api.get([ContainerSummary].self, "/containers/json", query: ["all=1"])
        .map(\.container)
    }
  }

  /// The bare list, intermediate ones too: without layers.
  ///
  /// - Throws: also where it is empty, but the engine counts some.
  package func images() async throws(EngineError) -> [Image] {
    try await believable("GET /images/json", counted: \.images) { () throws(EngineError) in
      try await api.get([ImageSummary].self, "/images/json", query: ["all=1"]).map(\.image)
    }
  }

  /// One container as an inspect tells it, without sizes and status text; nil: there is none, and a
  /// list has it not either.
  ///
  /// - Parameter afterRemoval: the engine has just said that it removed it; no list is asked then.
  package func container(
    _ id: ContainerID, afterRemoval: Bool = false
  ) async throws(EngineError) -> Container? {
    let path = "/containers/\(EngineAPI.escaped(id.rawValue))/json"
    return try await find("GET \(path)", afterRemoval: afterRemoval) { () throws(EngineError) in
      try await api.inspect(id, sized: false)
    } isListed: { () throws(EngineError) in
      // The engine also takes a name.
      try await containers().contains { $0.id == id || $0.name == id.rawValue }
    }
  }

  /// Bytes of the writable layers of containers that may be running, as they are now; the engine walks
  /// them for it. A container that vanished is missing.
  package func writableSizes(
    of containers: [ContainerID]
  ) async throws(EngineError) -> [ContainerID: Int64] {
    let api = api
    let sizes = try await concurrently(containers) { id throws(EngineError) in
      try await api.inspect(id, sized: true)?.writableSize
    }
    return Dictionary(
      zip(containers, sizes).compactMap { id, size in size.map { (id, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// One image as an inspect tells it, without its layers; nil: there is none, and no list has one of
  /// this id or name.
  ///
  /// In the containerd image store `size` counts content only here, unlike in lists.
  ///
  /// - Parameter afterRemoval: the engine has just said that it removed it; no list is asked then.
  package func image(
    _ reference: String, afterRemoval: Bool = false
  ) async throws(EngineError) -> Image? {
    let path = "/images/\(EngineAPI.escaped(reference))/json"
    return try await find("GET \(path)", afterRemoval: afterRemoval) { () throws(EngineError) in
      try await api.find(ImageDetails.self, path)?.image
    } isListed: { () throws(EngineError) in
      try await images().contains { image in
        image.id.rawValue == reference || image.references.contains(reference)
          || image.digests.contains(reference)
      }
    }
  }

  /// What an image is for, as `os/architecture` or `os/architecture/variant`; nil: the engine does not
  /// say, or has no such image.
  package func platform(ofImage id: ImageID) async throws(EngineError) -> String? {
    try await api.find(ImageDetails.self, "/images/\(EngineAPI.escaped(id.rawValue))/json")?
      .platform
  }

  /// One volume, without its size; nil: there is none, and a list has it not either.
  ///
  /// - Parameter afterRemoval: the engine has just said that it removed it; no list is asked then.
  package func volume(
    _ name: String, afterRemoval: Bool = false
  ) async throws(EngineError) -> Volume? {
    let path = "/volumes/\(EngineAPI.escaped(name))"
    return try await find("GET \(path)", afterRemoval: afterRemoval) { () throws(EngineError) in
      let found = try await api.find(VolumeReply.self, path)?.volume
      return found?.name == name ? found : nil
    } isListed: { () throws(EngineError) in
      try await volumes().contains { $0.name == name }
    }
  }

  /// The bare list of volumes.
  package func volumes() async throws(EngineError) -> [Volume] {
    try await api.get(VolumeList.self, "/volumes").Volumes?.map(\.volume) ?? []
  }

  /// One network; nil: there is none of this id, and a list has it not either.
  ///
  /// - Parameter afterRemoval: the engine has just said that it removed it; no list is asked then.
  package func network(
    _ id: String, afterRemoval: Bool = false
  ) async throws(EngineError) -> Network? {
    let path = "/networks/\(EngineAPI.escaped(id))"
    return try await find("GET \(path)", afterRemoval: afterRemoval) { () throws(EngineError) in
      let found = try await api.find(NetworkReply.self, path)?.network
      // The engine also takes what it is asked for a name or for the start of an id.
      return found?.id == id ? found : nil
    } isListed: { () throws(EngineError) in
      try await networks().contains { $0.id == id }
    }
  }

  /// The bare list of networks.
  package func networks() async throws(EngineError) -> [Network] {
    try await api.get([NetworkReply].self, "/networks").map(\.network)
  }

  /// What only a walk over the engine's disk tells; it can take minutes.
  ///
  /// From API 1.42 on the engine is asked for volumes and build cache alone. Below, and on Podman, it
  /// walks its containers too, so their sizes come along.
  package func usage() async throws(EngineError) -> EngineUsage {
    let isSelective = identity.kind == .docker && api.version.map { $0 >= .selectiveUsage } ?? false
    let reply = try await api.usage(isSelective ? ["type=volume", "type=build-cache"] : [])
    let sizes = reply.volumes.compactMap { volume in volume.size.map { (volume.Name, $0) } }
    let containers = isSelective ? [] : reply.Containers ?? []
    return EngineUsage(
      volumeSizes: Dictionary(sizes, uniquingKeysWith: { first, _ in first }),
      buildCache: reply.buildCache,
      writableSizes: Dictionary(
        containers.compactMap { container in
          (container.SizeRw ?? 0).knownSize.map { (ContainerID(container.Id), $0) }
        },
        uniquingKeysWith: { first, _ in first }))
  }

  /// The same conversation with less patience: no request takes longer than what an engine answers from
  /// memory, or than `time` where that is more.
  package func hurried(to time: Duration) -> EngineClient {
    var limits = api.limits
    let most = max(time, limits.instant)
    limits.quick = min(limits.quick, most)
    limits.long = min(limits.long, most)
    let api = EngineAPI(transport: api.transport, version: api.version, limits: limits)
    return EngineClient(
      endpoint: endpoint, identity: identity, api: api, countsBefore: countsBefore)
  }

  /// BuildKit's records; nil where the engine would walk its disk for them (API below 1.42).
  package func buildCache() async throws(EngineError) -> [BuildCacheRecord]? {
    // Podman has no build cache, and walks its disk all the same.
    if identity.kind == .podman { return [] }
    guard let version = api.version, version >= .selectiveUsage else { return nil }
    return try await api.usage(["type=build-cache"]).buildCache
  }
}

extension EngineAPI {
  fileprivate func usage(_ query: [String]) async throws(EngineError) -> UsageReply {
    let isVerbose = version.map { $0 >= .verboseUsage } ?? false
    return try await get(
      UsageReply.self, "/system/df", query: query + (isVerbose ? ["verbose=1"] : []),
      within: limits.long)
  }
}

/// What `/system/df` alone tells.
package struct EngineUsage: Hashable, Sendable {
  /// Bytes by volume name; a volume whose size the engine does not know is missing.
  package let volumeSizes: [String: Int64]
  package let buildCache: [BuildCacheRecord]
  /// Bytes of containers' writable layers; empty where the engine did not walk them.
  package let writableSizes: [ContainerID: Int64]
}
