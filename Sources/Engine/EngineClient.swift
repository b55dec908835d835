package import Inventory

/// A conversation with one engine, in the version of its API that both sides speak.
///
/// The door of the Engine room. It asks (`survey`, `containers`, `image`, …) and it does the few
/// things that a sweep needs (`Removal.swift`: stop, remove a container, remove an image); it decides
/// nothing. Behind the door: `Transport` carries requests, `EngineAPI` knows paths and status codes,
/// `Wire/` has the replies as engines really send them, `Survey.swift` asks for no more than is new.
/// Every request has a deadline and a size limit, and ends when its task is cancelled.
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
  package func containers() async throws(EngineError) -> [Container] {
    try await api.get([ContainerSummary].self, "/containers/json", query: ["all=1"])
      .map(\.container)
  }

  /// The bare list, intermediate ones too: without layers.
  package func images() async throws(EngineError) -> [Image] {
    try await api.get([ImageSummary].self, "/images/json", query: ["all=1"]).map(\.image)
  }

  /// One container as an inspect tells it, without sizes and status text; nil: there is none.
  package func container(_ id: ContainerID) async throws(EngineError) -> Container? {
    try await api.inspect(id, sized: false)
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

  /// One image as an inspect tells it, without its layers; nil: there is none.
  ///
  /// In the containerd image store `size` counts content only here, unlike in lists.
  package func image(_ reference: String) async throws(EngineError) -> Image? {
    try await api.find(ImageDetails.self, "/images/\(EngineAPI.escaped(reference))/json")?.image
  }

  /// What only a walk over the engine's disk tells; it can take minutes.
  package func usage() async throws(EngineError) -> EngineUsage {
    let reply = try await api.get(UsageReply.self, "/system/df", within: api.limits.long)
    let sizes = (reply.Volumes ?? []).compactMap { volume in volume.size.map { (volume.Name, $0) } }
    return EngineUsage(
      volumeSizes: Dictionary(sizes, uniquingKeysWith: { first, _ in first }),
      buildCache: reply.buildCache)
  }

  /// BuildKit's records; nil where the engine would walk its disk for them (API below 1.42).
  package func buildCache() async throws(EngineError) -> [BuildCacheRecord]? {
    // Podman has no build cache, and walks its disk all the same.
    if identity.kind == .podman { return [] }
    guard let version = api.version, version >= .selectiveUsage else { return nil }
    return try await api.get(
      UsageReply.self, "/system/df", query: ["type=build-cache"], within: api.limits.long
    ).buildCache
  }
}

/// What `/system/df` alone tells.
package struct EngineUsage: Hashable, Sendable {
  /// Bytes by volume name; a volume whose size the engine does not know is missing.
  package let volumeSizes: [String: Int64]
  package let buildCache: [BuildCacheRecord]
}
