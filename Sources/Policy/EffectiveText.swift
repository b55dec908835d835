extension RetentionPolicy {
  /// The policy as YAML with its defaults spelt out and every rule in one line.
  ///
  /// Reading it gives the same rules again.
  package var effectiveText: String {
    var lines = ["version: 1"]
    if let description { lines.append("description: \(YAMLScalar.text(description))") }
    lines.append("grace: \(Age.text(grace))")
    if let stopTimeout { lines.append("stop-timeout: \(Age.text(.seconds(stopTimeout)))") }
    let keep = [
      ("containers", rules.keepContainers.map(\.reference)),
      ("images", rules.keepImages.map(\.reference)),
    ]
    let stop = [("containers", rules.stopContainers.map(\.reference))]
    let remove = [
      ("containers", rules.removeContainers.map(\.reference)),
      ("images", rules.removeImages.map(\.reference)),
    ]
    for (verb, lists) in [("keep", keep), ("stop", stop), ("remove", remove)] {
      let filled = lists.filter { !$0.1.isEmpty }
      if !filled.isEmpty { lines.append("\(verb):") }
      for (kind, references) in filled {
        lines.append("  \(kind):")
        lines += references.map { "    - { \($0.text) }" }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
