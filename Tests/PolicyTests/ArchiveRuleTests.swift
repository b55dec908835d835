import Inventory
import TestSupport
import Testing

@testable import Policy

private let something = "remove:\n  images:\n    - dangling: true\n"

@Test func everyKeyOfArchiveIsRead() throws {
  let archive = try #require(
    try policy(
      something + """
        archive:
          images: all
          writable-layers: true
          volumes: true
          directory: /var/backups/balai
          keep-for: 1w
          max-size: 20GB

        """
    ).archive)
  #expect(archive.images == .all && archive.savesWritableLayers && archive.savesVolumes)
  #expect(archive.directory == "/var/backups/balai" && archive.keepFor == .seconds(604_800))
  #expect(archive.maxSize == 20_000_000_000)
}

@Test func archiveSavesImagesThatAreOnlyHereForThirtyDaysUnlessItSaysMore() throws {
  #expect(try policy(something).archive == nil)
  let archive = try #require(try policy(something + "archive: { volumes: false }\n").archive)
  #expect(archive.images == .localOnly && !archive.savesWritableLayers && !archive.savesVolumes)
  #expect(archive.directory == nil && archive.maxSize == nil)
  #expect(archive.keepFor == .seconds(30 * 86_400))
}

@Test(arguments: [
  ("archive: {}", "archive: must be a mapping"), ("archive:", "archive: must be a mapping"),
  ("archive: true", "archive: must be a mapping"),
  ("archive: { images: some }", "archive.images: unknown kind of image 'some'"),
  ("archive: { images: none }", "archive: saves nothing"),
  ("archive: { volumes: yes }", "archive.volumes: 'yes' must be true or false"),
  ("archive: { directory: backups }", "archive.directory: 'backups' must be an absolute path"),
  ("archive: { directory: \"/a\\nb\" }", "archive.directory: must be a path without control"),
  ("archive: { directory: [/a] }", "archive.directory: must be a single value"),
  ("archive: { keep-for: 30 }", "archive.keep-for: '30' has no unit"),
  ("archive: { max-size: 20 }", "archive.max-size: '20' has no unit"),
  ("archive: { volume: true }", "archive: unknown key 'volume'; did you mean 'volumes'?"),
])
func archiveThatMakesNoSenseIsRefusedWithItsPlace(archive: String, complaint: String) {
  let problems = problems(of: "version: 1\n" + something + archive + "\n")
  #expect(problems.contains(":5: \(complaint)"), "\(problems)")
}

@Test func effectiveTextGivesTheSameArchiveAgain() throws {
  var random = SeededGenerator(seed: 9)
  for _ in 0..<100 {
    var keys = ["images: \(random.pick(["local-only", "all"]))"]
    if random.chance(oneIn: 2) { keys.append("writable-layers: \(random.chance(oneIn: 2))") }
    if random.chance(oneIn: 2) { keys.append("volumes: true") }
    if random.chance(oneIn: 2) {
      keys.append("directory: \"\(random.pick(["/a b", "/", "/x: {y}", "/#", "/é'"]))\"")
    }
    if random.chance(oneIn: 2) { keys.append("keep-for: \(random.pick(["0s", "2w", "1d12h"]))") }
    if random.chance(oneIn: 2) { keys.append("max-size: \(random.pick(["0b", "3g", "20GB"]))") }
    let first = try policy(something + "archive: { \(keys.joined(separator: ", ")) }\n")
    let again = try RetentionPolicy(reading: first.effectiveText, from: "f", named: "n")
    #expect(again.archive == first.archive && again.archive != nil)
    #expect(again.effectiveText == first.effectiveText)
  }
}

@Test(arguments: [
  ("volumes: true", "no rule removes volumes"),
  ("writable-layers: true", "no rule removes containers"),
  ("images: all", nil), ("images: none, volumes: true, writable-layers: true", nil),
])
func archiveOfWhatNoRuleRemovesIsFound(keys: String, complaint: String?) throws {
  let findings = try policy(something + "archive: { \(keys) }\n").findings.map(\.description)
  if let complaint {
    #expect(findings.count == 1 && findings[0].contains(complaint), "\(findings)")
    #expect(findings.allSatisfy { $0.hasPrefix("6: archive.") }, "\(findings)")
  } else {
    #expect(findings.isEmpty == !keys.contains("volumes"), "\(findings)")
  }
  let all = "remove: {volumes: [{anonymous: true}], containers: [{all: true}]}\n"
  #expect(try policy(all + "archive: { \(keys) }\n").findings == [])
}
