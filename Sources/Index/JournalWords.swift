import GRDB
import Inventory

extension StepRecord {
  init(row: Row) throws {
    self.init(
      number: try row.decode(forColumn: "number"),
      action: try row.word(forColumn: "action"),
      object: try row.object(),
      title: try row.decode(forColumn: "title"),
      frees: Footprint(
        content: try row.bytes("bytes"), disk: try row.bytesIfKnown("disk")),
      restorability: try row.restorability(),
      intendedAt: try row.decode(forColumn: "intendedAt"),
      outcome: try row.outcome())
  }
}

extension Row {
  /// A column that holds a case's raw value.
  func word<Word: RawRepresentable<String>>(forColumn column: String) throws -> Word {
    let text = try decode(String.self, forColumn: column)
    guard let word = Word(rawValue: text) else { throw UnknownWord(text: text) }
    return word
  }

  /// The columns `…AtLeast` and `…AtMost`.
  func bytes(_ name: String) throws -> Bytes {
    Bytes(
      atLeast: try decode(forColumn: name + "AtLeast"),
      atMost: try decode(forColumn: name + "AtMost"))
  }

  /// The same, nil where they are NULL.
  func bytesIfKnown(_ name: String) throws -> Bytes? {
    try decode(Int64?.self, forColumn: name + "AtLeast") == nil ? nil : try bytes(name)
  }
}

extension Row {
  fileprivate func object() throws -> ObjectID {
    let kind = try decode(String.self, forColumn: "kind")
    guard let object = ObjectID(kind: kind, id: try decode(forColumn: "object")) else {
      throw UnknownWord(text: kind)
    }
    return object
  }

  fileprivate func restorability() throws -> Restorability? {
    guard let word = try decode(String?.self, forColumn: "restorability") else { return nil }
    guard let restorability = Restorability(word: word) else { throw UnknownWord(text: word) }
    return restorability
  }

  fileprivate func outcome() throws -> Outcome? {
    guard let word = try decode(String?.self, forColumn: "outcome") else { return nil }
    let reason = try decode(String?.self, forColumn: "detail") ?? ""
    guard let outcome = Outcome(word: word, reason: reason) else { throw UnknownWord(text: word) }
    return outcome
  }
}

/// A word in the journal that this Balai does not know.
struct UnknownWord: Error {
  let text: String
}
