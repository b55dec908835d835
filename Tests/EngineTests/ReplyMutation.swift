import Foundation
import TestSupport

/// Spoils replies as a broken or hostile engine would, the same way for the same seed.
struct ReplyMutation {
  var random: SeededGenerator

  /// Values that take the place of others.
  private static let oddValues = [
    "null", "true", "0", "-1", "1e300", "9223372036854775807", "-9223372036854775808",
    "99999999999999999999999999", "0.1", "[]", "{}", #""""#, #""<none>:<none>""#,
    #""0001-01-01T00:00:00Z""#, #""9999-12-31T23:59:60.999999999+23:59""#, #""a\u0000\u001b[2J""#,
    #""\u202e\ud83d\ude00""#, #""\ud800""#, "[null]", "[[]]", #"{"Id":"a","Id":"b"}"#, "NaN",
  ]

  mutating func spoil(_ body: Data) -> Data {
    var body = body
    repeat {
      body = random.chance(oneIn: 2) ? spoilValue(body) : spoilBytes(body)
    } while random.chance(oneIn: 3) && !body.isEmpty
    return body
  }

  private mutating func spoilBytes(_ body: Data) -> Data {
    var bytes = [UInt8](body)
    guard !bytes.isEmpty else { return body }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
    switch Int.random(in: 0..<7, using: &random) {
    case 0: bytes.removeSubrange(place...)
    case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 3: bytes.removeSubrange(place..<end)
    case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 5:
      let unit = random.pick(["[", #"{"a":"#, "\"", "\\", "\n", "\0", "]"])
      let count = random.pick([1, 2, 200, 5000])
      bytes.insert(contentsOf: String(repeating: unit, count: count).utf8, at: place)
    default:
      bytes.insert(contentsOf: [0xff, 0xfe, 0xc0, 0x80].prefix(random.pick([1, 2, 4])), at: place)
    }
    return Data(bytes)
  }

  /// Puts an odd value in place of a whole one, or takes away or doubles a key with its value.
  private mutating func spoilValue(_ body: Data) -> Data {
    let text = String(decoding: body, as: UTF8.self)
    let values = text.matches(
      of: /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null|\[[^\[\]{}]*\]|\{[^\[\]{}]*\}/)
    guard !values.isEmpty else { return spoilBytes(body) }
    let range = values[Int.random(in: 0..<values.count, using: &random)].range
    var spoiled = text
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      let other = values[Int.random(in: 0..<values.count, using: &random)].range
      spoiled.replaceSubrange(range, with: text[other])
    case 1: spoiled.replaceSubrange(range, with: "")
    case 2: spoiled.insert(contentsOf: text[range] + ",", at: range.lowerBound)
    default: spoiled.replaceSubrange(range, with: random.pick(Self.oddValues))
    }
    return Data(spoiled.utf8)
  }
}
