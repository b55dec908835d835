import Yams

/// A rule as it was written: known keys, unread values.
struct RawRule {
  let reference: RuleReference
  let entries: [RawEntry]
}

/// One key of a rule with its values as texts.
struct RawEntry {
  let key: RuleKey
  let keyPath: String
  let line: Int
  let values: [(text: String, line: Int)]
  /// Whether the values stand in a list, be it of one.
  let isList: Bool

  /// `status: [exited, dead]`.
  var text: String {
    let texts = values.map { YAMLScalar.text($0.text) }.joined(separator: ", ")
    return "\(key.rawValue): " + (isList ? "[\(texts)]" : texts)
  }
}

/// How a text is written as a scalar of YAML that is safe inside of `[…]` and `{…}` too.
enum YAMLScalar {
  static func text(_ value: String) -> String {
    let isPlain = value.utf8.allSatisfy { byte in
      byte.isASCIILetterOrDigit || "._/-:*=!@+".utf8.contains(byte)
    }
    if isPlain, value != "null", let first = value.utf8.first, first.isASCIILetterOrDigit,
      !value.hasSuffix(":")
    {
      return value
    }
    var quoted = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\0"..."\u{1f}", "\u{7f}"..."\u{a0}", "\u{2028}", "\u{2029}", "\u{feff}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension UInt8 {
  fileprivate var isASCIILetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}

extension PolicyReader {
  /// The rules of one list, as far as they can be told apart.
  mutating func rawRules(of node: Node, at place: RulePlace) -> [RawRule] {
    let path = "\(place.verb.rawValue).\(place.kind.rawValue)"
    guard let list = node.sequence, !list.isEmpty else {
      report("must be a list of rules, each with a dash in front", node, path)
      return []
    }
    return list.enumerated().compactMap { rawRule($1, at: place, "\(path)[\($0)]") }
  }

  private mutating func rawRule(_ node: Node, at place: RulePlace, _ path: String) -> RawRule? {
    guard let mapping = node.mapping else {
      report("a rule must be a mapping of keys, such as 'label: keep'", node, path)
      return nil
    }
    guard let first = mapping.first else {
      report("the rule is empty; to select everything, say \(place.everything)", node, path)
      return nil
    }
    let entries = mapping.compactMap { rawEntry($0.key, $0.value, at: place, path) }
    let reference = RuleReference(
      file: file, line: first.key.mark?.line ?? 1, keyPath: path,
      text: entries.map(\.text).joined(separator: ", "))
    return RawRule(reference: reference, entries: entries)
  }

  private mutating func rawEntry(
    _ keyNode: Node, _ node: Node, at place: RulePlace, _ path: String
  ) -> RawEntry? {
    let word = name(of: keyNode)
    guard let key = RuleKey(rawValue: word), place.keys.contains(key) else {
      let isMisplaced = RuleKey(rawValue: word) != nil
      report(
        place.complaint(about: word), line: keyNode.mark?.line ?? 1,
        isMisplaced ? "\(path).\(word)" : path)
      return nil
    }
    let keyPath = "\(path).\(word)"
    var values: [(text: String, line: Int)] = []
    if let list = node.sequence {
      if list.isEmpty { report("the list is empty", node, keyPath) }
      for (index, item) in list.enumerated() {
        guard let text = text(of: item, "\(keyPath)[\(index)]") else { continue }
        values.append((text, item.mark?.line ?? 1))
      }
    } else if let text = text(of: node, keyPath) {
      values.append((text, node.mark?.line ?? 1))
    }
    return RawEntry(
      key: key, keyPath: keyPath, line: keyNode.mark?.line ?? 1, values: values,
      isList: node.sequence != nil)
  }

  /// Every value of a key; what cannot be read is reported and left out.
  mutating func values<Value>(
    of entry: RawEntry, _ read: (String) throws(ValueError) -> Value
  ) -> [Value] {
    var values: [Value] = []
    for (index, value) in entry.values.enumerated() {
      do {
        values.append(try read(value.text))
      } catch {
        report(
          error, line: value.line, entry.isList ? "\(entry.keyPath)[\(index)]" : entry.keyPath)
      }
    }
    return values
  }

  /// The value of a key that takes one.
  mutating func value<Value>(
    of entry: RawEntry, _ read: (String) throws(ValueError) -> Value
  ) -> Value? {
    guard !entry.isList else {
      report(ValueError("takes one value, not a list"), line: entry.line, entry.keyPath)
      return nil
    }
    return values(of: entry, read).first
  }

  /// For `all`, which has no other value.
  mutating func requireTrue(_ entry: RawEntry) -> Bool {
    guard entry.isList || entry.values.contains(where: { $0.text != "true" }) else { return true }
    report(ValueError("must be true, or left out"), line: entry.line, entry.keyPath)
    return false
  }

  /// For keys that are `true` or `false`.
  mutating func flag(_ entry: RawEntry) -> Bool? {
    value(of: entry) { text throws(ValueError) in
      guard text == "true" || text == "false" else {
        throw ValueError("\(text.inQuotes) must be true or false")
      }
      return text == "true"
    }
  }

  /// A scalar's text; nil, and a problem, for anything else and for nothing.
  mutating func text(of node: Node, _ path: String) -> String? {
    guard let scalar = node.scalar else {
      report("must be a single value", node, path)
      return nil
    }
    guard !node.isNothing else {
      report("has no value", node, path)
      return nil
    }
    return scalar.string
  }

  /// A key as a text; whatever cannot be one is no key that anything knows.
  func name(of node: Node) -> String { node.scalar?.string ?? "" }
}

extension Node {
  /// Whether nothing was written, or YAML's word for it.
  var isNothing: Bool {
    guard let scalar, scalar.style == .plain else { return false }
    return ["", "~", "null"].contains(scalar.string)
  }
}
