/// Why a policy cannot be used.
package enum PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Every problem that was found in one file (at most `PolicyReader.mostProblems`), by line.
  case invalid(file: String, problems: [PolicyProblem])
  /// A filter as Docker's prune commands take them, that cannot be understood.
  case unusableFilter(String, reason: String)

  /// One line per problem: `ci.yaml:14: remove.images[0].danglin: unknown key; did you mean …?`.
  package var description: String {
    switch self {
    case .invalid(let file, let problems):
      problems.map { "\(file):\($0)" }.joined(separator: "\n")
    case .unusableFilter(let filter, let reason):
      "cannot use the filter \(filter.inQuotes): \(reason)"
    }
  }
}

/// One thing that is wrong with a policy, and where.
package struct PolicyProblem: Hashable, Sendable, CustomStringConvertible {
  /// From 1.
  package let line: Int
  /// `remove.images[0].dangling`; empty where the whole file is meant.
  package let keyPath: String
  package let message: String
  /// What was probably meant.
  package let suggestion: String?

  /// `14: remove.images[0].danglin: unknown key; did you mean 'dangling'?`.
  package var description: String {
    let place = keyPath.isEmpty ? "\(line)" : "\(line): \(keyPath)"
    return "\(place): \(message)" + (suggestion.map { "; did you mean '\($0)'?" } ?? "")
  }
}

/// A value that cannot be read, before its place is known.
struct ValueError: Error {
  let message: String
  var suggestion: String?

  init(_ message: String, suggestion: String? = nil) {
    self.message = message
    self.suggestion = suggestion
  }

  /// A word that nobody knows, with the one that was probably meant, or else all that are known.
  init(unknown what: String, _ word: String, known: [String]) {
    let suggestion = Suggestion.nearest(to: word, in: known)
    let all = suggestion == nil ? "; known here: " + known.joined(separator: ", ") : ""
    self.init("unknown \(what) \(word.inQuotes)\(all)", suggestion: suggestion)
  }
}

extension String {
  /// In quotes, in one line, without control characters and not longer than a message can bear.
  var inQuotes: String {
    var shown = "'"
    for (count, scalar) in unicodeScalars.enumerated() {
      guard count < 60 else {
        shown += "…"
        break
      }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        shown += "\\u{\(String(scalar.value, radix: 16))}"
      default: shown.unicodeScalars.append(scalar)
      }
    }
    return shown + "'"
  }
}
