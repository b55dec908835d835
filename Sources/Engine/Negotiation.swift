import Inventory

/// A version of the Engine API, such as 1.41.
struct APIVersion: Comparable, CustomStringConvertible, Sendable {
  let major: Int
  let minor: Int

  /// Docker 1.12, the first with noprune, restart states and mounts as we read them.
  static let oldest = APIVersion(major: 1, minor: 24)
  /// Docker 29.7, the newest that these replies were read from.
  static let newest = APIVersion(major: 1, minor: 55)
  /// The first whose `/system/df` leaves out what is not asked (`type=`).
  static let selectiveUsage = APIVersion(major: 1, minor: 42)
  /// The first whose `/system/df` has everything in one place only (`verbose=1`).
  static let verboseUsage = APIVersion(major: 1, minor: 52)
  /// Docker 18.09, the first whose prune of the build cache heeds filters.
  static let buildCacheFilters = APIVersion(major: 1, minor: 39)
  /// Docker 24.0, the first whose prune of the build cache takes a time.
  static let buildCacheTimes = APIVersion(major: 1, minor: 43)

  init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
    self.init(major: major, minor: minor)
  }

  var description: String { "\(major).\(minor)" }

  static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}

extension EngineAPI {
  /// Agrees on a version and learns who answers.
  ///
  /// `/_ping` goes without a version: an engine that does not know a version refuses even that. Its
  /// `Api-Version` is the newest the engine speaks; `Libpod-Api-Version` is there with Podman only.
  static func negotiate(
    over transport: Transport, limits: RequestLimits
  ) async throws(EngineError) -> (api: EngineAPI, identity: EngineIdentity, counts: ObjectCounts) {
    var api = EngineAPI(transport: transport, version: nil, limits: limits)
    let ping = try await api.send(.get, "/_ping", within: limits.instant)
    guard ping.status == 200 else {
      throw .refused(call: "GET /_ping", status: ping.status, message: ping.message)
    }
    guard let spoken = ping.headers["api-version"].flatMap(APIVersion.init) else {
      throw .brokenReply(
        call: "GET /_ping", reason: "it names no API version; is this a Docker engine's socket?")
    }
    guard spoken >= .oldest else { throw .engineTooOld(apiVersion: "\(spoken)") }
    let agreed = min(spoken, .newest)
    api.version = agreed
    let info = try await api.get(Info.self, "/info")
    let kind: EngineIdentity.Kind =
      ping.headers["libpod-api-version"] == nil ? .docker : .podman
    return (api, info.identity(kind: kind, apiVersion: agreed), info.counts)
  }
}
