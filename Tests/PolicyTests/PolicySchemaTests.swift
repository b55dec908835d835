import Foundation
import ShippedPolicies
import TestSupport
import Testing

@testable import Policy

private let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "docs/policy.schema.json")

private let validator = Result { SchemaValidator(root: try Value(json: PolicySchema.text)) }

private func faults(of text: String) throws -> [String] {
  try validator.get().faults(of: Value(yaml: text))
}

private func reads(_ text: String) -> Bool { problems(of: text).isEmpty }

@Test func schemaInTheDocumentsIsTheOneThatIsPrinted() throws {
  if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
    try Data(PolicySchema.text.utf8).write(to: page)
    Issue.record("recorded policy.schema.json; look at it and run again")
    return
  }
  #expect(try String(contentsOf: page, encoding: .utf8) == PolicySchema.text)
}

@Test func schemaKnowsTheKeysThatTheReaderKnows() {
  #expect(PolicySchema.rootKeys.map(\.key).sorted() == PolicyReader.keys.sorted())
  for entry in PolicySchema.rootKeys {
    guard case .object(let keywords) = entry.value else {
      Issue.record("\(entry.key) has no schema")
      continue
    }
    #expect(keywords.contains { $0.key == "description" }, "\(entry.key)")
  }
}

@Test(arguments: ShippedPolicies.all.map(\.name))
func shippedPolicyFollowsTheSchema(name: String) throws {
  let text = try #require(ShippedPolicies.all.first { $0.name == name }?.text)
  #expect(try faults(of: text) == [])
}

@Test func everyExampleOfThePolicyReferenceFollowsTheSchema() throws {
  let text = try String(
    contentsOf: page.deletingLastPathComponent().appending(path: "policy-reference.md"),
    encoding: .utf8)
  for example in text.components(separatedBy: "```yaml\n").dropFirst() {
    #expect(try faults(of: example.components(separatedBy: "```")[0]) == [])
  }
}

@Test func randomPoliciesFollowTheSchema() throws {
  for seed in 0..<UInt64(150) {
    let text = RandomPolicy(seed: seed).text
    #expect(try faults(of: text) == [], "\(text)")
    let policy = try RetentionPolicy(reading: text, from: "random", named: "random")
    #expect(try faults(of: policy.effectiveText) == [], "\(policy.effectiveText)")
  }
}

/// A random policy in which one key of a rule, a list or the file was renamed, moved or doubled.
private func mutated(_ text: String, _ random: inout SeededGenerator) -> String {
  let words =
    RuleKey.allCases.map(\.rawValue) + PolicyReader.keys + RulePlace.Kind.allCases.map(\.rawValue)
    + ["nam", "labels", "Name", "x"]
  var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  let places = lines.indices.filter { lines[$0].contains(":") }
  let line = random.pick(places)
  let keys = lines[line].ranges(of: /[a-z][a-z-]*(?=: )|[a-z][a-z-]*(?=:$)/)
  guard !keys.isEmpty else { return text }
  lines[line].replaceSubrange(random.pick(keys), with: random.pick(words))
  return lines.joined(separator: "\n")
}

@Test func keyThatTheSchemaDoesNotKnowTheReaderDoesNotKnowEither() throws {
  var random = SeededGenerator(seed: 5)
  var (refused, accepted) = (0, 0)
  for seed in 0..<UInt64(150) {
    for _ in 0..<6 {
      let text = mutated(RandomPolicy(seed: seed).text, &random)
      let isOneDocument = !problems(of: text).contains("has a key twice")
      guard isOneDocument else { continue }
      let unknown = try faults(of: text).filter { $0.hasSuffix(": unknown") }
      let complaints = problems(of: text).split(separator: "\n").filter { line in
        [
          "unknown key", "is a key for", "can never match here: a container is stopped",
          "can never match here: stop rules", "can never match here: what stop",
          "says what to keep",
          "would take named volumes",
        ].contains { line.contains($0) }
      }
      #expect(unknown.count == complaints.count, "\(text)\n\(unknown)\n\(problems(of: text))")
      if unknown.isEmpty { accepted += 1 } else { refused += 1 }
    }
  }
  #expect(refused > 200 && accepted > 20, "the law was not put to the test: \(refused) \(accepted)")
}

@Test func whatIsReadFollowsTheSchema() throws {
  var random = SeededGenerator(seed: 6)
  let values = [
    "true", "false", "3", "0", "1d12h", "30s", "2026-01-31", "500MB", "1.5gib", "1-255", "a",
    "\"*\"",
    "[a, b]", "[1, 2-3]", "[]", "{}", "exited", "[exited, created]", "regular", "version",
    "last-tag",
    "/x/", "k=v", "256", "12", "", "null", "[[a]]", "[true]", "-1", "1w2d", "d1", "\"12\"",
  ]
  var (read, refused) = (0, 0)
  for place in RulePlace.all {
    for key in place.keys {
      for _ in 0..<25 {
        let value = random.pick(values)
        let companion = key == .newestBy ? ", newest: 2" : ""
        let text =
          "version: 1\n\(place.verb.rawValue):\n  \(place.kind.rawValue):\n"
          + "    - {\(key.rawValue): \(value)\(companion)}\n"
          + (place.verb == .keep ? "stop:\n  containers:\n    - all: true\n" : "")
        let found = try faults(of: text)
        if reads(text) {
          // In quotes the reader takes numbers as well; an editor may grumble.
          if value != "\"12\"" { #expect(found == [], "\(text)") }
          read += 1
        } else if !found.isEmpty {
          refused += 1
        }
      }
    }
  }
  #expect(read > 300 && refused > 300, "the law was not put to the test: \(read) \(refused)")
}

@Test(arguments: [
  ("version: 1\n", "anyOf"), ("remove:\n  images:\n    - all: true\n", "required"),
  ("version: 2\nremove:\n  images:\n    - all: true\n", ".version: const"),
  ("version: 1\nremove: {}\n", "minProperties"),
  ("version: 1\nremove:\n  images: []\n", "minItems"),
  ("version: 1\nremove:\n  images:\n    - {}\n", "minProperties"),
  ("version: 1\nremove:\n  images:\n    - all: false\n", "const"),
  ("version: 1\nremove:\n  images:\n    - larger-than: 500\n", "type"),
  ("version: 1\nremove:\n  images:\n    - larger-than: 500XB\n", "pattern"),
  ("version: 1\nremove:\n  images:\n    - unused-for: 1h1d\n", "pattern"),
  (
    "version: 1\nkeep:\n  images:\n    - newest-by: version\nstop: {containers: [{all: true}]}\n",
    "dependentRequired"
  ),
])
func schemaRefuses(text: String, fault: String) throws {
  #expect(try faults(of: text).contains { $0.contains(fault) })
  #expect(!reads(text))
}
