/// A condition on labels: `key`, `!key`, `key=value` or `key!=value`.
struct LabelPattern: Hashable, Sendable {
  private enum Test: Hashable, Sendable {
    case exists
    case isMissing
    case equals(String)
    case differs(String)
  }

  private let key: String
  private let test: Test

  init(_ text: String) throws(ValueError) {
    guard let sign = text.firstIndex(of: "=") else {
      let isMissing = text.hasPrefix("!")
      key = isMissing ? String(text.dropFirst()) : text
      test = isMissing ? .isMissing : .exists
      if key.isEmpty { throw ValueError("the label is empty") }
      return
    }
    let value = String(text[text.index(after: sign)...])
    let left = text[..<sign]
    if left.hasSuffix("!") {
      key = String(left.dropLast())
      test = .differs(value)
    } else {
      key = String(left)
      test = .equals(value)
    }
    if key.isEmpty { throw ValueError("\(text.inQuotes) has no label before the sign") }
  }

  /// A label that is missing differs from every value, as in Docker's `label!=`.
  func matches(_ labels: [String: String]) -> Bool {
    switch test {
    case .exists: labels[key] != nil
    case .isMissing: labels[key] == nil
    case .equals(let value): labels[key] == value
    case .differs(let value): labels[key] != value
    }
  }

  /// Whether any labels that it matches, the other one matches too.
  func implies(_ other: LabelPattern) -> Bool {
    guard key == other.key else { return false }
    return switch (test, other.test) {
    case (.equals, .exists), (.isMissing, .differs): true
    case (.equals(let value), .differs(let unwanted)): value != unwanted
    default: test == other.test
    }
  }
}
