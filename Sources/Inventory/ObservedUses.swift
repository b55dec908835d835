/// What an engine's events say of uses since the survey before, and what they may have left out.
package struct ObservedUses: Hashable, Sendable {
  /// In the order of the engine's events.
  package var images: [ImageEvent]
  /// The last time a container mounted or left a volume, by name.
  package var volumes: [String: Timestamp]
  /// The last time a container joined or left a network, by id.
  package var networks: [String: Timestamp]
  /// Nil: the events cover all that happened since the survey before.
  package var missed: MissedStretch?
  /// When an image was last pulled, built, loaded, imported or tagged, as far as the events tell.
  package var lastImageActivity: Timestamp?

  package static let none = ObservedUses()

  package init(
    images: [ImageEvent] = [], volumes: [String: Timestamp] = [:],
    networks: [String: Timestamp] = [:], missed: MissedStretch? = nil,
    lastImageActivity: Timestamp? = nil
  ) {
    self.images = images
    self.volumes = volumes
    self.networks = networks
    self.missed = missed
    self.lastImageActivity = lastImageActivity
  }
}

/// A time that no event covers, from the survey before on.
package struct MissedStretch: Hashable, Sendable {
  /// By the engine's clock.
  package let end: Timestamp
  /// Whether all was seen until the engine ended, so that only what ran then can have been used
  /// after.
  package let onlyWhatRan: Bool

  package init(end: Timestamp, onlyWhatRan: Bool = false) {
    self.end = end
    self.onlyWhatRan = onlyWhatRan
  }
}

/// What one event says of an image.
package struct ImageEvent: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// A container of it was made, started, stopped or removed, or it was saved or pushed.
    case used
    /// It was pulled, built, loaded, imported or tagged.
    case arrived
  }

  package let kind: Kind
  /// The image as the event names it: an id, a reference or a part of an id.
  package let image: String
  /// The container whose image it is; nil where the event is not about a container.
  package let container: ContainerID?
  /// The tag that the image got with this event.
  package let newName: String?
  /// By the engine's clock.
  package let time: Timestamp

  package init(
    _ kind: Kind, of image: String, by container: ContainerID? = nil, newName: String? = nil,
    at time: Timestamp
  ) {
    self.kind = kind
    self.image = image
    self.container = container
    self.newName = newName
    self.time = time
  }
}

/// An image's name as `docker images` shows it, always with a tag or a digest, so that two ways to
/// write it compare equal.
package struct ImageName: Hashable, Sendable {
  package let text: String

  /// Leaves out what Docker leaves out and Podman spells out (`docker.io/library/`), the tag of a
  /// reference that has a digest too, and adds the `latest` that is meant where there is neither.
  package init(_ reference: String) {
    var name = Substring(reference)
    for prefix in ["docker.io/library/", "docker.io/", "index.docker.io/library/"]
    where name.hasPrefix(prefix) {
      name = name.dropFirst(prefix.count)
      break
    }
    let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let (repository, tag) = Self.split(parts.first ?? "")
    if parts.count > 1 {
      text = "\(repository)@\(parts[1])"
    } else {
      text = "\(repository):\(tag ?? "latest")"
    }
  }

  /// Without tag and digest.
  package var repository: String {
    String(Self.split(text.prefix { $0 != "@" }[...]).repository)
  }

  /// The port of a registry is no tag.
  private static func split(_ name: Substring) -> (repository: Substring, tag: Substring?) {
    guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else {
      return (name, nil)
    }
    return (name[..<colon], name[name.index(after: colon)...])
  }
}
