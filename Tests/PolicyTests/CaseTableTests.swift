import Foundation
import Inventory
import ShippedPolicies
import Testing

@testable import Policy

private func table(_ cases: String) throws -> CaseTable {
  try CaseTable(reading: "policy: x\ncases:\n\(cases)", from: "x.test.yaml", at: now)
}

private func problems(inTable text: String) -> String {
  do {
    _ = try CaseTable(reading: text, from: "x.test.yaml", at: now)
    return ""
  } catch {
    return error.description
  }
}

@Suite struct CaseTableTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "policies")

  static let tables =
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?
    .filter { $0.hasSuffix(".test.yaml") }.sorted() ?? []

  @Test(arguments: tables)
  func everyCaseBesideAShippedPolicyPasses(file: String) throws {
    let text = try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
    let table = try CaseTable(reading: text, from: file, at: now)
    let shipped = try #require(ShippedPolicies.all.first { $0.name == table.policy }?.text)
    let policy = try RetentionPolicy(reading: shipped, from: table.policy, named: table.policy)
    let results = table.results(under: policy)
    #expect(results.count == table.cases.count && results.count > 10)
    for result in results {
      #expect(result.passes, "\(file):\(result.tested.line): \(result.weighing.reason)")
    }
  }

  @Test func defaultAndCIRunnerHaveTables() {
    #expect(Set(Self.tables).isSuperset(of: ["ci-runner.test.yaml", "default.test.yaml"]))
  }

  @Test func caseFailsByVerdictAndByReason() throws {
    let table = try table(
      """
        - image: { references: a, last-used: 20d }
          expect: remove
        - image: { references: a, last-used: 20d }
          expect: keep
        - image: { references: a, last-used: 20d }
          expect: remove
          because: remove.images[0]
        - image: { references: a, last-used: 20d }
          expect: remove
          because: remove-rule
        - image: { references: a, last-used: 20d }
          expect: remove
          because: remove.images[1]
      """)
    let results = try table.results(under: policy("remove:\n  images:\n    - unused-for: 14d\n"))
    #expect(results.map(\.passes) == [true, false, true, true, false])
    #expect(results.map(\.tested.line) == [3, 5, 7, 10, 13])
  }

  @Test func agesCountBackFromTheTableNow() throws {
    let text = "policy: x\nnow: 2026-11-25T12:00:00Z\ncases:\n  - container: { finished: 3h }\n"
    let table = try CaseTable(
      reading: text + "    expect: keep\n", from: "x", at: Timestamp(seconds: 0))
    let finished = try #require(table.cases.first?.host.containers.first?.finishedAt)
    #expect(finished.rfc3339 == "2026-11-25T09:00:00Z")
  }

  @Test func objectIsSeenSinceItsEarliestUseUnlessTheCaseSaysOtherwise() throws {
    let cases = try table(
      """
        - image: { created: 40d, last-used: 20d, last-tagged: 30d }
          expect: keep
        - volume: { created: 40d }
          expect: keep
        - network: { created: 40d, first-seen: 2d }
          expect: keep
        - image: { created: 40d, first-seen: unknown }
          expect: keep
      """
    ).cases
    #expect(try cases[0].host.images[0].firstSeen == ago("30d"))
    #expect(try cases[1].host.volumes[0].firstSeen == ago("40d"))
    #expect(try cases[2].host.networks[0].firstSeen == ago("2d"))
    #expect(cases[3].host.images[0].firstSeen == nil)
  }

  @Test func whatStandsBesideTheObjectCounts() throws {
    let table = try table(
      """
        - image: { references: [app, "other:1"] }
          expect: keep
          because: in-use
          with:
            - container: { image: "app:latest", started: 1h }
        - image: { references: app }
          expect: remove
          with:
            - container: { image: "web:1", started: 1h }
        - volume: { name: data }
          expect: keep
          because: in-use
          with:
            - container: { volumes: data, started: 1h }
      """)
    let all = try policy("remove:\n  images:\n    - all: true\n  volumes:\n    - name: \"*\"\n")
    #expect(table.results(under: all).map(\.passes) == [true, true, true])
  }

  @Test(arguments: [
    ("", "1: is empty"), ("[]", "is no table of cases"), ("policy: x", "1: cases: is missing"),
    ("cases:\n  - image: {}\n    expect: keep", "policy: is missing"),
    ("policy: x\ncase: []", "2: unknown key 'case'; did you mean 'cases'?"),
    ("policy: x\nnow: today\ncases: []", "2: now: 'today' is not a time"),
    ("policy: x\ncases:\n  - imag: {}", "3: cases[0]: unknown key 'imag'; did you mean 'image'?"),
    ("policy: x\ncases:\n  - image: {}", "cases[0].expect: is missing"),
    ("policy: x\ncases:\n  - image: {}\n    expect: kept", "4: cases[0].expect: unknown verdict"),
    ("policy: x\ncases:\n  - image: { tag: a }", "3: cases[0].image: unknown key 'tag'"),
    (
      "policy: x\ncases:\n  - image: {}\n    volume: {}\n    expect: keep",
      "4: cases[0]: a case judges one object"
    ),
    ("policy: x\ncases:\n  - container: {}\n    expect: keep", "has no age"),
    ("policy: x\ncases:\n  - image: { created: 3x }", "3: cases[0].image.created: '3x' has"),
    ("policy: x\ncases:\n  - container: { status: up }", "unknown status 'up'"),
    ("policy: x\ncases:\n  - image: { labels: [a] }", "cases[0].image.labels: must be a mapping"),
    (
      "policy: x\ncases:\n  - image: { id: a }\n    expect: keep\n    with:\n      - image: { id: a }",
      "6: cases[0].with[0].image: stands twice"
    ),
    ("policy: x\ncases:\n  - build-cache: { shared: maybe }", "must be true or false"),
    ("policy: x\ncases:\n  - expect: keep", "names no object"),
  ])
  func mistakeIsNamedWithItsPlace(text: String, problem: String) {
    #expect(problems(inTable: text).contains(problem), "\(problems(inTable: text))")
  }
}
