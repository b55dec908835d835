extension RetentionPolicy {
  /// The policy as YAML with its defaults spelt out and every rule in one line.
  ///
  /// Reading it gives the same rules again.
  package var effectiveText: String {
    var lines = ["version: 1"]
    if let description { lines.append("description: \(YAMLScalar.text(description))") }
    lines.append("grace: \(Age.text(grace))")
    if let stopTimeout { lines.append("stop-timeout: \(Age.text(.seconds(stopTimeout)))") }
    var verb: RulePlace.Verb?
    for place in RulePlace.all {
      let references = rules.references(at: place)
      guard !references.isEmpty else { continue }
      if verb != place.verb { lines.append("\(place.verb.rawValue):") }
      verb = place.verb
      lines.append("  \(place.kind.rawValue):")
      lines += references.map { "    - { \($0.text) }" }
    }
    lines += section("space", space?.texts) + section("limits", limits?.texts)
    lines += section("archive", archive?.texts)
    lines += section("engine", engine?.texts)
    return lines.joined(separator: "\n") + "\n"
  }

  private func section(_ name: String, _ keys: [(key: String, text: String)]?) -> [String] {
    guard let keys, !keys.isEmpty else { return [] }
    return ["\(name):"] + keys.map { "  \($0.key): \($0.text)" }
  }
}
