package import Foundation

/// A text that was right once, damaged as a seed says: cut, flipped, with pieces that are gone, doubled,
/// exchanged, or something else in their place.
package struct HostileText: Sendable {
  package let bytes: [UInt8]
  package var data: Data { Data(bytes) }
  /// With replacement characters for what is no UTF-8.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  package init(damaging original: String, seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var bytes = Array(original.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      bytes = random.chance(oneIn: 3) ? Self.scratched(bytes, &random) : Self.torn(bytes, &random)
    }
    self.bytes = bytes
  }

  /// How many rounds a fuzz test makes: as `BALAI_FUZZ_ROUNDS` says, else a few.
  package static func rounds(_ few: Int) -> Range<UInt64> {
    let asked = ProcessInfo.processInfo.environment["BALAI_FUZZ_ROUNDS"].flatMap(UInt64.init)
    return 0..<(asked ?? UInt64(few))
  }

  /// What once made trouble, or could: the files of `Tests/Corpus/<kind>`, by name.
  package static func corpus(_ kind: String) throws -> [(name: String, data: Data)] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Corpus/\(kind)")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
      (name, try Data(contentsOf: folder.appendingPathComponent(name)))
    }
  }

  /// Values of every type, and texts of every nastiness, as JSON and YAML both may hold them.
  private static let strangers = [
    "null", "true", "-1", "0", "1e999", "-0.0", "9223372036854775807", "9223372036854775808",
    "99999999999999999999999999", "[]", "{}", "[[[[]]]]", "{\"a\":{\"a\":{}}}", "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"", "\"\u{202e}txt\"", "\u{feff}", "\u{0}", "\u{1b}[31m", "\"\\u001b[2J\"", "~",
    "*a",
    "&a", "!!binary x", "<<", "? ", "- ", "---\n", "\t", "'", "\"", "\\", "/(a*)*b/", "%", "\r\n",
    "1s", "-5d", "100000000000000000y", "version", "format", "steps", "all",
  ]

  private static func scratched(_ old: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    guard !old.isEmpty else { return old }
    var bytes = old
    let place = Int.random(in: 0..<bytes.count, using: &random)
    switch random.next() % 5 {
    case 0: bytes.removeSubrange(place...)
    case 1: bytes[place] ^= 1 << UInt8(random.next() % 8)
    case 2: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    case 3: bytes.remove(at: place)
    default: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
    }
    return bytes
  }

  private static func torn(_ old: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var pieces = Self.pieces(of: old)
    guard !pieces.isEmpty else { return old }
    let place = Int.random(in: 0..<pieces.count, using: &random)
    let end = min(pieces.count, place + 1 + Int(random.next() % 12))
    switch random.next() % 7 {
    case 0: pieces.removeSubrange(place..<end)
    case 1: pieces.insert(contentsOf: pieces[place..<end], at: place)
    case 2: pieces.swapAt(place, Int.random(in: 0..<pieces.count, using: &random))
    case 3:
      let long = [UInt8](repeating: pieces[place].first ?? 0x61, count: 20_000)
      pieces[place] = long[...]
    case 4:
      // What is nested as deep as the text is long must not take the stack with it.
      let sign = random.pick(["[", "{\"a\":", "- ", "{a: ", "("])
      pieces[place] = Array(String(repeating: sign, count: 5_000).utf8)[...]
    case 5: pieces.insert(Array(random.pick(strangers).utf8)[...], at: place)
    default: pieces[place] = Array(random.pick(strangers).utf8)[...]
    }
    return Array(pieces.joined())
  }

  /// Words and numbers, quoted texts, white space, and every other character for itself.
  private static func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
      var end = start + 1
      if bytes[start] == UInt8(ascii: "\"") {
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += 1 }
        end = min(end + 1, bytes.count)
      } else {
        let kind = Self.kind(of: bytes[start])
        while kind != 0, end < bytes.count, Self.kind(of: bytes[end]) == kind { end += 1 }
      }
      pieces.append(bytes[start..<end])
      start = end
    }
    return pieces
  }

  private static func kind(of byte: UInt8) -> Int {
    switch byte {
    case 0x20, 0x0a: 1
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x80...0xff: 2
    default: 0
    }
  }
}
