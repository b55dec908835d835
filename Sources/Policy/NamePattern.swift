/// A pattern for names: a glob, or a regular expression where it stands between slashes.
enum NamePattern: Hashable, Sendable {
  case glob(Glob)
  case regex(RegexPattern)

  init(_ text: String) throws(ValueError) {
    self =
      RegexPattern.isWritten(as: text)
      ? .regex(try RegexPattern(text)) : .glob(try Glob(text))
  }

  /// The only name that it matches; nil where it may match several.
  var literal: String? {
    switch self {
    case .glob(let glob): glob.literal
    case .regex: nil
    }
  }

  func matches(_ text: some StringProtocol) -> Bool {
    switch self {
    case .glob(let glob): glob.matches(text)
    case .regex(let regex): regex.matches(text)
    }
  }
}
