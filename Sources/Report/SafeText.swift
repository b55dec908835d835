/// Text of strangers, made harmless for a terminal.
///
/// What could move the cursor, change colours, reorder or hide text is shown as an escape instead:
/// `\n`, `\x1b`, `\u{202e}`. Bytes that were no UTF-8 are U+FFFD already when they get here.
package struct SafeText: CustomStringConvertible, Hashable, Sendable {
  package let description: String

  package init(_ raw: some StringProtocol) {
    guard raw.unicodeScalars.contains(where: Self.isHarmful) else {
      description = String(raw)
      return
    }
    var text = ""
    for scalar in raw.unicodeScalars {
      if Self.isHarmful(scalar) {
        text += Self.escape(of: scalar)
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    description = text
  }

  /// A text of several lines, each made harmless; line ends and indentation stay.
  static func paragraph(_ raw: String) -> String {
    raw.split(separator: /\r\n|\n/, omittingEmptySubsequences: false)
      .map { SafeText($0.replacing("\t", with: "  ")).description }
      .joined(separator: "\n")
  }

  /// Whether a terminal would do something else with it than show it: control characters (C0, C1,
  /// DEL), line and paragraph separators, format characters (bidi marks, zero-width ones, tags) and
  /// whatever else Unicode lets a terminal ignore.
  static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7f }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return true
    default: return scalar.properties.isDefaultIgnorableCodePoint
    }
  }

  private static func escape(of scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default:
      let digits = String(scalar.value, radix: 16)
      if scalar.value > 0xff { return "\\u{\(digits)}" }
      return "\\x" + (digits.count < 2 ? "0" : "") + digits
    }
  }
}
