import Inventory
import TestSupport
import Testing

@testable import Policy

private let something = "remove:\n  images:\n    - dangling: true\n"

@Test func defaultsApplyWhereAPolicyIsSilent() throws {
  let policy = try RetentionPolicy(reading: "version: 1\n" + something, from: "f", named: "n")
  #expect(policy.grace == .seconds(3_600))
  #expect(policy.stopTimeout == nil)
  #expect(policy.description == nil)
  #expect(policy.digest == SHA256.hex("version: 1\n" + something))
}

@Test func headKeysAreRead() throws {
  let policy = try policy("grace: 1d12h\nstop-timeout: 2m\ndescription: a b\n" + something)
  #expect(policy.grace == .seconds(129_600))
  #expect(policy.stopTimeout == 120)
  #expect(policy.description == "a b")
}

@Test(arguments: [
  (
    "version: 1\nremoves:\n  images: []\n",
    "ci.yaml:2: unknown key 'removes'; did you mean 'remove'?"
  ),
  (
    "version: 1\nremove:\n  images:\n    - danglin: true\n",
    "ci.yaml:4: remove.images[0]: unknown key 'danglin'; did you mean 'dangling'?"
  ),
  (
    "version: 1\nremove:\n  images:\n    - dangling: true\n    - until: 3d\n",
    "ci.yaml:5: remove.images[1]: unknown key 'until'; did you mean 'created-before'?"
  ),
  (
    "version: 1\nremove:\n  containers:\n    - status: [exited, runing]\n",
    "ci.yaml:4: remove.containers[0].status[1]: unknown status 'runing'; known here: created, "
      + "removing, exited, dead"
  ),
  (
    "version: 1\nkeep:\n  containers:\n    - status: runing\n",
    "ci.yaml:4: keep.containers[0].status: unknown status 'runing'; did you mean 'running'?"
  ),
  (
    "version: 1\nremove:\n  volumes:\n    - all: true\n",
    "ci.yaml:4: remove.volumes[0].all: would take named volumes with the data in them; say "
      + "anonymous: true, or name: \"*\" for named volumes too"
  ),
  (
    "version: 1\nremove:\n  volumes:\n    - {}\n",
    "ci.yaml:4: remove.volumes[0]: the rule is empty; to select everything, say anonymous: true, "
      + "or name: \"*\" for named volumes too"
  ),
  (
    "version: 1\nremove:\n  volumes:\n    - unused-for: 3d\n      anonymous: false\n",
    "ci.yaml:5: remove.volumes[0].anonymous: can never match here: a rule without name takes "
      + "anonymous volumes only; say which named ones, such as name: \"cache-*\""
  ),
  (
    "version: 1\nremove:\n  volumes:\n    - anonymous: yes\n",
    "ci.yaml:4: remove.volumes[0].anonymous: 'yes' must be true or false"
  ),
  (
    "version: 1\nremove:\n  volumes:\n    - reference: a\n",
    "ci.yaml:4: remove.volumes[0].reference: is a key for images, not for volumes"
  ),
  (
    "version: 1\nremove:\n  volume:\n    - anonymous: true\n",
    "ci.yaml:3: remove: unknown key 'volume'; did you mean 'volumes'?"
  ),
  (
    "version: 1\nremove:\n  networks:\n    - until: 3d\n",
    "ci.yaml:4: remove.networks[0]: unknown key 'until'; did you mean 'created-before'?"
  ),
  (
    "version: 1\nremove:\n  volumes:\n    - created-before: 3d\n",
    "ci.yaml:4: remove.volumes[0].created-before: is a key for containers, images and "
      + "networks, not for volumes"
  ),
  (
    "version: 1\nremove:\n  build-cache:\n    - name: a\n",
    "ci.yaml:4: remove.build-cache[0].name: is a key for containers, volumes and networks, not "
      + "for build-cache"
  ),
  (
    "version: 1\nremove:\n  build-cache:\n    - type: [regular, cachemount]\n",
    "ci.yaml:4: remove.build-cache[0].type[1]: unknown type 'cachemount'; did you mean "
      + "'exec.cachemount'?"
  ),
  (
    "version: 1\nremove:\n  build-cache:\n    - shared: [true]\n",
    "ci.yaml:4: remove.build-cache[0].shared: takes one value, not a list"
  ),
  (
    "version: 1\nremove:\n  build-cache:\n    - unused-for: 3\n",
    "ci.yaml:4: remove.build-cache[0].unused-for: '3' has no unit; write a number with s, m, h, d "
      + "or w, such as 30s, 12h or 1d12h"
  ),
  (
    "version: 1\nkeep: []\n",
    "ci.yaml:2: keep: must be a mapping with containers, images, volumes, networks or build-cache"
  ),
  (
    "version: 1\nstop:\n  images:\n    - all: true\n",
    "ci.yaml:3: stop: unknown key 'images'; known here: containers"
  ),
  (
    "remove:\n  images:\n    - all: true\n",
    "ci.yaml:1: version: is missing; this balai reads version 1"
  ),
  (
    "version: 2\nremove:\n  images:\n    - all: true\n",
    "ci.yaml:1: version: '2' is not known; this balai reads version 1"
  ),
  (
    "version: 1\nkeep:\n  images:\n    - all: true\n",
    "ci.yaml:1: has no stop rule and no remove rule: it could do nothing"
  ),
  (
    "version: 1\nremove:\n  images:\n    - {}\n",
    "ci.yaml:4: remove.images[0]: the rule is empty; to select everything, say all: true"
  ),
  (
    "version: 1\nremove:\n  images:\n    - all: false\n",
    "ci.yaml:4: remove.images[0].all: must be true, or left out"
  ),
  (
    "version: 1\nremove:\n  images:\n    - newest: 3\n",
    "ci.yaml:4: remove.images[0].newest: newest says what to keep: it can only stand in keep.images"
  ),
  (
    "version: 1\nremove:\n  images:\n    - stopped-for: 3d\n",
    "ci.yaml:4: remove.images[0].stopped-for: is a key for containers, not for images"
  ),
  (
    "version: 1\nremove:\n  images:\n    - unused-for: [3d]\n",
    "ci.yaml:4: remove.images[0].unused-for: takes one value, not a list"
  ),
  (
    "version: 1\nremove:\n  images:\n    - unused-for:\n",
    "ci.yaml:4: remove.images[0].unused-for: has no value"
  ),
  (
    "version: 1\nremove:\n  images:\n    - reference: []\n",
    "ci.yaml:4: remove.images[0].reference: the list is empty"
  ),
  (
    "version: 1\nremove:\n  images:\n    - unused-for: 3y\n",
    "ci.yaml:4: remove.images[0].unused-for: '3y' has the unknown unit 'y'; write a number with "
      + "s, m, h, d or w, such as 30s, 12h or 1d12h"
  ),
  (
    "version: 1\nremove:\n  images:\n    - reference: *-test\n",
    "ci.yaml:4: is not valid YAML: a value that starts with * needs quotes around it"
  ),
  (
    "version: 1\nremove:\n  images:\n    - reference: */*\n",
    "ci.yaml:4: is not valid YAML: a value that starts with * needs quotes around it"
  ),
  (
    "version: 1\nremove:\n\timages:\n",
    "ci.yaml:3: is not valid YAML: indent with spaces, not with tabs"
  ),
  (
    "version: 1\nremove:\n  images:\n    - all: true\n      all: true\n",
    "ci.yaml:4: has a key twice in one mapping: 'all'"
  ),
  (
    "version: 1\nremove:\n  images:\n    - larger-than: 500\n",
    "ci.yaml:4: remove.images[0].larger-than: '500' has no unit; write a number with B, kB, MB, GB or "
      + "TB, or KiB, MiB, GiB or TiB; did you mean '500MB'?"
  ),
  (
    "version: 1\nkeep:\n  images:\n    - newest-by: version\n",
    "ci.yaml:4: keep.images[0].newest-by: needs newest beside it, such as newest: 3"
  ),
  (
    "version: 1\nkeep:\n  images:\n    - newest: 3\n      newest-by: semver\n",
    "ci.yaml:5: keep.images[0].newest-by: unknown order 'semver'; did you mean 'version'?"
  ),
  (
    "version: 1\nremove:\n  images:\n    - newest-by: version\n",
    "ci.yaml:4: remove.images[0].newest-by: newest-by says what to keep: it can only stand in "
      + "keep.images"
  ),
  (
    "version: 1\nstop:\n  containers:\n    - exit-code: 1\n",
    "ci.yaml:4: stop.containers[0].exit-code: can never match here: what stop rules look at has not "
      + "ended"
  ),
  (
    "version: 1\nremove:\n  containers:\n    - exit-code: [0, 255-1]\n",
    "ci.yaml:4: remove.containers[0].exit-code[1]: '255-1' ends before it begins; did you mean "
      + "'1-255'?"
  ),
  (
    "version: 1\nremove:\n  containers:\n    - exited: 0\n",
    "ci.yaml:4: remove.containers[0]: unknown key 'exited'; did you mean 'exit-code'?"
  ),
  (
    "version: 1\nremove:\n  containers:\n    - image: a\n",
    "ci.yaml:4: remove.containers[0]: unknown key 'image'; did you mean 'ancestor'?"
  ),
  (
    "version: 1\nremove:\n  images:\n    - ancestor: a\n",
    "ci.yaml:4: remove.images[0].ancestor: is a key for containers, not for images"
  ),
  (
    "version: 1\nremove:\n  volumes:\n    - name: /a(?!b)/\n",
    "ci.yaml:4: remove.volumes[0].name: the regular expression has a lookaround, a flag or a name, "
      + "which are not supported: only (…) and (?:…) are (at character 2, '(?!b)')"
  ),
  ("version: 1\n---\nversion: 1\n", "ci.yaml:2: has more than one YAML document; a policy is one"),
  ("", "ci.yaml:1: is empty"),
  ("# nothing\n", "ci.yaml:1: is empty"),
  ("- version: 1\n", "ci.yaml:1: is not a policy: it must be a mapping of keys"),
])
func problemsNamePlaceAndRemedy(text: String, expected: String) {
  #expect(problems(of: text) == expected)
}

