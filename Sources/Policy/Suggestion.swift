/// What a misspelt word was probably meant to be.
enum Suggestion {
  /// Words of other tools for what Balai calls differently, the likelier first.
  private static let synonyms = [
    "until": ["created-before", "unused-for"], "older-than": ["created-before", "unused-for"],
    "before": ["created-before"], "last-used": ["unused-for"],
    "repository": ["reference"], "repo": ["reference"], "tag": ["reference"], "ref": ["reference"],
    "state": ["status"], "timeout": ["stop-timeout"],
    "exited": ["exit-code"], "exitcode": ["exit-code"], "project": ["compose-project"],
    "from": ["ancestor"], "base": ["ancestor"], "size": ["larger-than"],
    "bigger-than": ["larger-than"], "semver": ["version"], "tagged": ["last-tag"],
    "container": ["containers"], "image": ["images", "ancestor"], "volume": ["volumes"],
    "network": ["networks"], "cache": ["build-cache"], "builder": ["build-cache"],
    "buildcache": ["build-cache"],
    "delete": ["remove"], "rm": ["remove"], "protect": ["keep"], "last": ["newest"],
    "stopped": ["exited"], "stopping": ["removing"], "running": ["running-for"],
    "local": ["source.local"], "git": ["source.git.checkout"], "cachemount": ["exec.cachemount"],
  ]

  /// The nearest of some words, where one is near enough to be meant.
  static func nearest(to word: String, in known: [String]) -> String? {
    guard word.utf8.count <= 40 else { return nil }
    let plain = word.lowercased().replacing("_", with: "-")
    if known.contains(plain) { return plain }
    if let synonym = synonyms[plain]?.first(where: known.contains) { return synonym }
    let most = max(1, word.utf8.count / 3)
    let ranked = known.map { (word: $0, distance: distance(plain, $0)) }
    return ranked.filter { $0.distance <= most }.min { $0.distance < $1.distance }?.word
  }

  /// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
  static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, byte) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var least = min(
          last[column + 1] + 1, current[column] + 1, last[column] + (byte == other ? 0 : 1))
        if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
          least = min(least, beforeLast[column - 1] + 1)
        }
        current.append(least)
      }
      (beforeLast, last) = (last, current)
    }
    return last[right.count]
  }
}
