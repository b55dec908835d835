import Inventory

/// A value of `ancestor`, as Docker's filter takes it: a pattern for references, or the beginning of an
/// image's id.
struct AncestorPattern: Hashable, Sendable {
  /// Shorter ones can be words: `cafe`, `deadbeef`.
  private static let leastDigits = 12

  private let reference: ReferencePattern?
  /// With its algorithm.
  private let idPrefix: String?

  init(_ text: String) throws(ValueError) {
    let algorithm = "sha256:"
    let digits = text.hasPrefix(algorithm) ? text.dropFirst(algorithm.count) : text[...]
    let isHex = digits.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
    let isID = isHex && digits.utf8.count >= Self.leastDigits
    if text.hasPrefix(algorithm), !isID {
      throw ValueError(
        "\(text.inQuotes) is no image id; write at least \(Self.leastDigits) of its hex digits")
    }
    idPrefix = isID ? algorithm + digits : nil
    reference = text.hasPrefix(algorithm) ? nil : try ReferencePattern(text)
  }

  func matches(_ container: ContainerFromImages) -> Bool {
    if let reference, container.names.contains(where: { reference.matches($0) }) { return true }
    guard let idPrefix else { return false }
    return container.imageIDs.contains { $0.rawValue.hasPrefix(idPrefix) }
  }

  /// Whether an image is one that it names.
  func names(_ image: Image) -> Bool {
    if let reference, (image.references + image.digests).contains(where: { reference.matches($0) })
    {
      return true
    }
    return idPrefix.map { image.id.rawValue.hasPrefix($0) } ?? false
  }
}
