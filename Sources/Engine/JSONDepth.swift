import Foundation

/// How deep JSON is nested, found without recursion: a decoder follows it with its stack.
enum JSONDepth {
  /// Engines' replies go to a dozen or so.
  static let deepest = 128

  /// Why a decoder must not be given this; nil: it may be.
  static func flaw(of json: Data) -> String? {
    json.withUnsafeBytes { bytes in
      var (depth, isText, isEscaped) = (0, false, false)
      for byte in bytes {
        // Decoders also take UTF-16 and UTF-32, where the bytes below mean something else; JSON in
        // UTF-8 has no such byte.
        if byte == 0 { return "it is not JSON" }
        if isText {
          if isEscaped {
            isEscaped = false
          } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
          } else if byte == UInt8(ascii: "\"") {
            isText = false
          }
          continue
        }
        switch byte {
        case UInt8(ascii: "\""): isText = true
        case UInt8(ascii: "["), UInt8(ascii: "{"):
          depth += 1
          if depth > deepest { return "it is nested more than \(deepest) deep" }
        case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
        default: break
        }
      }
      return nil
    }
  }
}
