import Foundation
import GRDB
import Inventory

extension Timestamp: DatabaseValueConvertible {
  /// Whole microseconds since 1970.
  var databaseValue: DatabaseValue { microseconds.databaseValue }

  /// Nil for what no Balai has written: a date beyond the years 1 to 9999.
  static func fromDatabaseValue(_ value: DatabaseValue) -> Timestamp? {
    Int64.fromDatabaseValue(value).map(Timestamp.init(microseconds:)).flatMap {
      Timestamp(seconds: .min) <= $0 && $0 <= Timestamp(seconds: .max) ? $0 : nil
    }
  }
}

/// Labels, names and keys as one text column: JSON, the same text for the same value.
enum JSONColumn {
  static func text(_ labels: [String: String]) throws -> String {
    labels.isEmpty ? "{}" : try encode(labels)
  }

  static func text(_ list: [String]) throws -> String { list.isEmpty ? "[]" : try encode(list) }

  static func text(_ numbers: [Int64]) -> String {
    "[" + numbers.map(String.init).joined(separator: ",") + "]"
  }

  static func labels(_ text: String) throws -> [String: String] {
    text == "{}" ? [:] : try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
  }

  static func list(_ text: String) throws -> [String] {
    text == "[]" ? [] : try JSONDecoder().decode([String].self, from: Data(text.utf8))
  }

  static func text(_ hosts: [Namespace: ContainerID]?) throws -> String? {
    try hosts.map { hosts in
      try text(Dictionary(uniqueKeysWithValues: hosts.map { ($0.rawValue, $1.rawValue) }))
    }
  }

  /// A namespace that a later Balai knows is left out.
  static func hosts(_ text: String?) throws -> [Namespace: ContainerID]? {
    guard let text else { return nil }
    return try labels(text).reduce(into: [:]) { hosts, entry in
      if let namespace = Namespace(rawValue: entry.key) {
        hosts[namespace] = ContainerID(entry.value)
      }
    }
  }

  private static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
