package import Inventory

/// What an engine said to a request to remove a record of the build cache.
package enum BuildCacheReply: Hashable, Sendable {
  /// Done, with the bytes the engine counts for it: none where the record held a layer that an image
  /// brought along.
  case removed(bytes: Int64)
  /// It is left alone: a build uses it, or has used it since, or another record was made from it. Or
  /// there is no such record: the engine does not tell these apart.
  case kept
  case refused(String)
}

extension EngineClient {
  /// Removes one record of the build cache, if no build has used it after a time.
  ///
  /// It is the engine that compares, so a build that comes in between keeps its cache; but it adds the
  /// time that it takes from the request to the comparison. BuildKit only removes records by a prune;
  /// with the filter `id` that is one record or none.
  ///
  /// - Parameters:
  ///   - unusedSince: its last use as it was listed; nil: it was never used.
  ///   - now: this machine's clock, read for this call: engines before Docker 24.0 are told an age.
  package func removeBuildCache(
    _ id: String, unusedSince: Timestamp?, at now: Timestamp
  ) async throws(EngineError) -> BuildCacheReply {
    guard identity.kind == .docker else { return .refused("Podman has no build cache") }
    // Docker 18.06 ignores every filter, and would remove the whole cache.
    guard let version = api.version, version >= .buildCacheFilters else {
      return .refused("only Docker 18.09 and later can remove a single record of the build cache")
    }
    // The engine takes the id for a regular expression (moby `builder-next/builder.go`).
    guard Self.namesOneRecord(id) else { return .refused("'\(id)' is no id of a record") }
    let limit = Self.limit(unusedSince, at: now, for: version)
    // The older of the two names of this filter: 18.09.0 does not know `until`.
    let filters = #"{"id":{"\#(id)":true},"unused-for":{"\#(limit)":true}}"#
    // The only prune there is here: BuildKit has no other call to remove a record, and with the id it
    // removes that one or none.
    let path = "/build/prune"
    let reply = try await api.send(
      .post, path, query: ["all=1", "filters=\(EngineAPI.escaped(filters))"],
      within: api.limits.long)
    guard reply.status == 200 else { return .refused(reply.message) }
    return try reply.decode(PrunedCacheReply.self, of: "POST \(path)").told(about: id)
  }

  /// Whether an id, taken for a pattern, means one record: BuildKit's own have 25 letters and digits,
  /// and Docker below 20.10 gives the records of base images chain ids.
  private static func namesOneRecord(_ id: String) -> Bool {
    let isChain = id.hasPrefix("sha256:")
    let name = isChain ? id.dropFirst(7) : id[...]
    return (isChain ? name.utf8.count == 64 : name.utf8.count >= 16)
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }

  /// The value of the filter: records that were used after it stay.
  ///
  /// Listed times are cut to microseconds, so the limit is the next one. From Docker 24.0 on it is
  /// that time itself: these engines cut what an age leads to down to a whole second, before the last
  /// use. Older ones know no times, and keep to an age exactly.
  private static func limit(
    _ lastUse: Timestamp?, at now: Timestamp, for version: APIVersion
  ) -> String {
    let limit = (lastUse ?? Timestamp(seconds: 0)) + .microseconds(1)
    if version >= .buildCacheTimes { return limit.rfc3339 }
    // An age of zero would be none, and let every record go.
    return "\(max(1, now.microseconds - limit.microseconds))us"
  }
}

/// What a prune of the build cache answers: no list where nothing was removed.
struct PrunedCacheReply: Decodable {
  let CachesDeleted: [String]?
  let SpaceReclaimed: UInt64?

  func told(about id: String) throws(EngineError) -> BuildCacheReply {
    let removed = CachesDeleted ?? []
    let others = removed.filter { $0 != id }
    guard others.isEmpty else { throw .removedOthers(than: id, others) }
    return removed.isEmpty ? .kept : .removed(bytes: Int64(clamping: SpaceReclaimed ?? 0))
  }
}
