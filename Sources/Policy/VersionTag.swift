/// A tag read as a semantic version: `1.4.2`, `v2`, `3.0.0-rc.1`.
///
/// One to three numbers, missing ones count as 0; a pre-release is lower than its release; what follows
/// a `+` does not count. Numbers may be of any length, and begin with zeros as in `2026.01`.
struct VersionTag: Comparable, Sendable {
  /// One part between dots.
  private enum Part: Comparable, Sendable {
    // Numbers are lower than words: the order of the cases is that of the versions.
    case number(length: Int, digits: String)
    case word(String)
  }

  private let numbers: [Part]
  private let preRelease: [Part]

  /// Nil: the tag is no version, such as `latest`.
  init?(_ tag: some StringProtocol) {
    let text = Substring(tag).trimmingPrefix("v")
    let build = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    if build.count == 2, build[1].isEmpty { return nil }
    let halves = build[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = halves[0].split(separator: ".", omittingEmptySubsequences: false)
    guard (1...3).contains(numbers.count), numbers.allSatisfy({ Self.isNumber($0) }) else {
      return nil
    }
    var read = numbers.map { Self.part($0) }
    while read.count < 3 { read.append(Self.part("0")) }
    self.numbers = read
    guard halves.count == 2 else {
      preRelease = []
      return
    }
    let parts = halves[1].split(separator: ".", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isWordPart) }) else {
      return nil
    }
    preRelease = parts.map { Self.part($0) }
  }

  static func < (left: Self, right: Self) -> Bool {
    if left.numbers != right.numbers {
      return left.numbers.lexicographicallyPrecedes(right.numbers)
    }
    if left.preRelease.isEmpty || right.preRelease.isEmpty {
      return !left.preRelease.isEmpty && right.preRelease.isEmpty
    }
    return left.preRelease.lexicographicallyPrecedes(right.preRelease)
  }

  private static func part(_ text: some StringProtocol) -> Part {
    guard isNumber(text) else { return .word(String(text)) }
    let digits = String(text.drop { $0 == "0" })
    return .number(length: digits.utf8.count, digits: digits)
  }

  private static func isNumber(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
  }

  private static func isWordPart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