@Test func allProblemsOfAFileAreReportedInTheOrderOfItsLines() {
  let text = """
    version: 3
    grace: soon
    remove:
      containers:
        - stopped-for: -3d
          nme: a
      images:
        - dangling: maybe
    """
  let lines = problems(of: text).split(separator: "\n").map { $0.split(separator: ":")[1] }
  #expect(lines == ["1", "2", "5", "6", "8"])
}

@Test func keysThatCanNeverMatchAreRefused() {
  let running = "version: 1\nremove:\n  containers:\n    - running-for: 3d\n"
  let stopped = "version: 1\nstop:\n  containers:\n    - stopped-for: 3d\n"
  let exited = "version: 1\nstop:\n  containers:\n    - status: exited\n"
  for text in [running, stopped, exited] { #expect(problems(of: text).contains("can never match")) }
}

@Test func rulesKnowTheirPlaceAndText() throws {
  let policy = try policy(
    "remove:\n  images:\n    - all: true\n    - unused-for: 14d\n      reference: [\"*\", a:1]\n")
  let rule = policy.rules.images.remove[1].reference
  #expect(rule.file == "test.yaml")
  #expect(rule.line == 6)
  #expect(rule.keyPath == "remove.images[1]")
  #expect(rule.text == "unused-for: 14d, reference: [\"*\", a:1]")
}

@Test func onlyAllAloneRemovesAllImages() throws {
  #expect(try policy("remove:\n  images:\n    - all: true\n").removesAllImages)
  #expect(
    try !policy("remove:\n  images:\n    - all: true\n      unused-for: 1d\n").removesAllImages)
  #expect(try !policy("remove:\n  containers:\n    - all: true\n").removesAllImages)
}

