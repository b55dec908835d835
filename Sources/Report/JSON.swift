import Inventory

/// A JSON document, its keys in the order in which they were written down.
///
/// The shape of every output stands in one literal, apart from the types of the other rooms: those
/// may change, what scripts read may not.
enum JSON {
  case null
  case bool(Bool)
  case number(Int64)
  case string(String)
  case array([JSON])
  case object([(key: String, value: JSON)])

  static func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
  static func time(_ time: Timestamp?) -> JSON { text(time?.rfc3339) }
  static func count(_ number: Int) -> JSON { .number(Int64(number)) }
  static func size(_ bytes: Int64?) -> JSON { bytes.map { .number(max(0, $0)) } ?? .null }
  static func texts(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }

  /// `atMost` is null where nobody can say.
  static func bytes(_ bytes: Bytes?) -> JSON {
    guard let bytes else { return .null }
    return [
      "atLeast": .size(bytes.atLeast), "atMost": .size(bytes.isBounded ? bytes.atMost : nil),
    ]
  }

  static func list<Element>(_ elements: [Element], _ shape: (Element) -> JSON) -> JSON {
    .array(elements.map(shape))
  }

  /// The document in indented lines, the last one ended by a newline too.
  var document: String {
    var text = ""
    write(to: &text, indent: "")
    return text + "\n"
  }

  private func write(to text: inout String, indent: String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let value): text += String(value)
    case .string(let value): Self.quote(value, to: &text)
    case .array(let elements):
      Self.write(elements, between: ("[", "]"), to: &text, indent) { $0.write(to: &$1, indent: $2) }
    case .object(let members):
      Self.write(members, between: ("{", "}"), to: &text, indent) { member, text, indent in
        Self.quote(member.key, to: &text)
        text += ": "
        member.value.write(to: &text, indent: indent)
      }
    }
  }

  private static func write<Element>(
    _ elements: [Element], between ends: (String, String), to text: inout String, _ indent: String,
    _ writeOne: (Element, inout String, String) -> Void
  ) {
    text += ends.0
    let inner = indent + "  "
    for (index, element) in elements.enumerated() {
      text += index == 0 ? "\n\(inner)" : ",\n\(inner)"
      writeOne(element, &text, inner)
    }
    text += elements.isEmpty ? ends.1 : "\n\(indent)\(ends.1)"
  }

  /// Everything that a terminal would not just show is written as `\u` and four digits, so that
  /// `cat` of a document does no harm.
  private static func quote(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where SafeText.isHarmful(scalar):
        for unit in UTF16.encode(scalar).map(Array.init) ?? [] {
          let digits = String(unit, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByStringLiteral
{
  init(dictionaryLiteral members: (String, JSON)...) {
    self = .object(members.map { (key: $0.0, value: $0.1) })
  }
  init(integerLiteral value: Int64) { self = .number(value) }
  init(stringLiteral value: String) { self = .string(value) }
}
