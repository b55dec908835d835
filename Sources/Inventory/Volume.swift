/// A volume on an engine.
package struct Volume: Hashable, Sendable, Codable {
  package let name: String
  package var driver: String
  package var labels: [String: String]
  package var created: Timestamp?
  /// Bytes in it; nil where it was not asked (the engine walks the disk for it).
  package var size: Int64?
  package var firstSeen: Timestamp?
  /// When an index last saw a container refer to it, running or not; nil: never, or no index.
  package var lastUsed: Timestamp?

  package init(
    name: String, driver: String = "local", labels: [String: String] = [:],
    created: Timestamp? = nil, size: Int64? = nil, firstSeen: Timestamp? = nil,
    lastUsed: Timestamp? = nil
  ) {
    self.name = name
    self.driver = driver
    self.labels = labels
    self.created = created
    self.size = size
    self.firstSeen = firstSeen
    self.lastUsed = lastUsed
  }

  /// Whether the engine made up its name: labelled so since Docker 23.0; before, 64 hex digits.
  package var isAnonymous: Bool {
    labels["com.docker.volume.anonymous"] != nil
      || (name.utf8.count == 64 && name.allSatisfy { $0.isHexDigit && !$0.isUppercase })
  }
}

/// A network on an engine.
package struct Network: Hashable, Sendable, Codable {
  package let id: String
  package var name: String
  package var driver: String
  package var scope: String
  package var labels: [String: String]
  package var created: Timestamp?
  package var firstSeen: Timestamp?
  /// When an index last saw a container attached to it, running or not; nil: never, or no index.
  package var lastUsed: Timestamp?

  package init(
    id: String, name: String, driver: String, scope: String = "local",
    labels: [String: String] = [:], created: Timestamp? = nil, firstSeen: Timestamp? = nil,
    lastUsed: Timestamp? = nil
  ) {
    self.id = id
    self.name = name
    self.driver = driver
    self.scope = scope
    self.labels = labels
    self.created = created
    self.firstSeen = firstSeen
    self.lastUsed = lastUsed
  }

  /// Whether the engine made it for itself and would refuse to remove it.
  package var isBuiltIn: Bool { Self.builtInNames.contains(name) }

  package static let builtInNames: Set<String> = [
    "bridge", "host", "none", "podman", "ingress", "docker_gwbridge",
  ]
}

/// A record of BuildKit's cache, from `/system/df`.
package struct BuildCacheRecord: Hashable, Sendable, Codable {
  package let id: String
  /// `regular`, `source.local`, `exec.cachemount`, `frontend`, `internal`, …
  package var type: String
  package var description: String
  /// Records that it was made from. BuildKit keeps them as long as it is there.
  package var parents: [String]
  /// Whether a build uses it now.
  package var inUse: Bool
  /// Whether an image's layer is also held by this record: removing the image alone then frees
  /// nothing of that layer.
  package var isShared: Bool
  package var size: Int64
  package var created: Timestamp?
  package var lastUsed: Timestamp?

  package init(
    id: String, type: String, description: String = "", parents: [String] = [], inUse: Bool = false,
    isShared: Bool = false, size: Int64, created: Timestamp? = nil, lastUsed: Timestamp? = nil
  ) {
    self.id = id
    self.type = type
    self.description = description
    self.parents = parents
    self.inUse = inUse
    self.isShared = isShared
    self.size = size
    self.created = created
    self.lastUsed = lastUsed
  }
}
