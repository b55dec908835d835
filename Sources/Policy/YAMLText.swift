import Yams

/// From text to a tree of YAML nodes with their places, without trusting the text.
enum YAMLText {
  /// Policies are a page long; what is larger was never meant as one.
  static let mostBytes = 1 << 20

  /// The root of the text's only document.
  ///
  /// Yams shares the nodes that an alias repeats, but walks through them whenever it hashes a key:
  /// a few lines of nested aliases would keep it busy for years. So aliases are refused before it
  /// sees the text. libyaml itself stops at 1000 levels of nesting.
  static func compose(_ text: String) throws(PolicyProblem) -> Node {
    guard text.utf8.count <= mostBytes else {
      throw problem(1, "is larger than 1 MiB: that is no policy")
    }
    let bytes = Array(text.utf8)
    if let nul = bytes.firstIndex(of: 0) {
      throw problem(line(at: nul, of: bytes), "holds a NUL character: that is no text")
    }
    if let alias = firstAlias(in: bytes) {
      throw problem(
        line(at: alias.place, of: bytes),
        "has an alias, \(("*" + alias.name).inQuotes): write its content instead, or put quotes "
          + "around a pattern")
    }
    do {
      // Editors that write a byte order mark mean nothing by it, but libyaml takes it for content.
      let isMarked = text.unicodeScalars.first == "\u{feff}"
      let plain = isMarked ? String(text.unicodeScalars.dropFirst()) : text
      let parser = try Parser(yaml: plain, resolver: .basic, encoding: .utf8)
      guard let root = try parser.singleRoot() else { throw problem(1, "is empty") }
      return root
    } catch let error as PolicyProblem {
      throw error
    } catch let error as YamlError {
      throw Self.problem(error, in: bytes)
    } catch {
      throw problem(1, "cannot be read as YAML: \(error)")
    }
  }

  private static func problem(_ line: Int, _ message: String) -> PolicyProblem {
    PolicyProblem(line: line, keyPath: "", message: message, suggestion: nil)
  }

  private static func problem(_ error: YamlError, in bytes: [UInt8]) -> PolicyProblem {
    switch error {
    case .scanner(let context, let what, let mark, _), .parser(let context, let what, let mark, _):
      if let quote = quotingHint(context?.mark, bytes) ?? quotingHint(mark, bytes) { return quote }
      let during = context.map { $0.text + ": " } ?? ""
      return problem(mark.line, "is not valid YAML: \(during)\(what)")
    case .composer(.some, _, let mark, _):
      return problem(mark.line, "has more than one YAML document; a policy is one")
    case .composer(.none, let what, let mark, _):
      return quotingHint(mark, bytes) ?? problem(mark.line, "is not valid YAML: \(what)")
    case .duplicatedKeysInMapping(let keys, let context):
      let shown = keys.prefix(5).map(\.inQuotes).joined(separator: ", ")
      return problem(context.mark.line, "has a key twice in one mapping: \(shown)")
    case .reader(let what, let offset, _, let text):
      let place = offset.map { text.prefix($0).utf8.count } ?? 0
      return problem(line(at: place, of: bytes), "cannot be read: \(what)")
    default:
      return problem(1, "is not valid YAML")
    }
  }

  /// What to say of a value that starts with a character that means something else to YAML.
  private static func quotingHint(_ mark: Mark?, _ bytes: [UInt8]) -> PolicyProblem? {
    guard let mark else { return nil }
    let lines = bytes.split(
      separator: UInt8(ascii: "\n"), maxSplits: mark.line, omittingEmptySubsequences: false)
    guard mark.line >= 1, mark.line <= lines.count else { return nil }
    let scalars = String(decoding: lines[mark.line - 1], as: UTF8.self).unicodeScalars
    guard mark.column >= 1, let first = scalars.dropFirst(mark.column - 1).first else { return nil }
    switch first {
    case "*", "&", "!", "%", "@", "`":
      return problem(
        mark.line, "is not valid YAML: a value that starts with \(first) needs quotes around it")
    case "\t": return problem(mark.line, "is not valid YAML: indent with spaces, not with tabs")
    default: return nil
    }
  }

  /// An alias needs `&name` and `*name` somewhere in the text; without both there can be none.
  private static func firstAlias(in bytes: [UInt8]) -> (name: String, place: Int)? {
    let anchors = Set(names(after: "&", in: bytes).map(\.name))
    guard !anchors.isEmpty else { return nil }
    return names(after: "*", in: bytes).first { anchors.contains($0.name) }
  }

  private static func names(
    after sign: Unicode.Scalar, in bytes: [UInt8]
  ) -> [(name: String, place: Int)] {
    var found: [(String, Int)] = []
    for (place, byte) in bytes.enumerated() where byte == UInt8(ascii: sign) {
      let name = bytes[(place + 1)...].prefix { isNamePart($0) }
      if !name.isEmpty { found.append((String(decoding: name, as: UTF8.self), place)) }
    }
    return found
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private static func line(at place: Int, of bytes: [UInt8]) -> Int {
    1 + bytes.prefix(place).count { $0 == UInt8(ascii: "\n") }
  }
}

extension PolicyProblem: Error {}
