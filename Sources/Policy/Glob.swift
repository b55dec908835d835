/// A pattern as Docker's filters understand it: `*` and `?` stop at `/`, `[a-z]`, `[^a-z]`, `\` quotes.
///
/// Follows Go's `path.Match`, but that a class never matches a slash: so the place of every slash is
/// fixed, only the last `*` ever has to be tried again, and no pattern is slow.
struct Glob: Hashable, Sendable {
  private enum Part: Hashable, Sendable {
    case byte(UInt8)
    case anyByte
    case run
    case oneOf([ClosedRange<UInt8>], isNegated: Bool)
  }

  private let parts: [Part]

  init(_ text: String) throws(ValueError) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty else { throw ValueError("the pattern is empty") }
    guard bytes.count <= 1024 else {
      throw ValueError("the pattern is longer than 1024 characters")
    }
    guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw ValueError(
        "\(text.inQuotes) can match nothing: names hold only visible ASCII characters")
    }
    var rest = bytes[...]
    var parts: [Part] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "*"): if parts.last != .run { parts.append(.run) }
      case UInt8(ascii: "?"): parts.append(.anyByte)
      case UInt8(ascii: "["): parts.append(try Self.readClass(&rest, of: text))
      case UInt8(ascii: "\\"):
        guard let quoted = rest.popFirst() else {
          throw ValueError("\(text.inQuotes) ends with a backslash")
        }
        parts.append(.byte(quoted))
      default: parts.append(.byte(byte))
      }
    }
    self.parts = parts
  }

  /// The only text that it matches, where it is no pattern.
  var literal: String? {
    var bytes: [UInt8] = []
    for part in parts {
      guard case .byte(let byte) = part else { return nil }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func matches(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    var (place, part) = (0, 0)
    var retry: (place: Int, part: Int)?
    while place < bytes.count || part < parts.count {
      if part < parts.count, parts[part] == .run {
        retry = (place, part)
        part += 1
      } else if part < parts.count, place < bytes.count, Self.matches(bytes[place], parts[part]) {
        place += 1
        part += 1
      } else if let last = retry, last.place < bytes.count,
        bytes[last.place] != UInt8(ascii: "/")
      {
        retry = (last.place + 1, last.part)
        (place, part) = (last.place + 1, last.part + 1)
      } else {
        return false
      }
    }
    return true
  }

  private static func matches(_ byte: UInt8, _ part: Part) -> Bool {
    switch part {
    case .byte(let wanted): byte == wanted
    case .anyByte: byte != UInt8(ascii: "/")
    case .run: false
    case .oneOf(let ranges, let isNegated):
      byte != UInt8(ascii: "/") && ranges.contains { $0.contains(byte) } != isNegated
    }
  }

  private static func readClass(
    _ rest: inout ArraySlice<UInt8>, of text: String
  ) throws(ValueError) -> Part {
    let isNegated = rest.first == UInt8(ascii: "^")
    if isNegated { rest.removeFirst() }
    var ranges: [ClosedRange<UInt8>] = []
    while let byte = rest.first {
      if byte == UInt8(ascii: "]"), !ranges.isEmpty {
        rest.removeFirst()
        return .oneOf(ranges, isNegated: isNegated)
      }
      guard let low = readMember(&rest) else { break }
      var high = low
      if rest.first == UInt8(ascii: "-") {
        rest.removeFirst()
        guard let end = readMember(&rest), end >= low else { break }
        high = end
      }
      ranges.append(low...high)
    }
    throw ValueError("\(text.inQuotes) has a [ without a proper ], as in [a-z]")
  }

  /// A character of a class; `-` and `]` need a backslash.
  private static func readMember(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
    switch rest.popFirst() {
    case UInt8(ascii: "\\"): rest.popFirst()
    case UInt8(ascii: "-"), UInt8(ascii: "]"), nil: nil
    case let byte: byte
    }
  }
}
