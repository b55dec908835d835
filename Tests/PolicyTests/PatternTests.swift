import TestSupport
import Testing

@testable import Policy

@Test(arguments: [
  ("*", "nginx", true), ("*", "team/nginx", false), ("*/*", "team/nginx", true),
  ("", "", false), ("a?c", "abc", true), ("a?c", "a/c", false), ("[a-c]x", "bx", true),
  ("[^a-c]x", "bx", false), ("[^a]x", "/x", false), ("a\\*", "a*", true), ("a\\*", "ab", false),
  ("a*b*c", "aXbYc", true), ("a*b*c", "aXbY", false), ("*:1*", "app:12", true), ("**", "x", true),
  ("app", "app", true), ("app", "apps", false), ("[\\]]", "]", true),
])
func globs(pattern: String, text: String, matches: Bool) {
  #expect(((try? Glob(pattern))?.matches(text) ?? false) == matches)
}

@Test(arguments: ["", "[a", "[", "[z-a]", "a\\", "[-a]", "[]]", "[a-]", "a b", "é", "a\n"])
func brokenGlobsAreRefused(pattern: String) {
  #expect(throws: ValueError.self) { try Glob(pattern) }
}

/// The definition, tried in every way; only good for short texts.
private func slowly(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
  guard let first = pattern.first else { return text.isEmpty }
  let rest = pattern.dropFirst()
  if first == "*" {
    if slowly(rest, text) { return true }
    return text.first.map { $0 != "/" && slowly(pattern, text.dropFirst()) } ?? false
  }
  guard let character = text.first else { return false }
  return (first == "?" ? character != "/" : first == character) && slowly(rest, text.dropFirst())
}

@Test func globsMatchAsTheirDefinitionSays() throws {
  var random = SeededGenerator(seed: 7)
  var matched = 0
  for _ in 0..<20_000 {
    let pattern = (0..<Int.random(in: 1...7, using: &random)).map { _ in
      random.pick(Array("ab/**?"))
    }
    let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in random.pick(Array("aab/")) }
    let expected = slowly(pattern[...], text[...])
    matched += expected ? 1 : 0
    #expect(try Glob(String(pattern)).matches(String(text)) == expected, "\(pattern) \(text)")
  }
  #expect(matched > 1_000)
}

@Test func manyStarsAreNotSlow() throws {
  let glob = try Glob(String(repeating: "a*", count: 500) + "b")
  #expect(!glob.matches(String(repeating: "a", count: 5_000)))
}

@Test(arguments: [
  ("nginx", "nginx:1.27", true), ("nginx", "team/nginx:1", false), ("nginx:*", "nginx:1", true),
  ("nginx:1", "nginx:2", false), ("*", "nginx:1", true), ("*", "team/app:1", false),
  ("registry.example.com/base/*", "registry.example.com/base/go:1", true),
  ("registry.example.com/*", "registry.example.com/base/go:1", false),
  ("localhost:5000/app", "localhost:5000/app:2", true), ("localhost", "localhost:5000/app", false),
  ("nginx", "docker.io/library/nginx:1", true), ("docker.io/library/nginx", "nginx:1", true),
  ("docker.io/team/*", "team/app:1", true), ("app@sha256:*", "app@sha256:0a1b", true),
  ("app", "app@sha256:0a1b", true), ("app:*", "app@sha256:0a1b", false),
])
func referencePatterns(pattern: String, reference: String, matches: Bool) throws {
  #expect(try ReferencePattern(pattern).matches(reference) == matches)
}

@Test(arguments: [
  ("30s", 30), ("10m", 600), ("24h", 86_400), ("14d", 1_209_600), ("2w", 1_209_600),
  ("1d12h", 129_600), ("1w1d1h1m1s", 694_861), ("0s", 0), ("36500d", 3_153_600_000),
])
func durations(text: String, seconds: Int64) throws {
  #expect(try Age.read(text) == .seconds(seconds))
  #expect(try Age.read(Age.text(.seconds(seconds))) == .seconds(seconds))
}

@Test(arguments: [
  ("10", "'10' has no unit"), ("-1h", "'-1h' is negative"), ("1y", "unknown unit 'y'"),
  ("1M", "unknown unit 'M'"), ("", "'' is not a duration"), ("h", "'h' is not a duration"),
  ("1h1d", "the larger first"), ("1h1h", "each unit once"), ("1.5h", "unknown unit '.'"),
  ("1 h", "unknown unit ' '"), ("36501d", "longer than 100 years"),
  ("99999999999999999999d", "longer than 100 years"), ("9223372036854775807w", "longer than 100"),
  ("１h", "is not a duration"),
])
func wrongDurationsSayWhatIsWrong(text: String, part: String) {
  let error = #expect(throws: ValueError.self) { try Age.read(text) }
  #expect(error?.message.contains(part) == true)
}

@Test(arguments: [
  "2026-02-30", "2026-13-01", "2026-1-1", "01/02/2026", "2026-01-01T25:00:00Z", "x",
])
func datesThatDoNotExistAreRefused(text: String) {
  #expect(throws: ValueError.self) { try CreationLimit(text) }
}

@Test(arguments: [
  (0, "less than a second"), (1, "1 second"), (119, "1 minute"), (7_200, "2 hours"),
  (864_000, "10 days"), (-5, "less than a second"),
])
func agesInWords(seconds: Int64, words: String) {
  #expect(Age.words(.seconds(seconds)) == words)
}

@Test(arguments: [
  ("dangling", "dangling", 0), ("danglign", "dangling", 1), ("", "abc", 3), ("ca", "abc", 3),
  ("kitten", "sitting", 3),
])
func editDistances(left: String, right: String, distance: Int) {
  #expect(Suggestion.distance(left, right) == distance)
  #expect(Suggestion.distance(right, left) == distance)
}
