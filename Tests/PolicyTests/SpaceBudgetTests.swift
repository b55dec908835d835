import Inventory
import TestSupport
import Testing

@testable import Policy

private let something = "remove:\n  images:\n    - dangling: true\n"

private let engine = EngineIdentity(
  kind: .docker, id: "E1:A", hostName: "ci-7", rootDirectory: "", serverVersion: "",
  apiVersion: "", storageDriver: "", imageStore: .graphDriver)

@Test func everyKeyOfSpaceLimitsAndEngineIsRead() throws {
  let policy = try policy(
    something + """
      space:
        min-free-space: 15%
        target-free-space: 30%
        max-used-space: 50GB
        reserved-space: 10GiB
        min-free-inodes: 200000
        order: cheapest-to-restore
      limits: { objects: 500, bytes: 1.5TB, image-share: 80%, stopped: 0 }
      engine: { name: [build-*, "ci-*"], id: "E1:A", host: "unix:///run/d.sock" }

      """)
  let space = try #require(policy.space)
  #expect(space.minFreeSpace == .percent(15) && space.targetFreeSpace == .percent(30))
  #expect(space.maxUsedSpace == .absolute(50_000_000_000))
  #expect(space.reservedSpace == .absolute(10 << 30))
  #expect(space.minFreeInodes == .absolute(200_000) && space.order == .cheapestToRestore)
  let limits = try #require(policy.limits)
  #expect(limits.objects == 500 && limits.bytes == 1_500_000_000_000)
  #expect(limits.imageShare == 80 && limits.stopped == 0)
  #expect(policy.engine?.mismatch(on: engine, at: "unix:///run/d.sock") == nil)
}

@Test func withoutTheKeysThereIsNoBudgetNoLimitAndNoGuard() throws {
  let policy = try policy(something)
  #expect(policy.space == nil && policy.limits == nil && policy.engine == nil)
}

@Test func effectiveTextGivesTheSameBudgetLimitsAndGuardAgain() throws {
  let spaces = [
    "{ max-used-space: 1536MiB }", "{ min-free-space: 15%, order: largest }",
    "{ min-free-inodes: 5%, reserved-space: 7b }",
  ]
  for space in spaces {
    let first = try policy(
      something + "space: \(space)\nlimits: { bytes: 3g, image-share: 0% }\n"
        + "engine: { name: \"ci-[0-9]\", id: \"A:B\" }\n")
    let again = try RetentionPolicy(reading: first.effectiveText, from: "f", named: "n")
    #expect(again.space == first.space && again.limits == first.limits)
    #expect(again.engine == first.engine)
    #expect(again.effectiveText == first.effectiveText)
  }
}

@Test func everySizeIsReadAgainAsItIsWritten() throws {
  var random = SeededGenerator(seed: 7)
  for _ in 0..<2_000 {
    let shift = Int.random(in: 0..<50, using: &random)
    let unit: Int64 = random.pick([1, 1_000, 1 << 10, 1_000_000, 1 << 20, 1 << 30])
    let bytes = (Int64.random(in: 0...(1 << 10), using: &random) << (shift % 10)) * unit
    #expect(try ByteSize.read(ByteSize.text(bytes)) == bytes)
  }
}

@Test(arguments: [
  ("1kB", 1_000), ("1KiB", 1_024), ("1k", 1_024), ("2m", 2 << 20), ("1g", 1 << 30), ("7b", 7),
  ("1.5GB", 1_500_000_000), ("0.125MiB", 131_072), ("3tb", 3_000_000_000_000),
])
func unitsAreDockers(text: String, bytes: Int64) throws {
  #expect(try ByteSize.read(text) == bytes)
}

@Test func wrongBudgetsAreRefusedWithTheirPlace() {
  let wrong = [
    ("space: {}", "5: space: must be a mapping of keys, such as 'min-free-space: 15%'"),
    (
      "space: { min-fre-space: 1GB }",
      "5: space: unknown key 'min-fre-space'; did you mean 'min-free-space'?"
    ),
    (
      "space: { min-free-space: 15 }",
      "5: space.min-free-space: '15' has no unit; write a number with B, kB, MB, GB or TB, or KiB, "
        + "MiB, GiB or TiB, or a share such as 15%"
    ),
    (
      "space: { min-free-space: 120% }",
      "5: space.min-free-space: '120%' must be a whole number from 1% to 99%"
    ),
    (
      "space: { max-used-space: 9EB }",
      "5: space.max-used-space: '9EB' has the unknown unit 'EB'; write a number with B, kB, MB, GB "
        + "or TB, or KiB, MiB, GiB or TiB, or a share such as 15%"
    ),
    (
      "space: { max-used-space: 9999999999999TB }",
      "5: space.max-used-space: '9999999999999TB' is more than any disk holds, or a share such as 15%"
    ),
    (
      "space: { reserved-space: 1GB }",
      "5: space: never acts: it must say min-free-space, max-used-space or min-free-inodes"
    ),
    (
      "space: { min-free-space: 30%, target-free-space: 15% }",
      "5: space.target-free-space: is less than min-free-space: it would stop too early"
    ),
    (
      "space: { max-used-space: 1GB, reserved-space: 2GB }",
      "5: space.reserved-space: is more than max-used-space: that could never be met"
    ),
    (
      "space: { max-used-space: 1GB, order: newest }",
      "5: space.order: unknown order 'newest'; known here: least-recently-used, oldest, largest, "
    ),
    (
      "space: { min-free-inodes: 5GB }",
      "5: space.min-free-inodes: '5GB' is no number of inodes; write one such as 200000, or a share "
        + "such as 5%"
    ),
    ("limits: { objects: -1 }", "5: limits.objects: '-1' must be a whole number, such as 500"),
    (
      "limits: { image-share: 0.8 }",
      "5: limits.image-share: '0.8' must be a whole number from 0% to 100%, such as 80%"
    ),
    ("limits: { images: 5 }", "5: limits: unknown key 'images'; known here: "),
    ("engine: ci", "5: engine: must be a mapping of keys, such as 'name: \"ci-*\"'"),
    ("engine: { name: [] }", "5: engine.name: the list is empty"),
    ("engine: { host: ci-7 }", "5: engine.host: 'ci-7' is no address; write unix://"),
  ]
  for (text, expected) in wrong {
    let said = problems(of: "version: 1\n" + something + text + "\n")
    #expect(said.hasPrefix("ci.yaml:" + expected), "\(text): \(said)")
  }
}

@Test func engineMustFitEveryKeyAndOneValueOfEach() throws {
  let host = "unix:///run/d.sock"
  func mismatch(_ text: String) throws -> String? {
    let found = try policy(something + "engine: \(text)\n").engine?.mismatch(on: engine, at: host)
    return found.map { "\($0.key): \($0.expected), not \($0.actual)" }
  }
  #expect(try mismatch("{ name: \"ci-*\" }") == nil)
  #expect(try mismatch("{ name: [web, \"ci-?\"], id: \"E1:A\" }") == nil)
  #expect(try mismatch("{ name: \"/^ci-[0-9]$/\" }") == nil)
  #expect(try mismatch("{ name: \"/^ci$/\" }") == "engine.name: '/^ci$/', not ci-7")
  #expect(try mismatch("{ name: [web, db] }") == "engine.name: 'web' or 'db', not ci-7")
  #expect(try mismatch("{ name: \"ci-*\", id: E2 }") == "engine.id: 'E2', not E1:A")
  #expect(
    try mismatch("{ host: \"unix:///other\" }")
      == "engine.host: 'unix:///other', not unix:///run/d.sock")
}
