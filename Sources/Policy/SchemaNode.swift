/// A piece of a JSON Schema, with its keys in the order in which they are printed.
enum SchemaNode: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral
{
  struct Entry: Hashable, Sendable {
    let key: String
    let value: SchemaNode
  }

  case text(String)
  case number(Int)
  case flag(Bool)
  case list([SchemaNode])
  indirect case object([Entry])

  init(stringLiteral text: String) { self = .text(text) }

  init(booleanLiteral flag: Bool) { self = .flag(flag) }

  init(integerLiteral number: Int) { self = .number(number) }

  init(arrayLiteral nodes: SchemaNode...) { self = .list(nodes) }

  static func object(_ entries: KeyValuePairs<String, SchemaNode>) -> SchemaNode {
    .object(entries.map { Entry(key: $0.key, value: $0.value) })
  }

  /// The object with more at its end; anything else as it is.
  func adding(_ more: KeyValuePairs<String, SchemaNode>) -> SchemaNode {
    guard case .object(let entries) = self else { return self }
    return .object(entries + more.map { Entry(key: $0.key, value: $0.value) })
  }

  /// JSON with two spaces of indent, lists of plain values in one line.
  func json(indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .text(let text): return Self.quoted(text)
    case .number(let number): return String(number)
    case .flag(let flag): return String(flag)
    case .list(let nodes) where nodes.allSatisfy(\.isPlain):
      return "[" + nodes.map { $0.json() }.joined(separator: ", ") + "]"
    case .list(let nodes):
      let lines = nodes.map { inner + $0.json(indent: inner) }
      return "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
    case .object(let entries):
      let lines = entries.map { entry in
        "\(inner)\(Self.quoted(entry.key)): \(entry.value.json(indent: inner))"
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    }
  }

  private var isPlain: Bool {
    switch self {
    case .text, .number, .flag: true
    case .list, .object: false
    }
  }

  /// All texts of a schema are Balai's own: of what JSON escapes they hold quotes and backslashes.
  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
