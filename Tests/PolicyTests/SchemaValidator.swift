import Foundation
import Yams

/// A value as an editor reads it from YAML 1.2 (its core schema) or from JSON.
indirect enum Value: Equatable {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case list([Value])
  case object([String: Value])

  init(yaml: String) throws {
    let node = try Yams.compose(yaml: yaml, .basic)
    self = node.map(Value.init(_:)) ?? .null
  }

  init(json: String) throws {
    self.init(try JSONSerialization.jsonObject(with: Data(json.utf8)))
  }

  private init(_ node: Node) {
    switch node {
    case .scalar(let scalar): self = Self.read(scalar)
    case .sequence(let sequence): self = .list(sequence.map(Value.init(_:)))
    case .mapping(let mapping):
      self = .object(
        Dictionary(mapping.map { ($0.key.scalar?.string ?? "", Value($0.value)) }) { $1 })
    case .alias: self = .null
    }
  }

  private static func read(_ scalar: Node.Scalar) -> Value {
    guard scalar.style == .plain else { return .text(scalar.string) }
    switch scalar.string {
    case "", "~", "null": return .null
    case "true", "false": return .flag(scalar.string == "true")
    default:
      let isNumber = scalar.string.wholeMatch(of: /[-+]?[0-9]+(\.[0-9]*)?/) != nil
      return isNumber ? Double(scalar.string).map { .number($0) } ?? .null : .text(scalar.string)
    }
  }

  private init(_ json: Any) {
    switch json {
    case let text as String: self = .text(text)
    case let list as [Any]: self = .list(list.map(Value.init(_:)))
    case let object as [String: Any]: self = .object(object.mapValues(Value.init(_:)))
    case let number as NSNumber:
      self =
        CFGetTypeIDIsBool(number) ? .flag(number.boolValue) : .number(number.doubleValue)
    default: self = .null
    }
  }
}

/// Foundation reads true and 1 as the same class; their types differ.
private func CFGetTypeIDIsBool(_ number: NSNumber) -> Bool {
  String(cString: number.objCType) == "c"
}

/// What a schema finds wrong with a value: the part of JSON Schema (draft 2020-12) that Balai's uses,
/// and a failure for any other keyword.
struct SchemaValidator {
  let root: Value

  struct UnknownKeyword: Error { let name: String }

  /// `path: keyword` of everything that is wrong.
  func faults(of value: Value) throws -> [String] { try faults(of: value, by: root, at: "") }

  private func faults(of value: Value, by schema: Value, at path: String) throws -> [String] {
    guard case .object(let keywords) = schema else { throw UnknownKeyword(name: "\(schema)") }
    var faults: [String] = []
    for (keyword, argument) in keywords.sorted(by: { $0.key < $1.key }) {
      switch (keyword, argument, value) {
      case ("$schema", _, _), ("$defs", _, _), ("title", _, _), ("description", _, _): break
      case ("properties", .object(let known), .object(let fields)):
        for (name, field) in fields {
          guard let schema = known[name] else { continue }
          faults += try self.faults(of: field, by: schema, at: "\(path).\(name)")
        }
      case ("additionalProperties", .flag(false), .object(let fields)):
        guard case .object(let known)? = keywords["properties"] else { continue }
        faults += fields.keys.filter { known[$0] == nil }.map { "\(path).\($0): unknown" }
      case ("items", let schema, .list(let items)):
        for (place, item) in items.enumerated() {
          faults += try self.faults(of: item, by: schema, at: "\(path)[\(place)]")
        }
      case ("anyOf", .list(let schemas), _):
        let tries = try schemas.map { try self.faults(of: value, by: $0, at: path) }
        if !tries.contains(where: \.isEmpty) { faults.append("\(path): anyOf") }
      case ("$ref", .text(let reference), _):
        faults += try self.faults(of: value, by: try resolve(reference), at: path)
      default:
        if try !holds(keyword, argument, value) { faults.append("\(path): \(keyword)") }
      }
    }
    return faults
  }

  private func resolve(_ reference: String) throws -> Value {
    let prefix = "#/$defs/"
    guard reference.hasPrefix(prefix), case .object(let keywords) = root,
      case .object(let definitions)? = keywords["$defs"],
      let found = definitions[String(reference.dropFirst(prefix.count))]
    else { throw UnknownKeyword(name: reference) }
    return found
  }

  /// Keywords that look at one value alone; those for another type hold.
  private func holds(_ keyword: String, _ argument: Value, _ value: Value) throws -> Bool {
    switch (keyword, argument, value) {
    case ("type", .text(let type), _): return isOf(type, value)
    case ("type", .list(let types), _): return types.contains { $0 == .text(typeName(value)) }
    case ("const", let wanted, _): return value == wanted
    case ("enum", .list(let values), _): return values.contains(value)
    case ("pattern", .text(let pattern), .text(let text)):
      let range = NSRange(location: 0, length: text.utf16.count)
      return try NSRegularExpression(pattern: pattern).firstMatch(in: text, range: range) != nil
    case ("minimum", .number(let least), .number(let number)): return number >= least
    case ("maximum", .number(let most), .number(let number)): return number <= most
    case ("minItems", .number(let least), .list(let items)): return items.count >= Int(least)
    case ("minProperties", .number(let least), .object(let fields)):
      return fields.count >= Int(least)
    case ("required", .list(let names), .object(let fields)):
      return names.allSatisfy {
        if case .text(let name) = $0 { fields[name] != nil } else { false }
      }
    case ("dependentRequired", .object(let needs), .object(let fields)):
      return try needs.allSatisfy {
        try fields[$0.key] == nil || holds("required", $0.value, value)
      }
    case ("pattern", _, _), ("minimum", _, _), ("maximum", _, _), ("minItems", _, _),
      ("minProperties", _, _), ("required", _, _), ("dependentRequired", _, _),
      ("properties", _, _), ("additionalProperties", _, _), ("items", _, _):
      return true
    default: throw UnknownKeyword(name: keyword)
    }
  }

  private func isOf(_ type: String, _ value: Value) -> Bool {
    if type == "integer", case .number(let number) = value { return number == number.rounded() }
    return type == typeName(value)
  }

  private func typeName(_ value: Value) -> String {
    switch value {
    case .null: "null"
    case .flag: "boolean"
    case .number: "number"
    case .text: "string"
    case .list: "array"
    case .object: "object"
    }
  }
}
