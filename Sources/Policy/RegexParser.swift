/// Reads the text between the slashes of a regular expression.
struct RegexParser {
  private let characters: [Unicode.Scalar]
  private var place = 0

  init(_ characters: [Unicode.Scalar]) { self.characters = characters }

  mutating func parse() throws(ValueError) -> RegexTree {
    let tree = try readAlternatives()
    guard place == characters.count else { throw problem("has a ) without its (", at: place) }
    return tree
  }

  private var next: Unicode.Scalar? { place < characters.count ? characters[place] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    place += 1
    return true
  }

  /// Says what is wrong and where, counted from 1 behind the first slash.
  private func problem(_ message: String, at place: Int) -> ValueError {
    var rest = String.UnicodeScalarView()
    rest.append(contentsOf: characters[min(place, characters.count)...].prefix(12))
    let seen = rest.isEmpty ? "at its end" : "at character \(place + 1), \(String(rest).inQuotes)"
    return ValueError("the regular expression \(message) (\(seen))")
  }

  private mutating func readAlternatives() throws(ValueError) -> RegexTree {
    var parts = [try readSequence()]
    while take("|") { parts.append(try readSequence()) }
    return parts.count == 1 ? parts[0] : .either(parts)
  }

  private mutating func readSequence() throws(ValueError) -> RegexTree {
    var parts: [RegexTree] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      parts.append(try readRepeats(of: try readOne()))
    }
    return .sequence(parts)
  }

  private mutating func readOne() throws(ValueError) -> RegexTree {
    let start = place
    let scalar = characters[place]
    place += 1
    switch scalar {
    case "^": return .start
    case "$": return .end
    case ".": return .one(.allButNewlines)
    case "[": return .one(try readClass(from: start))
    case "\\": return .one(try readEscape(from: start))
    case "(":
      if take("?"), !take(":") {
        throw problem(
          "has a lookaround, a flag or a name, which are not supported: only (…) and (?:…) are",
          at: start)
      }
      let tree = try readAlternatives()
      guard take(")") else { throw problem("has a ( without its )", at: start) }
      return tree
    case "*", "+", "?":
      throw problem("has nothing to repeat here; write \\\(scalar) for the character", at: start)
    case "{":
      throw problem("has nothing to repeat here; write \\{ for the character", at: start)
    default: return .one(.only(scalar))
    }
  }

  private mutating func readRepeats(of tree: RegexTree) throws(ValueError) -> RegexTree {
    let start = place
    let repeated: RegexTree
    switch next {
    case "*": repeated = .repeated(tree, atLeast: 0, atMost: nil)
    case "+": repeated = .repeated(tree, atLeast: 1, atMost: nil)
    case "?": repeated = .repeated(tree, atLeast: 0, atMost: 1)
    case "{": repeated = try readCount(of: tree)
    default: return tree
    }
    if tree == .start || tree == .end {
      throw problem("cannot repeat ^ or $", at: start)
    }
    place += 1
    // A lazy repeat finds another match, but matches the same texts.
    _ = take("?")
    return repeated
  }

  /// `{2}`, `{2,}` or `{2,5}`, up to but not past its last bracket.
  private mutating func readCount(of tree: RegexTree) throws(ValueError) -> RegexTree {
    let start = place
    place += 1
    guard let least = readNumber() else { throw countProblem(at: start) }
    var most: Int? = least
    if take(",") { most = readNumber() }
    guard next == "}" else { throw countProblem(at: start) }
    guard max(least, most ?? 0) <= RegexPattern.mostRepeats else {
      throw problem("repeats more than \(RegexPattern.mostRepeats) times", at: start)
    }
    if let most, most < least { throw problem("repeats at most less than at least", at: start) }
    return .repeated(tree, atLeast: least, atMost: most)
  }

  private func countProblem(at start: Int) -> ValueError {
    problem("needs a count such as {2}, {2,} or {2,5}; write \\{ for the character", at: start)
  }

  private mutating func readNumber() -> Int? {
    var value: Int?
    while let scalar = next, ScalarSet.digits.contains(scalar) {
      value = min(100_000, (value ?? 0) * 10 + Int(scalar.value - 0x30))
      place += 1
    }
    return value
  }

  private mutating func readEscape(from start: Int) throws(ValueError) -> ScalarSet {
    guard let scalar = next else {
      throw problem("ends with a backslash; write \\\\ for the character", at: start)
    }
    place += 1
    switch scalar {
    case "d": return .digits
    case "w": return .wordParts
    case "s": return .spaces
    case "D": return ScalarSet(ranges: ScalarSet.digits.ranges, isNegated: true)
    case "W": return ScalarSet(ranges: ScalarSet.wordParts.ranges, isNegated: true)
    case "S": return ScalarSet(ranges: ScalarSet.spaces.ranges, isNegated: true)
    case "0"..."9", "k":
      throw problem("refers back to a group, which is not supported", at: start)
    case "b", "B", "A", "z", "Z":
      throw problem("knows no \\\(scalar): of anchors it has ^ and $", at: start)
    case "a"..."z", "A"..."Z":
      throw problem("knows no \\\(scalar): of letters it has \\d \\w \\s \\D \\W \\S", at: start)
    default: return .only(scalar)
    }
  }

  private mutating func readClass(from start: Int) throws(ValueError) -> ScalarSet {
    let isNegated = take("^")
    var set = ScalarSet(ranges: [])
    var isEmpty = true
    while let scalar = next, scalar != "]" {
      isEmpty = false
      let low = try readMember(from: start)
      guard next == "-", place + 1 < characters.count, characters[place + 1] != "]" else {
        set.formUnion(low)
        continue
      }
      let dash = place
      place += 1
      let high = try readMember(from: start)
      guard let first = low.onlyMember, let last = high.onlyMember, first <= last else {
        throw problem("has a range that is none; write \\- for the character", at: dash)
      }
      set.formUnion(ScalarSet(ranges: [first...last]))
    }
    guard take("]") else { throw problem("has a [ without its ]", at: start) }
    if isEmpty { throw problem("has an empty class; write \\] for the character", at: start) }
    set.isNegated = isNegated
    return set
  }

  private mutating func readMember(from start: Int) throws(ValueError) -> ScalarSet {
    guard let scalar = next else { throw problem("has a [ without its ]", at: start) }
    let begin = place
    place += 1
    switch scalar {
    case "\\": return try readEscape(from: begin)
    case "[": throw problem("has a [ within a class; write \\[ for the character", at: begin)
    default: return .only(scalar)
    }
  }
}

extension ScalarSet {
  /// The character of a set of one.
  fileprivate var onlyMember: UInt32? {
    guard !isNegated, ranges.count == 1, ranges[0].count == 1 else { return nil }
    return ranges[0].lowerBound
  }
}
