import Inventory
import Testing

@testable import Policy

private func removing(_ rule: String) throws -> RetentionPolicy {
  try policy("remove:\n  volumes:\n    - {\(rule)}\n")
}

extension RetentionPolicy {
  fileprivate func judge(
    _ volumes: [Volume], _ containers: [Container] = []
  ) -> [String: ObjectVerdict] {
    verdicts(on: .with(containers, volumes: volumes), at: now, runningIn: nil).volumes
  }

  fileprivate func verdict(on volume: Volume, _ containers: [Container] = []) -> ObjectVerdict? {
    judge([volume], containers)[volume.name]
  }

  /// The names of the volumes that it removes, of anonymous ones their first digit.
  fileprivate func removed(_ volumes: [Volume], _ containers: [Container] = []) -> [String] {
    let verdicts = judge(volumes, containers)
    return volumes.map(\.name).filter { verdicts[$0]?.isRemoval == true }.map {
      $0.utf8.count == 64 ? String($0.prefix(1)) : $0
    }
  }
}

@Test func volumeWithANameNeedsARuleThatNamesIt() throws {
  let old = try ago("90d")
  let all = [anonymous("a", lastUsed: old), Volume(name: "data", lastUsed: old)]
  for rule in ["unused-for: 1d", "driver: local", "label: x!=y", "anonymous: true"] {
    #expect(try removing(rule).removed(all) == ["a"], "\(rule)")
  }
  #expect(try removing("name: \"*\"").removed(all) == ["a", "data"])
  #expect(try removing("name: \"*\", anonymous: false").removed(all) == ["data"])
  #expect(try removing("name: \"*\", anonymous: true").removed(all) == ["a"])
  #expect(try removing("name: \"d*\", unused-for: 1d").removed(all) == ["data"])
}

@Test func keptNamedVolumeSaysThatNoRuleNamesIt() throws {
  let volume = Volume(name: "data", lastUsed: try ago("3d"))
  let text = "last used 3 days ago, a named volume that no rule names"
  #expect(
    try removing("unused-for: 1d").verdict(on: volume) == .keep(Reason(.noRule, detail: text)))
  let named = try removing("name: data, unused-for: 9d").verdict(on: volume)
  #expect(named == .keep(Reason(.noRule, detail: "last used 3 days ago")))
}

@Test func volumeKeysMatch() throws {
  var labelled = anonymous("a")
  labelled.labels = ["x": "1", "com.docker.volume.anonymous": ""]
  var remote = anonymous("b")
  remote.driver = "vieux/sshfs:latest"
  #expect(try removing("label: x=1").removed([labelled, remote]) == ["a"])
  #expect(try removing("driver: \"vieux/*\"").removed([labelled, remote]) == ["b"])
  #expect(try removing("driver: [local, nfs]").removed([labelled, remote]) == ["a"])
  #expect(try removing("name: [\"a*\", data]").removed([labelled, remote]) == ["a"])
}

@Test func volumeThatAContainerRefersToIsKeptWhateverItsState() throws {
  let volume = anonymous("a")
  let users = ContainerState.known.map {
    container("c-\($0.word)", state: $0, volumes: [volume.name, volume.name])
  }
  for user in users {
    let verdict = try removing("anonymous: true").verdict(on: volume, [user])
    #expect(verdict == .keep(Reason(.inUse, detail: "used by \(user.name)")))
  }
}

@Test func volumeWhoseContainersAreRemovedWasUsedUntilNow() throws {
  let containers = "remove:\n  containers:\n    - all: true\n  volumes:\n"
  let volume = anonymous("a", lastUsed: try ago("90d"))
  let users = [container("web", volumes: [volume.name])]
  let atOnce = try policy(containers + "    - anonymous: true\n")
  #expect(
    atOnce.verdict(on: volume, users)?.reason.detail == "used by web until now")
  #expect(atOnce.removed([volume], users) == ["a"])
  let later = try policy(containers + "    - unused-for: 1d\n")
  #expect(later.removed([volume], users) == [])
  #expect(later.removed([volume]) == ["a"])
  let stays = [container("stays", state: .running, volumes: [volume.name])]
  #expect(atOnce.verdict(on: volume, users + stays)?.reason.detail == "used by stays")
}

@Test func volumeUnusedForCountsFromTheLastOfUseFirstSightAndCreation() throws {
  let (old, new) = (try ago("14d"), try ago("13d"))
  var all = ["a", "b", "c", "d", "e"].map { anonymous($0) }
  (all[0].lastUsed, all[0].firstSeen, all[0].created) = (old, old, old)
  (all[1].lastUsed, all[1].firstSeen) = (new, old)
  (all[2].created, all[2].lastUsed) = (new, old)
  all[3].firstSeen = new
  #expect(try removing("unused-for: 14d").removed(all) == ["a"])
  #expect(try removing("unused-for: 13d").removed(all) == ["a", "b", "c", "d"])
}

@Test func youngVolumesAreKeptAndThoseOfUnknownAge() throws {
  let policy = try policy("grace: 1h\nremove:\n  volumes:\n    - name: \"*\"\n")
  var all = ["a", "b", "c", "d"].map { Volume(name: $0) }
  (all[0].created, all[0].firstSeen) = (try ago("2h"), try ago("1h"))
  (all[1].created, all[1].firstSeen) = (try ago("2h"), try ago("59m"))
  all[2].created = try ago("59m")
  all[3].lastUsed = try ago("9d")
  #expect(policy.removed(all) == ["a"])
  #expect(policy.verdict(on: all[3])?.reason.code == .grace)
}

@Test func keepRulesForVolumesMatchNamedOnesWithoutAName() throws {
  let rules = "remove:\n  volumes:\n    - name: \"*\"\n"
  let all = [anonymous("a"), Volume(name: "data", labels: ["x": ""]), Volume(name: "tmp")]
  for (rule, rest) in [
    ("all: true", []), ("label: x", ["a", "tmp"]), ("anonymous: false", ["a"]),
    ("anonymous: true", ["data", "tmp"]), ("driver: nfs", ["a", "data", "tmp"]),
  ] {
    #expect(try policy("keep:\n  volumes:\n    - {\(rule)}\n" + rules).removed(all) == rest)
  }
}
