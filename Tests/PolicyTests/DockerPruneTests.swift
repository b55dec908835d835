import Inventory
import TestSupport
import Testing

@testable import Policy

private func prune(
  _ filters: String..., all: Bool = false, volumes: Bool = false, offset: Int64 = 0
) throws -> RetentionPolicy {
  try DockerPrune(all: all, volumes: volumes, filters: filters).policy(at: now) { _ in offset }
}

private func labelled(_ labels: [String: String]) throws -> [Container] {
  [container("c", labels: labels, finishedAt: try ago("1h"))]
}

@Suite struct DockerPruneTests {
  @Test func withoutFlagsItTakesWhatIsStoppedDanglingOrUnused() throws {
    let policy = try prune("until=0s")
    #expect(policy.grace == .zero && !policy.removesVolumes && !policy.removesAllImages)
    #expect(policy.removesNetworks && policy.removesBuildCache)
    #expect(try prune(volumes: true).removesVolumes)
    #expect(try prune(all: true).removesAllImages)
    let states: [ContainerState] = [.created, .running, .paused, .restarting, .exited, .dead]
    let containers = states.map { container($0.word, state: $0) }
    #expect(policy.removed(containers) == ["created", "exited", "dead"])
    let old = try ago("1d")
    #expect(
      policy.removed([image("tagged", ["a:1"], created: old), image("dangling", created: old)])
        == ["dangling"])
  }

  @Test(arguments: [
    ("label=a", ["a": "1"], true), ("label=a", ["b": "1"], false),
    ("label=a=1", ["a": "1"], true), ("label=a=1", ["a": "2"], false),
    ("label=a=", ["a": ""], true), ("label=a=b=c", ["a": "b=c"], true),
    ("label!=a", [:], true), ("label!=a", ["a": ""], false),
    ("label!=a=1", ["a": "1"], false), ("label!=a=1", ["a": "2"], true),
    (" Label = a ", ["a": ""], true),
  ])
  func labelFilterIsDockers(filter: String, labels: [String: String], goes: Bool) throws {
    #expect(try prune(filter).removed(labelled(labels)).isEmpty != goes)
    #expect(
      try prune(filter, all: true).removed([image("i", ["x:1"], labels: labels)]).isEmpty != goes)
  }

  /// `label` filters must all hold; of `label!` one is enough.
  @Test func severalLabelFiltersAreJoinedAsTheEngineJoinsThem() throws {
    let values = ["none", "1", "2"]
    let filters = ["label=a", "label=b=1", "label!=b", "label!=a=1", "label=a=2", "label!=b=2"]
    for mask in 1..<(1 << filters.count) {
      let chosen = filters.indices.filter { mask >> $0 & 1 == 1 }.map { filters[$0] }
      let policy = try DockerPrune(all: true, volumes: true, filters: chosen).policy(at: now) { _ in
        0
      }
      for (a, b) in values.flatMap({ a in values.map { (a, $0) } }) {
        let labels = ["a": a, "b": b].filter { $0.value != "none" }
        func has(_ pair: Substring) -> Bool {
          let parts = pair.split(separator: "=")
          guard let value = labels[String(parts[0])] else { return false }
          return parts.count == 1 || value == parts[1]
        }
        let wanted = chosen.filter { $0.hasPrefix("label=") }.map { $0.dropFirst(6) }
        let unwanted = chosen.filter { $0.hasPrefix("label!=") }.map { $0.dropFirst(7) }
        let goes = wanted.allSatisfy(has) && (unwanted.isEmpty || !unwanted.allSatisfy(has))
        #expect(try policy.removed(labelled(labels)).isEmpty != goes, "\(chosen) \(labels)")
        let images = [image("i", ["x:1"], labels: labels), image("j", labels: labels)]
        #expect(policy.removed(images).count == (goes ? 2 : 0), "\(chosen) \(labels)")
        let volume = Volume(
          name: String(repeating: "a", count: 64), labels: labels)
        var net = network("n")
        net.labels = labels
        let verdicts = policy.verdicts(
          on: .with(volumes: [volume], networks: [net]), at: now, runningIn: nil)
        #expect(verdicts.volumes[volume.name]?.isRemoval == goes)
        #expect(verdicts.networks["n"]?.isRemoval == goes)
      }
    }
  }

  /// The engine looks at no filter when it prunes the parents of what it removed.
  @Test func stepsOfABuildGoWithTheirImageWhateverTheirLabels() throws {
    let images = [
      image("base"), image("step", parent: "base"),
      image("app", ["app:1"], parent: "step", labels: ["a": "1", "b": "1"]),
    ]
    for filters in [["label=a"], ["label=a", "label=b"], ["label=a", "label!=c"]] {
      let policy = try DockerPrune(all: true, volumes: false, filters: filters).policy(at: now) {
        _ in 0
      }
      #expect(policy.removed(images).count == 3, "\(filters)")
    }
  }

  @Test(
    arguments: [
      ("24h", 86_400.0), ("1h30m", 5_400), ("90s", 90), ("1.5h", 5_400), ("0s", 0), ("1500ms", 2),
      ("2026-01-31", nil), ("-1h", -3_600), ("+1m", 60), (".5m", 30),
    ] as [(String, Double?)])
  func durationCountsBackFromNow(text: String, seconds: Double?) throws {
    guard let seconds else { return }
    let limit = now - .microseconds(Int64(seconds * 1_000_000))
    let policy = try prune("until=\(text)")
    let containers = [
      container("older", created: limit - .microseconds(1)),
      container("younger", created: limit + .microseconds(1)),
    ]
    #expect(policy.removed(containers) == ["older"])
  }

  @Test(arguments: [
    ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"), ("2026-01-31", "2026-01-30T22:00:00Z"),
    ("2026-01-31T12:00", "2026-01-31T10:00:00Z"), ("2026-01-31T12", "2026-01-31T10:00:00Z"),
    ("2026-01-31T12:00:00.5", "2026-01-31T10:00:00.500000Z"),
    ("2026-01-31T12:00:00+01:00", "2026-01-31T11:00:00Z"),
    ("1769860800", "2026-01-31T12:00:00Z"), ("1769860800.5", "2026-01-31T12:00:00.500000Z"),
  ])
  func dateIsReadAsDockerReadsIt(text: String, meant: String) throws {
    let time = try #require(Timestamp(rfc3339: meant))
    let read = try UntilFilter.read(text, at: now) { _ in 7_200 }
    #expect(read.time == time)
    #expect(read.text == meant)
  }

  @Test func untilSpeaksOfNetworksAndBuildCacheToo() throws {
    let policy = try prune("until=24h", all: true)
    let (old, young) = (try ago("25h"), try ago("23h"))
    var networks = [network("old"), network("young")]
    networks[0].created = old
    networks[1].created = young
    let records = [record("old", lastUsed: old), record("young", lastUsed: young)]
    let verdicts = policy.verdicts(
      on: .with(networks: networks, buildCache: records), at: now, runningIn: nil)
    #expect(verdicts.networks.filter { $0.value.isRemoval }.keys.sorted() == ["old"])
    #expect(verdicts.buildCache.filter { $0.value.isRemoval }.keys.sorted() == ["old"])
  }

  @Test(arguments: [
    (["until"], "must be name=value"), (["until=7d"], "docker knows no days and weeks"),
    (["until=soon"], "is no time"), (["until=2026-02-30"], "is no time"),
    (["until="], "is no time"),
    (["until=1h", "until=2h"], "once only"), (["labels=a"], "did you mean 'label'?"),
    (["dangling=true"], "unknown filter"), (["label="], "names no label"),
    (["label=!a"], "exclamation mark"), (["until=2000000h"], "100 years"),
  ])
  func filterThatDockerRefusesIsRefused(filters: [String], reason: String) throws {
    do {
      _ = try DockerPrune(all: true, volumes: false, filters: filters).policy(at: now) { _ in 0 }
      Issue.record("\(filters) is taken")
    } catch {
      #expect(error.description.contains(reason), "\(error)")
    }
  }

  @Test func untilDoesNotGoWithVolumes() {
    #expect(throws: PolicyError.self) { try prune("until=1h", volumes: true) }
  }

  @Test func namedVolumesStay() throws {
    let policy = try prune(volumes: true)
    let verdicts = policy.verdicts(
      on: .with(volumes: [Volume(name: "data"), anonymous("a")]), at: now, runningIn: nil)
    #expect(verdicts.volumes.filter { $0.value.isRemoval }.keys.map(\.count) == [64])
  }
}
