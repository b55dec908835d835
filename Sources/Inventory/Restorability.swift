/// Whether an undo can bring back what a step takes away; said before it goes.
package enum Restorability: Hashable, Sendable {
  /// All of it, from what is kept of it and, for images, from a registry.
  case restorable
  /// All of it, from a copy that is saved before.
  case archived
  /// Not all of it.
  case lost(Loss)

  /// What cannot be brought back.
  package enum Loss: String, Hashable, Sendable, Codable, CaseIterable {
    /// What a container wrote outside of its volumes.
    case writableLayer = "writable layer"
    /// An image that no registry is known to have; or that of a container.
    case image
    /// What is in a volume.
    case data
    /// A record of the build cache: a build makes it again.
    case buildCache = "build cache"
    /// A container of which nothing is promised: one with `--rm`, which the engine removes with its
    /// anonymous volumes when it stops, so that its description is left; the task of a swarm, or any of
    /// Podman's, which cannot be created again.
    case container
    /// A container that was attached to a network which is there no more: nobody can create it again
    /// before there is one of that name.
    case network
    /// A container that lived in a namespace of another one which is there no more: it could not be
    /// started before it went either.
    case namespace
  }

  /// `restorable`, `archived` or `lost: writable layer`.
  package var word: String {
    switch self {
    case .restorable: "restorable"
    case .archived: "archived"
    case .lost(let loss): "lost: \(loss.rawValue)"
    }
  }

  /// Nil for a word that stands for nothing.
  package init?(word: String) {
    switch word {
    case "restorable": self = .restorable
    case "archived": self = .archived
    default:
      guard word.hasPrefix("lost: "), let loss = Loss(rawValue: String(word.dropFirst(6))) else {
        return nil
      }
      self = .lost(loss)
    }
  }
}

extension Restorability: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let word = try container.decode(String.self)
    guard let value = Restorability(word: word) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(word)' does not say what an undo can bring back")
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(word)
  }
}
