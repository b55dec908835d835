import Foundation
import Inventory

/// A fake engine's volumes, networks and build cache.
extension FakeEngine.Contents {
  var volumeList: StubReply {
    let all = volumes.values.sorted { $0.name < $1.name }.map(Self.reply)
    return json(["Volumes": all.isEmpty ? NSNull() : all as Any])
  }

  func inspect(volume name: String) -> StubReply {
    volumes[name].map { json(Self.reply($0)) } ?? .error(404, "get \(name): no such volume")
  }

  mutating func delete(volume name: String) -> StubReply {
    guard volumes[name] != nil else { return .error(404, "get \(name): no such volume") }
    let users = containers.filter { $0.value.volumes.contains(name) }.keys.sorted()
    guard users.isEmpty else { return .error(409, "remove \(name): volume is in use - \(users)") }
    volumes[name] = nil
    return StubReply(204)
  }

  private static func reply(_ volume: Volume) -> [String: Any] {
    [
      "Name": volume.name, "Driver": volume.driver, "Labels": volume.labels,
      "CreatedAt": volume.created?.rfc3339 ?? "",
    ]
  }

  var networkList: StubReply {
    json(networks.values.sorted { $0.id < $1.id }.map(Self.reply))
  }

  func inspect(network term: String) -> StubReply {
    find(network: term).map { json(Self.reply($0)) } ?? .error(404, "network \(term) not found")
  }

  mutating func delete(network term: String) -> StubReply {
    guard let network = find(network: term) else {
      return .error(404, "network \(term) not found")
    }
    guard !network.isBuiltIn else {
      return .error(403, "\(network.name) is a pre-defined network and cannot be removed")
    }
    // Of those that do not run the engine takes no notice.
    if containers.values.contains(where: { $0.isActive && $0.networks.contains(network.name) }) {
      return .error(403, "network \(network.name) id \(network.id) has active endpoints")
    }
    networks[network.id] = nil
    return StubReply(204)
  }

  /// By id, else by name, else by the start of an id, as the engine looks.
  private func find(network term: String) -> Network? {
    networks[term] ?? networks.values.first { $0.name == term }
      ?? networks.values.first { $0.id.hasPrefix(term) }
  }

  private static func reply(_ network: Network) -> [String: Any] {
    [
      "Id": network.id, "Name": network.name, "Driver": network.driver, "Scope": network.scope,
      "Labels": network.labels, "Created": network.created?.rfc3339 ?? "",
    ]
  }

  var usage: StubReply {
    let sizes = volumes.values.map { volume in
      Self.reply(volume).merging(["UsageData": ["Size": volume.size ?? -1]]) { $1 }
    }
    return json(["Volumes": sizes, "BuildCache": buildCache.values.map(Self.reply)])
  }

  private static func reply(_ record: BuildCacheRecord) -> [String: Any] {
    [
      "ID": record.id, "Parent": record.parents.first ?? "", "Type": record.type,
      "Description": record.description, "InUse": record.inUse, "Shared": record.isShared,
      "Size": record.size, "CreatedAt": record.created?.rfc3339 ?? "",
      "LastUsedAt": record.lastUsed.map { $0.rfc3339 } as Any? ?? NSNull(),
    ]
  }

  /// Removes all that the filters leave, as the engine does: without filters that is everything.
  mutating func prune(_ query: String) -> StubReply {
    let filters = Self.filters(in: query)
    guard Set(filters.keys).isSubset(of: ["id", "unused-for"]) else {
      return .error(400, "failed to prune build cache: Invalid filter")
    }
    var cutOff = Timestamp(microseconds: .max)
    if let age = filters["unused-for"] {
      guard age.hasSuffix("us"), let age = Int64(age.dropLast(2)) else {
        return .error(500, "\(age) is no duration")
      }
      cutOff = clock - .microseconds(age)
    }
    let parents = Set(buildCache.values.flatMap(\.parents))
    let removed = buildCache.values.filter { record in
      !record.inUse && !parents.contains(record.id)
        && record.lastUsed.map { $0 <= cutOff } ?? true
        && filters["id"].map { record.id.contains($0) } ?? true
    }
    for record in removed { buildCache[record.id] = nil }
    return json([
      "CachesDeleted": removed.isEmpty ? NSNull() : removed.map(\.id) as Any,
      "SpaceReclaimed": removed.map(\.size).reduce(0, +),
    ])
  }

  /// The value of each filter of `filters={"id":{"x":true}}`.
  private static func filters(in query: String) -> [String: String] {
    let text = query.split(separator: "&").first { $0.hasPrefix("filters=") }?.dropFirst(8)
    guard let json = text.flatMap({ String($0).removingPercentEncoding }),
      let object = try? JSONDecoder().decode([String: [String: Bool]].self, from: Data(json.utf8))
    else { return [:] }
    return object.compactMapValues { $0.keys.first }
  }
}
