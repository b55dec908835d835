import TestSupport
import Testing

@testable import Policy

@Test(arguments: [
  ("500MB", 500_000_000), ("1GiB", 1_073_741_824), ("2g", 2_147_483_648), ("2kB", 2_000),
  ("2KB", 2_000), ("1.5GB", 1_500_000_000), ("0.5KiB", 512), ("0B", 0), ("12b", 12),
  ("1t", 1_099_511_627_776), ("1TiB", 1_099_511_627_776), ("0.1kb", 100), ("1.23456MB", 1_234_560),
])
func sizes(text: String, bytes: Int64) throws {
  #expect(try ByteSize.read(text) == bytes)
}

@Test(arguments: [
  ("500", "'500' has no unit"), ("", "is not a size"), ("MB", "is not a size"),
  ("1.MB", "is not a size"), (".5MB", "is not a size"), ("-1MB", "is negative"),
  ("1XB", "unknown unit 'XB'"), ("1MBB", "unknown unit 'MBB'"), ("1 MB", "unknown unit ' MB'"),
  ("1ki", "unknown unit 'ki'"), ("9999999TB", "more than any disk holds"),
  ("99999999999999999999B", "more than any disk holds"), ("١MB", "is not a size"),
])
func wrongSizesSayWhatIsWrong(text: String, part: String) {
  let error = #expect(throws: ValueError.self) { try ByteSize.read(text) }
  #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
}

@Test func sizeWithoutAUnitIsGivenOne() {
  let error = #expect(throws: ValueError.self) { try ByteSize.read("500") }
  #expect(error?.suggestion == "500MB")
}

@Test(arguments: [
  ("0", 0, true), ("0", 1, false), ("1-255", 137, true), ("1-255", 0, false), ("137", 137, true),
  ("3-3", 3, true), ("007", 7, true),
])
func exitCodes(text: String, code: Int, contains: Bool) throws {
  #expect(try ExitCodes(text).contains(code) == contains)
}

@Test(arguments: ["", "-1", "256", "1-", "1-2-3", "a", "1.5", "0x1", "255-1", "1 - 2", "+1"])
func wrongExitCodesAreRefused(text: String) {
  #expect(throws: ValueError.self) { try ExitCodes(text) }
}

@Test func versionsAreInTheOrderOfSemanticVersioning() throws {
  let ordered = [
    "0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
    "1.0.0-beta.11", "1.0.0-rc.1", "v1", "1.0.1", "1.2", "1.10", "2", "v10.0.0-rc", "10",
    "2026.01.05", "2026.1.10", "99999999999999999999999999999999.0.1",
  ]
  let versions = try ordered.map { try #require(VersionTag($0)) }
  for (low, high) in zip(versions, versions.dropFirst()) { #expect(low < high && !(high < low)) }
  var random = SeededGenerator(seed: 3)
  #expect(versions.shuffled(using: &random).sorted() == versions)
}

@Test func missingNumbersZerosAndBuildsDoNotCount() {
  #expect(VersionTag("v1") == VersionTag("1.0.0"))
  #expect(VersionTag("1.02") == VersionTag("1.2.0"))
  #expect(VersionTag("1.2.3+build.5") == VersionTag("1.2.3"))
  #expect(VersionTag("1.2.3-rc+build-5") == VersionTag("1.2.3-rc"))
}

@Test(arguments: [
  "", "v", "latest", "edge", "1.2.3.4", "1.", ".1", "1..2", "1.x", "1-", "1-a..b", "1-a_b", "vv1",
  "V1", "1.2+", "sha-1", "１",
])
func tagsThatAreNoVersions(tag: String) {
  #expect(VersionTag(tag) == nil)
}

@Test(arguments: ["sha256:12", "sha256:xyz", "", "[a", "sha256:"])
func wrongAncestorsAreRefused(text: String) {
  #expect(throws: ValueError.self) { try AncestorPattern(text) }
}
