import Foundation

/// A JSON value as an engine sent it, so that what Balai does not know of survives too.
///
/// Numbers keep every digit: a container's limits are bytes and nanoseconds beyond what a Double holds.
indirect enum EngineJSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case large(UInt64)
  case fraction(Double)
  case text(String)
  case list([EngineJSON])
  case object([String: EngineJSON])

  /// Nil: it is not JSON, or nested too deep.
  init?(_ text: some StringProtocol) {
    guard let value = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else {
      return nil
    }
    self = value
  }

  /// A member of an object; null where there is none, or where this is no object.
  subscript(key: String) -> EngineJSON {
    get { object?[key] ?? .null }
    set {
      var members = object ?? [:]
      members[key] = newValue
      self = .object(members)
    }
  }

  var object: [String: EngineJSON]? { if case .object(let members) = self { members } else { nil } }

  /// Empty for anything but a list.
  var list: [EngineJSON] { if case .list(let items) = self { items } else { [] } }

  var text: String? { if case .text(let text) = self { text } else { nil } }

  /// The texts of a list; whatever else is in it is left out.
  var texts: [String] { list.compactMap(\.text) }

  var isTrue: Bool { self == .bool(true) }

  /// Null, or a list, an object or a text without anything in it: engines send one for the other.
  var isEmpty: Bool {
    switch self {
    case .null: true
    case .text(let text): text.isEmpty
    case .list(let items): items.isEmpty
    case .object(let members): members.isEmpty
    case .bool, .integer, .large, .fraction: false
    }
  }

  /// Itself without this member.
  func without(_ key: String) -> EngineJSON {
    guard var members = object else { return self }
    members[key] = nil
    return .object(members)
  }
}

extension EngineJSON: Codable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    if let members = try? decoder.container(keyedBy: Key.self) {
      var object: [String: EngineJSON] = [:]
      for key in members.allKeys {
        object[key.stringValue] = try members.decode(EngineJSON.self, forKey: key)
      }
      self = .object(object)
      return
    }
    if var items = try? decoder.unkeyedContainer() {
      var list: [EngineJSON] = []
      while !items.isAtEnd { list.append(try items.decode(EngineJSON.self)) }
      self = .list(list)
      return
    }
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let integer = try? value.decode(Int64.self) {
      self = .integer(integer)
    } else if let large = try? value.decode(UInt64.self) {
      self = .large(large)
    } else {
      self = .fraction(try value.decode(Double.self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let members):
      var container = encoder.container(keyedBy: Key.self)
      for (key, value) in members { try container.encode(value, forKey: Key(stringValue: key)) }
    case .list(let items):
      var container = encoder.unkeyedContainer()
      for item in items { try container.encode(item) }
    case .null, .bool, .integer, .large, .fraction, .text:
      var container = encoder.singleValueContainer()
      switch self {
      case .bool(let bool): try container.encode(bool)
      case .integer(let integer): try container.encode(integer)
      case .large(let large): try container.encode(large)
      case .fraction(let fraction): try container.encode(fraction)
      case .text(let text): try container.encode(text)
      case .null, .object, .list: try container.encodeNil()
      }
    }
  }

  /// As it goes over the wire, its keys in order.
  var data: Data {
    get throws(EngineError) {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      do {
        return try encoder.encode(self)
      } catch {
        // Only a number that JSON cannot write gets here, and none such can be read from JSON.
        throw .unusableDescription(of: "an object", reason: "it cannot be written as JSON")
      }
    }
  }
}
