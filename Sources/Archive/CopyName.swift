import Inventory

/// The names of an archive's files. They are made from digests only: names of objects come from
/// strangers.
enum CopyName {
  private static let endings = (whole: ".tar", partial: ".partial")

  /// `image-<64 hex digits of its id>.tar`, so that an image is saved once; nil for an odd id.
  static func image(_ id: ImageID) -> String? {
    digits(of: id.rawValue).map { "image-" + $0 + endings.whole }
  }

  /// `volume-<SHA-256 of its bytes>.tar`.
  static func volume(digest: String) -> String { "volume-" + digest + endings.whole }

  /// What is being written: a name of its own each time, that counts for nothing.
  static func partial() -> String {
    var generator = SystemRandomNumberGenerator()
    let number = (0..<4).map { _ in String(generator.next(), radix: 16) }.joined(separator: "-")
    return "copy-" + SHA256.hex(number) + endings.partial
  }

  static func isWhole(_ name: String) -> Bool {
    ["image-", "volume-"].contains { isName(name, $0, endings.whole) }
  }

  static func isPartial(_ name: String) -> Bool { isName(name, "copy-", endings.partial) }

  /// The digits of `sha256:` and 64 lower-case hex digits; nil for anything else.
  static func digits(of digest: String) -> String? {
    guard digest.hasPrefix("sha256:") else { return nil }
    let digits = String(digest.dropFirst(7))
    return isHex(digits) ? digits : nil
  }

  /// Whether it is 64 lower-case hex digits.
  static func isHex(_ text: String) -> Bool {
    text.utf8.count == 64
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  private static func isName(_ name: String, _ start: String, _ end: String) -> Bool {
    name.hasPrefix(start) && name.hasSuffix(end)
      && isHex(String(name.dropFirst(start.count).dropLast(end.count)))
  }
}
