import Testing

@testable import Policy

private let start = "version: 1\nremove:\n  images:\n"

@Test func aliasesAreRefusedBeforeTheyCanExplode() {
  var bomb = "version: 1\na0: &a0 [x, x]\n"
  for level in 1..<40 {
    bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
  }
  // A key is hashed, and so every alias below it is walked through.
  bomb += "? *a39\n: x\n"
  #expect(problems(of: bomb).hasPrefix("ci.yaml:3: has an alias, '*a0'"))
}

@Test func mergeKeysAreAliasesToo() {
  let text = start + "    - &one\n      dangling: true\n    - <<: *one\n"
  #expect(problems(of: text).hasPrefix("ci.yaml:6: has an alias, '*one'"))
}

@Test func ampersandsAndStarsInTextsAreNoAliases() throws {
  _ = try policy(
    "description: this & that *or* more  # &x\n" + "remove:\n  images:\n    - label: R&D\n")
}

@Test func deepNestingIsRefused() {
  let lists = start + "    - all: " + String(repeating: "[", count: 100_000)
  let mappings = String(repeating: "? ", count: 100_000)
  let keys = String(repeating: "{a: ", count: 100_000)
  for text in [lists, mappings, keys] { #expect(problems(of: text).hasPrefix("ci.yaml:")) }
}

@Test func nestingThatYAMLAllowsIsStillNoRule() {
  let nested = String(repeating: "[", count: 900) + String(repeating: "]", count: 900)
  #expect(
    problems(of: start + "    - label: \(nested)\n")
      == "ci.yaml:4: remove.images[0].label[0]: must be a single value")
}

@Test func hugeTextsAreRefused() {
  let text = start + String(repeating: "    - dangling: true\n", count: 60_000)
  #expect(problems(of: text) == "ci.yaml:1: is larger than 1 MiB: that is no policy")
}

@Test func textsFullOfProblemsReportTheFirstOnes() {
  let text = start + String(repeating: "    - x: 1\n", count: 20_000)
  #expect(problems(of: text).split(separator: "\n").count == PolicyReader.mostProblems)
}

@Test func controlCharactersAreRefusedOrShownHarmlessly() {
  #expect(problems(of: "version: 1\nx\0y: 1\n").hasPrefix("ci.yaml:2: holds a NUL"))
  #expect(problems(of: "version: 1\nx\u{1b}y: 1\n").hasPrefix("ci.yaml:"))
  let escape = problems(of: start + "    - \"\\e[31m\": true\n")
  #expect(escape.contains("unknown key '\\u{1b}[31m'"))
  #expect(!escape.contains("\u{1b}"))
}

@Test func brokenYAMLNamesItsLine() {
  #expect(
    problems(of: "version: 1\nremove: {images: [\n").hasPrefix("ci.yaml:3: is not valid YAML:"))
  #expect(problems(of: "version: 1\n  remove: x\n").hasPrefix("ci.yaml:2: is not valid YAML:"))
  #expect(problems(of: "version: \"1\n").hasPrefix("ci.yaml:"))
}

/// Every key that there is, with a value.
private func everyKey(_ value: String) -> [String] {
  RulePlace.all.flatMap { place in
    place.keys.map { key in
      "version: 1\n\(place.verb.rawValue):\n  \(place.kind.rawValue):\n    - \(key.rawValue): \(value)\n"
    }
  }
}

@Test func valuesOfEveryWrongTypeAreRefusedByEveryKey() {
  for value in ["{a: b}", "[[a]]", "[{}]", "[]", "~", "{}", "[null]"] {
    for text in everyKey(value) {
      #expect(problems(of: text).hasPrefix("ci.yaml:4: "), "\(text)")
    }
  }
}

@Test func hugeValuesAreRefusedOrReadByEveryKeyAndShownShort() {
  let long = String(repeating: "9", count: 100_000)
  for value in [long, "/\(long)/", "\(long)MB", "\(long)-\(long)", "v\(long)"] {
    for text in everyKey(value) where !text.contains("label:") {
      let problems = problems(of: text)
      #expect(!problems.isEmpty && problems.utf8.count < 600)
    }
  }
}

@Test func controlCharactersAndWhatIsNoUnicodeInPatternsAreRefused() {
  for value in ["\"/a\\0b/\"", "\"/\\e[31m/\"", "\"/\\u202e/\"", "\"\\x7f\"", "\"/a\\nb/\""] {
    for key in ["name", "ancestor", "compose-project"] {
      let text = "version: 1\nremove:\n  containers:\n    - \(key): \(value)\n"
      #expect(problems(of: text).contains("visible ASCII"))
      #expect(!problems(of: text).contains("\u{1b}"))
    }
  }
}

@Test func thousandsOfPatternsAreReadAndTriedInTime() throws {
  let hostile = "/^(a?){100}a{100}$/"
  let list = (0..<2_000).map { _ in "\"\(hostile)\"" }.joined(separator: ", ")
  let policy = try policy("remove:\n  containers:\n    - name: [\(list)]\n")
  #expect(policy.removed([container(String(repeating: "a", count: 30) + "!")]) == [])
}

@Test func doubledKeysOfARuleAreRefused() {
  for text in everyKey("a") {
    let line = text.split(separator: "\n")[3].dropFirst(6)
    #expect(problems(of: text + "      \(line)\n").contains("has a key twice"))
  }
}

@Test func windowsLineEndsAndByteOrderMarksAreNoProblem() throws {
  let text = "\u{feff}version: 1\r\nremove:\r\n  images:\r\n    - dangling: true\r\n"
  let policy = try RetentionPolicy(reading: text, from: "f", named: "n")
  #expect(policy.rules.images.remove.first?.reference.line == 4)
}
