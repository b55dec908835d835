import Foundation
import TestSupport
import Testing

@testable import Policy

@Test(arguments: [
  ("/a/", "cab", true), ("/^a/", "ba", false), ("/a$/", "ab", false), ("/^a|b$/", "xb", true),
  ("/^(web|db)-[0-9]{2}$/", "db-17", true), ("/^(web|db)-[0-9]{2}$/", "db-7", false),
  ("/^[^-]+$/", "a-b", false), ("/^\\w+\\.\\d{1,3}$/", "v_1.27", true), ("/a\\/b/", "xa/b", true),
  ("/a/b/", "a/b", true), ("/x{0}/", "", true), ("/^(a|)$/", "", true), ("/[\\]]/", "]", true),
  ("/[a-]/", "-", true), ("/[\\d-]/", "-", true), ("/^[\\D]$/", "1", false), ("/A/", "a", false),
  ("/^.$/", "é", true), ("/()*/", "x", true), ("/^(?:ab)+?$/", "abab", true),
])
func regularExpressions(pattern: String, text: String, matches: Bool) throws {
  #expect(try RegexPattern(pattern).matches(text) == matches)
  #expect(try NamePattern(pattern).matches(text) == matches)
}

@Test(arguments: [
  ("//", "is empty"),
  ("/a(?=b)/", "not supported: only (…) and (?:…) are (at character 2, '(?=b)')"),
  ("/(?i)a/", "a flag"),
  ("/(a)\\1/", "refers back to a group, which is not supported (at character 4"),
  ("/\\bx/", "knows no \\b"), ("/\\p{L}/", "knows no \\p"), ("/*a/", "nothing to repeat"),
  ("/a**/", "nothing to repeat here; write \\* for the character (at character 3"),
  ("/a{,2}/", "needs a count"), ("/a{x/", "needs a count"),
  ("/a{3,2}/", "at most less than at least"),
  ("/a{256}/", "more than 255 times"), ("/a{99999999999999999999}/", "more than 255 times"),
  ("/^*/", "cannot repeat"), ("/(a/", "a ( without its ) (at character 1"),
  ("/a)/", "a ) without its ( (at character 2"), ("/[a/", "a [ without its ]"),
  ("/[]/", "empty class"),
  ("/[z-a]/", "a range that is none"), ("/[a-\\d]/", "a range that is none"),
  ("/[[:alpha:]]/", "a [ within a class"), ("/a\\/", "ends with a backslash"),
  ("/a b/", "visible ASCII"), ("/é/", "visible ASCII"), ("/a\0/", "visible ASCII"),
  ("/((a{200}){200}){200}/", "too large"), ("/((((){250}){250}){250}){250}/", "too large"),
])
func regularExpressionsThatCannotBeSayWhyAndWhere(pattern: String, part: String) {
  let error = #expect(throws: ValueError.self) { try NamePattern(pattern) }
  #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
}

@Test func regularExpressionsHaveALimit() throws {
  _ = try RegexPattern("/" + String(repeating: "a", count: 256) + "/")
  #expect(throws: ValueError.self) {
    try RegexPattern("/" + String(repeating: "a", count: 257) + "/")
  }
  let deep = String(repeating: "(", count: 128) + String(repeating: ")", count: 128)
  #expect(try RegexPattern("/\(deep)/").matches("x"))
}

/// Small patterns of what both know and mean the same by.
private func randomPattern(_ random: inout SeededGenerator, depth: Int = 3) -> String {
  let atoms = [
    "a", "b", "1", "-", ".", "\\.", "\\d", "\\w", "\\D", "[ab]", "[^a]", "[0-9a]", "\\W",
  ]
  if depth == 0 { return random.pick(atoms) }
  switch Int.random(in: 0..<9, using: &random) {
  case 0: return "^" + randomPattern(&random, depth: depth - 1)
  case 1: return randomPattern(&random, depth: depth - 1) + "$"
  case 2, 3:
    let group = "(" + randomPattern(&random, depth: depth - 1) + ")"
    // Lazy repeats of what may be empty are left out: ICU loses matches of a later alternative.
    return group + random.pick(["", "*", "+", "?", "{2}", "{1,}", "{0,2}"])
  case 4:
    return randomPattern(&random, depth: depth - 1) + "|" + randomPattern(&random, depth: depth - 1)
  case 5: return random.pick(atoms) + random.pick(["*", "+", "?", "{2}", "{0,3}", "+?"])
  default:
    return randomPattern(&random, depth: depth - 1) + randomPattern(&random, depth: depth - 1)
  }
}

@Test func regularExpressionsMatchWhatFoundationsMatch() throws {
  var random = SeededGenerator(seed: 11)
  var matched = 0
  for _ in 0..<1_000 {
    let pattern = randomPattern(&random)
    let ours = try RegexPattern("/\(pattern)/")
    let theirs = try NSRegularExpression(pattern: pattern)
    for _ in 0..<4 {
      let text = String(
        (0..<Int.random(in: 0...7, using: &random)).map { _ in random.pick(Array("aab1-.")) })
      let range = NSRange(location: 0, length: text.utf16.count)
      let expected = theirs.firstMatch(in: text, range: range) != nil
      matched += expected ? 1 : 0
      if ours.matches(text) != expected { Issue.record("\(pattern) on \(text)") }
    }
  }
  #expect((500..<3_700).contains(matched), "the law was not put to the test: \(matched)")
}

@Test(arguments: [
  "/^(a+)+$/", "/^(a|a)*$/", "/^(a|aa)+$/", "/(a*)*b/", "/(.*)(.*)(.*)(.*)x/",
  "/^(a?){100}a{100}$/",
  "/([a-z]+)*[0-9]/", "/((a?)*)*b/",
])
func hostileRegularExpressionsTakeFewStepsForEachCharacter(pattern: String) throws {
  let regex = try RegexPattern(pattern)
  for length in [10, 100, 1_000] {
    let text = String(repeating: "a", count: length) + "!"
    #expect(regex.trial(of: text).steps <= (length + 2) * regex.size)
  }
}

@Test func patternsOfEveryNameMayBeRegularExpressions() throws {
  #expect(try ReferencePattern("/^nginx$/").matches("docker.io/library/nginx:1"))
  #expect(try !ReferencePattern("/^nginx$/").matches("team/nginx:1"))
  #expect(try ReferencePattern("/:pr-\\d+$/").matches("team/app:pr-12"))
  #expect(try NamePattern("/").matches("/"))
  #expect(try !NamePattern("/a").matches("a"))
}
