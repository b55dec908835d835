import Inventory

/// `GET /system/df`, without the parts that lists tell better; parts not asked for are `null` or left
/// out.
struct UsageReply: Decodable {
  /// What API 1.52 and later have in place of a bare list; the list is left out where it is empty.
  struct Usage<Item: Decodable>: Decodable {
    let Items: [Item]?
  }

  /// A container in the reply of an engine that cannot leave them out.
  struct SizedContainer: Decodable {
    let Id: String
    /// Left out where it is 0.
    let SizeRw: Int64?
  }

  let Containers: [SizedContainer]?
  let Volumes: [VolumeReply]?
  let BuildCache: [CacheRecordReply]?
  let VolumeUsage: Usage<VolumeReply>?
  let BuildCacheUsage: Usage<CacheRecordReply>?

  var volumes: [VolumeReply] { Volumes ?? VolumeUsage?.Items ?? [] }

  var buildCache: [BuildCacheRecord] {
    (BuildCache ?? BuildCacheUsage?.Items ?? []).map(\.record)
  }
}

/// A record of BuildKit's cache; newer engines leave out what is false or 0.
struct CacheRecordReply: Decodable {
  private enum CodingKeys: String, CodingKey {
    case ID, `Type`, Description, Parent, Parents, InUse, Shared, Size, CreatedAt, LastUsedAt
    /// So called by every Docker from 23.0 to 29.7 (moby `api/types/build/cache.go`).
    case spacedParents = " Parents"
  }

  let ID: String
  let `Type`: String?
  let Description: String?
  /// Below API 1.42; empty where there is none.
  let Parent: String?
  let Parents: [String]?
  let spacedParents: [String]?
  let InUse: Bool?
  let Shared: Bool?
  let Size: Int64?
  let CreatedAt: String?
  let LastUsedAt: String?

  var record: BuildCacheRecord {
    BuildCacheRecord(
      id: ID, type: `Type` ?? "", description: Description ?? "", parents: parents,
      inUse: InUse ?? false, isShared: Shared ?? false, size: (Size ?? 0).plausibleSize,
      created: CreatedAt.flatMap { Timestamp(rfc3339: $0) },
      lastUsed: LastUsedAt.flatMap { Timestamp(rfc3339: $0) })
  }

  private var parents: [String] {
    let all = (Parent.map { [$0] } ?? []) + (Parents ?? []) + (spacedParents ?? [])
    return Set(all.filter { !$0.isEmpty }).sorted()
  }
}
