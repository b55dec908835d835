/// A regular expression, written between slashes: `/^job-[0-9]+$/`.
///
/// The part of RE2's syntax that needs no memory of what was matched, so that it can be tried in one
/// walk over the text and no pattern is slow: literals, `.`, classes, `\d` `\w` `\s`, groups,
/// alternatives, `*` `+` `?` `{m,n}`, `^` and `$`. It may match anywhere in the text, in the case as
/// written; `^` and `$` hold it to both ends.
struct RegexPattern: Hashable, Sendable {
  static let mostCharacters = 256
  static let mostRepeats = 255

  private let program: RegexProgram

  /// Whether a text is meant as one.
  static func isWritten(as text: String) -> Bool {
    text.utf8.count > 1 && text.hasPrefix("/") && text.hasSuffix("/")
  }

  init(_ text: String) throws(ValueError) {
    let characters = Array(text.unicodeScalars.dropFirst().dropLast())
    guard !characters.isEmpty else { throw ValueError("the pattern is empty") }
    guard characters.count <= Self.mostCharacters else {
      throw ValueError("the pattern is longer than \(Self.mostCharacters) characters")
    }
    guard characters.allSatisfy({ $0.value > 0x20 && $0.value < 0x7f }) else {
      throw ValueError(
        "\(text.inQuotes) can match nothing: names hold only visible ASCII characters")
    }
    var parser = RegexParser(characters)
    let tree = try parser.parse()
    guard let program = RegexProgram(tree) else {
      throw ValueError("\(text.inQuotes) is too large once its repeats are written out")
    }
    self.program = program
  }

  func matches(_ text: some StringProtocol) -> Bool { trial(of: text).matches }

  /// Whether it matches, and in how many steps: at most a few for each character of the text and each
  /// instruction.
  func trial(of text: some StringProtocol) -> (matches: Bool, steps: Int) {
    program.run(on: Array(text.unicodeScalars))
  }

  /// How many instructions it takes.
  var size: Int { program.size }
}

/// What a regular expression is made of.
indirect enum RegexTree: Hashable, Sendable {
  case one(ScalarSet)
  case start
  case end
  case sequence([RegexTree])
  case either([RegexTree])
  /// Nil: without an upper end.
  case repeated(RegexTree, atLeast: Int, atMost: Int?)
}

/// Some characters, or all but some.
struct ScalarSet: Hashable, Sendable {
  private(set) var ranges: [ClosedRange<UInt32>]
  var isNegated = false

  static let digits = ScalarSet(ranges: [range("0", "9")])
  static let wordParts = ScalarSet(
    ranges: [range("0", "9"), range("A", "Z"), range("a", "z"), range("_", "_")])
  static let spaces = ScalarSet(
    ranges: [range("\t", "\n"), range("\u{c}", "\r"), range(" ", " ")])
  static let allButNewlines = ScalarSet(ranges: [range("\n", "\n")], isNegated: true)

  static func only(_ scalar: Unicode.Scalar) -> ScalarSet {
    ScalarSet(ranges: [range(scalar, scalar)])
  }

  static func range(_ first: Unicode.Scalar, _ last: Unicode.Scalar) -> ClosedRange<UInt32> {
    first.value...last.value
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    ranges.contains { $0.contains(scalar.value) } != isNegated
  }

  /// All characters of both.
  mutating func formUnion(_ other: ScalarSet) {
    guard other.isNegated else {
      ranges += other.ranges
      return
    }
    var next: UInt32 = 0
    for range in other.ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if next < range.lowerBound { ranges.append(next...(range.lowerBound - 1)) }
      next = max(next, range.upperBound + 1)
    }
    ranges.append(next...0x10_ffff)
  }
}
