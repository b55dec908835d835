import Inventory
import Policy

/// Pieces of JSON that several documents have in common.
extension JSON {
  /// The shapes that this Balai writes; it rises when a key goes or changes its meaning, not when
  /// one is added.
  static let formatVersion: JSON = 1

  static func engine(_ engine: EngineIdentity) -> JSON {
    [
      "kind": .string(engine.kind.rawValue),
      "id": .string(engine.id),
      "hostName": .string(engine.hostName),
      "rootDirectory": .string(engine.rootDirectory),
      "serverVersion": .string(engine.serverVersion),
      "apiVersion": .string(engine.apiVersion),
      "storageDriver": .string(engine.storageDriver),
      "imageStore": .string(engine.imageStore.rawValue),
    ]
  }

  static func object(_ object: ObjectID, name: String) -> JSON {
    ["kind": .string(object.kind), "id": .string(object.id), "name": .string(name)]
  }

  static func reason(_ reason: Reason) -> JSON {
    [
      "code": .string(reason.code.rawValue),
      "detail": .string(reason.detail),
      "rule": reason.rule.map(JSON.rule) ?? .null,
    ]
  }

  static func rule(_ rule: RuleReference) -> JSON {
    [
      "file": .string(rule.file), "line": .count(rule.line), "keyPath": .string(rule.keyPath),
      "text": .string(rule.text),
    ]
  }
}
