/// A pattern for image references: what Docker's `reference` filter matches.
///
/// As distribution's `FamiliarMatch`: the pattern is held against the reference as `docker images`
/// shows it and against its repository alone, so that a pattern without a tag matches every tag.
struct ReferencePattern: Hashable, Sendable {
  private let pattern: NamePattern
  /// Whether it speaks of digests (`repository@sha256:…`).
  let namesDigest: Bool

  init(_ text: String) throws(ValueError) {
    pattern = try NamePattern(
      RegexPattern.isWritten(as: text) ? text : String(Self.familiar(text)))
    namesDigest = text.contains("@")
  }

  func matches(_ reference: String) -> Bool {
    let shown = Self.familiar(reference)
    return pattern.matches(shown) || pattern.matches(Self.repository(of: shown))
  }

  /// Without what Docker leaves out and Podman spells out: `docker.io/library/`.
  static func familiar(_ reference: String) -> Substring {
    for prefix in ["docker.io/library/", "docker.io/"] where reference.hasPrefix(prefix) {
      return reference.dropFirst(prefix.count)
    }
    return reference[...]
  }

  /// A reference without its tag and digest; the port of a registry is no tag.
  static func repository(of reference: some StringProtocol) -> Substring {
    let name = Substring(reference).prefix { $0 != "@" }
    guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else { return name }
    return name[..<colon]
  }
}