@Test(arguments: [
  "volumes: [{anonymous: true}]", "networks: [{all: true}]", "build-cache: [{all: true}]",
])
func oneKindIsEnoughToRemove(list: String) throws {
  let policy = try policy("remove: {\(list)}\n")
  #expect(policy.removesVolumes == list.hasPrefix("volumes"))
  #expect(policy.removesNetworks == list.hasPrefix("networks"))
  #expect(policy.removesBuildCache == list.hasPrefix("build-cache"))
}

@Test func keepRulesForVolumesMaySayAnything() throws {
  let policy = try policy(
    "keep:\n  volumes:\n    - all: true\n    - anonymous: false\n" + something)
  #expect(policy.rules.volumes.keep.count == 2)
  #expect(!policy.removesVolumes)
}

@Test func effectiveTextHoldsTheRulesOfEveryList() throws {
  for seed in 0..<UInt64(200) {
    let policy = try RetentionPolicy(
      reading: RandomPolicy(seed: seed).text, from: "random", named: "random")
    let again = try RetentionPolicy(reading: policy.effectiveText, from: "random", named: "random")
    for place in RulePlace.all {
      #expect(
        again.rules.references(at: place).map(\.text)
          == policy.rules.references(at: place).map(\.text))
    }
    #expect(again.effectiveText == policy.effectiveText)
  }
}

@Test func effectiveTextSpellsOutDefaultsAndReadsBackTheSame() throws {
  let text = """
    version: 1
    description: "say \\"hi\\": \\u2028 {é}"
    keep:
      images:
        - label: ["a b=c, d", "null", 'it''s', "#x"]
    remove:
      images:
        - reference: ["*", "x/[a-z]*", 'a\\*']
    """
  let policy = try RetentionPolicy(reading: text, from: "f", named: "n")
  let again = try RetentionPolicy(reading: policy.effectiveText, from: "f", named: "n")
  #expect(policy.effectiveText.contains("grace: 1h\n"))
  #expect(again.effectiveText == policy.effectiveText)
  #expect(again.description == policy.description)
  #expect(again.description?.unicodeScalars.contains("\u{2028}") == true)
}

@Test func labelConditionsReadTheFirstSign() throws {
  #expect(try LabelPattern("a=b!=c").matches(["a": "b!=c"]))
  #expect(try !LabelPattern("a!=b").matches(["a": "b"]))
  #expect(try LabelPattern("a!=b").matches([:]))
  #expect(try !LabelPattern("a").matches(["A": ""]))
  #expect(throws: ValueError.self) { try LabelPattern("!=b") }
}
