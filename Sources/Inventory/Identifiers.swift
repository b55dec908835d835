/// An image's id as the engine knows it, always with its algorithm: `sha256:` and 64 hex digits.
///
/// With a graph driver it is the digest of the image's configuration; in the containerd image store
/// it is the digest of its manifest or index.
package struct ImageID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let rawValue: String

  /// Adds the `sha256:` that some engines leave out (Podman in `/system/df`, history and deletes).
  package init(_ text: some StringProtocol) {
    rawValue = text.contains(":") ? String(text) : "sha256:" + text
  }

  /// The 12 hex digits that `docker images` shows.
  package var short: String {
    String(rawValue.drop { $0 != ":" }.dropFirst().prefix(12))
  }

  package var description: String { rawValue }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A container's id: 64 hex digits, without an algorithm.
package struct ContainerID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let rawValue: String

  package init(_ text: some StringProtocol) { rawValue = String(text) }

  /// The 12 hex digits that `docker ps` shows.
  package var short: String { String(rawValue.prefix(12)) }

  package var description: String { rawValue }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// Whether both are one container's id, one of them perhaps in its short form.
  package func means(_ other: ContainerID) -> Bool {
    guard min(rawValue.utf8.count, other.rawValue.utf8.count) >= 12 else { return self == other }
    return rawValue.hasPrefix(other.rawValue) || other.rawValue.hasPrefix(rawValue)
  }
}

extension ImageID: Codable {
  package init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}

extension ContainerID: Codable {
  package init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}

/// What a verdict, a step or a journal line speaks about.
package enum ObjectID: Hashable, Sendable, Comparable {
  case container(ContainerID)
  case image(ImageID)
  case volume(String)
  case network(String)
  case buildCache(String)

  /// `container`, `image`, `volume`, `network` or `build-cache`.
  package var kind: String {
    switch self {
    case .container: "container"
    case .image: "image"
    case .volume: "volume"
    case .network: "network"
    case .buildCache: "build-cache"
    }
  }

  /// The id alone, whole.
  package var id: String {
    switch self {
    case .container(let id): id.rawValue
    case .image(let id): id.rawValue
    case .volume(let name): name
    case .network(let id), .buildCache(let id): id
    }
  }

  /// Nil for a kind that does not exist.
  package init?(kind: String, id: String) {
    switch kind {
    case "container": self = .container(ContainerID(id))
    case "image": self = .image(ImageID(id))
    case "volume": self = .volume(id)
    case "network": self = .network(id)
    case "build-cache": self = .buildCache(id)
    default: return nil
    }
  }
}

extension ObjectID: Codable {
  private enum Key: String, CodingKey { case kind, id }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let kind = try container.decode(String.self, forKey: .kind)
    guard let value = ObjectID(kind: kind, id: try container.decode(String.self, forKey: .id))
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container, debugDescription: "there is no kind of object '\(kind)'")
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(kind, forKey: .kind)
    try container.encode(id, forKey: .id)
  }
}
