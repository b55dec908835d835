import Foundation

/// What BuildKit notes about its records, as far as it tells where they are on the disk.
///
/// Two of its databases in `buildkit/` (moby `builder/builder-next`): `snapshots.db`, written by the
/// engine's adapter (`adapters/snapshot`), and `metadata_v2.db`, by BuildKit's cache manager
/// (`cache/metadata`).
struct BuildCacheDatabase {
  /// A snapshot, as the adapter knows it by its key.
  struct Snapshot: Hashable {
    /// The layer of the store that it is, or has become.
    var chain: String?
    /// The graph driver's directory that it was made in.
    var directory: String?
  }

  /// What the cache manager says of a record.
  private struct Relation {
    var snapshot: String?
    /// The record that it shares a snapshot with until it is committed.
    var mutable: String?
  }

  private let snapshots: [String: Snapshot]
  private let relations: [String: Relation]

  /// Nil where there is none: no engine before 18.09 has it.
  ///
  /// - Parameter records: Those that will be asked for. Nearly all are in the first database; the
  ///   second one, which is larger and written more often, is read only for the others.
  init?(in root: Folder, for records: Set<String>) throws(DiskError) {
    let snapshots = try BoltFile.read("buildkit/snapshots.db", in: root) {
      file throws(DiskError) in try Self.snapshots(of: file)
    }
    guard let snapshots else { return nil }
    self.snapshots = snapshots
    var relations: [String: Relation]?
    if records.contains(where: { snapshots[$0] == nil }) {
      relations = try? BoltFile.read("buildkit/metadata_v2.db", in: root) {
        file throws(DiskError) in try Self.relations(of: file)
      }
    }
    self.relations = relations ?? [:]
  }

  /// Where a record is; nil: the databases do not know it.
  func snapshot(of record: String) -> Snapshot? {
    let relation = relations[record]
    for key in [record, relation?.snapshot, relation?.mutable].compactMap(\.self) {
      // A record of a layer that was pulled or is from an image: its snapshot's key is the chain id.
      if key.sha256Digits != nil { return Snapshot(chain: key) }
      if let found = snapshots[key] {
        return Snapshot(chain: found.chain, directory: found.directory ?? key)
      }
    }
    return relation == nil ? nil : Snapshot()
  }

  /// Every directory of the graph driver that a snapshot is in.
  var directories: Set<String> {
    Set(snapshots.keys).union(snapshots.values.compactMap(\.directory))
  }

  /// Directories that were made for a layer which the store then had already, by chain id. Nothing
  /// uses them, and with its last record the engine forgets them but does not remove them (moby
  /// `RegisterByGraphID` and the adapter's `remove`, up to 29).
  func duplicates(cacheIDs: (String) -> String?) -> Set<String> {
    Set(
      snapshots.values.compactMap { snapshot in
        guard let directory = snapshot.directory, let chain = snapshot.chain,
          let cacheID = cacheIDs(chain), cacheID != directory
        else { return nil }
        return directory
      })
  }

  private static func snapshots(of file: BoltFile) throws(DiskError) -> [String: Snapshot] {
    var snapshots: [String: Snapshot] = [:]
    for (key, value) in try file.entries(of: file.root) {
      guard case .bucket(let bucket) = value else { continue }
      var snapshot = Snapshot()
      for case (let name, .bytes(let text)) in try file.entries(of: bucket) {
        switch String(decoding: name, as: UTF8.self) {
        case "chainid": snapshot.chain = String(decoding: text, as: UTF8.self)
        case "committed": snapshot.directory = String(decoding: text, as: UTF8.self)
        default: break
        }
      }
      snapshots[String(decoding: key, as: UTF8.self)] = snapshot
    }
    return snapshots
  }

  private static func relations(of file: BoltFile) throws(DiskError) -> [String: Relation] {
    var relations: [String: Relation] = [:]
    for case (let name, .bucket(let main)) in try file.entries(of: file.root)
    where name.elementsEqual("_main".utf8) {
      for case (let record, .bucket(let bucket)) in try file.entries(of: main) {
        var relation = Relation()
        for case (let key, .bytes(let text)) in try file.entries(of: bucket) {
          switch String(decoding: key, as: UTF8.self) {
          case "cache.snapshot": relation.snapshot = Self.value(in: text)
          case "cache.equalMutable": relation.mutable = Self.value(in: text)
          default: break
          }
        }
        relations[String(decoding: record, as: UTF8.self)] = relation
      }
    }
    return relations
  }

  private struct Entry: Decodable { var value: String? }

  /// The text in `{"value":"…"}`; nil where it was emptied.
  private static func value(in json: ArraySlice<UInt8>) -> String? {
    guard !json.isEmpty else { return nil }
    let entry = try? JSONDecoder().decode(Entry.self, from: Data(json))
    return entry?.value.flatMap { $0.isEmpty ? nil : $0 }
  }
}
