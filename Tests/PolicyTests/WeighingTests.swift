import Inventory
import Testing

@testable import Policy

private func changes(
  _ object: ObjectID, _ policy: RetentionPolicy, _ host: Snapshot, runningIn own: ContainerID? = nil
) -> [String]? {
  policy.weighing(of: object, on: host, at: now, runningIn: own)?.changes
}

private let removeAll = """
  remove:
    containers:
      - all: true
    images:
      - dangling: true
      - all: true
    volumes:
      - name: "*"
    networks:
      - all: true
    build-cache:
      - all: true

  """

@Test func whatIsNotThereIsNotWeighed() throws {
  let policy = try policy(removeAll)
  for object in [
    ObjectID.container(ContainerID("a")), .image(ImageID("a")), .volume("a"), .network("a"),
    .buildCache("a"),
  ] {
    #expect(policy.weighing(of: object, on: .with(), at: now, runningIn: nil) == nil)
  }
}

@Test func rulesAreWeighedInTheOrderKeepStopRemoveWithTheKeysThatFail() throws {
  let policy = try policy(
    """
    keep:
      containers:
        - name: [db, "cache*"]
          label: x
    stop:
      containers:
        - running-for: 6h
    remove:
      containers:
        - stopped-for: 14d
        - status: exited

    """)
  let web = container("web", finishedAt: try ago("3d"))
  let weighing = try #require(
    policy.weighing(of: .container(web.id), on: .with([web]), at: now, runningIn: nil))
  #expect(weighing.decision == .remove)
  #expect(weighing.rules.map(\.verb) == [.keep, .stop, .remove, .remove])
  #expect(weighing.rules.map(\.matches) == [false, false, false, true])
  #expect(
    weighing.rules.map(\.failing) == [
      ["name: [db, cache*]", "label: x"], [], ["stopped-for: 14d"], [],
    ])
  #expect(weighing.rules.map(\.matchesFrom) == [nil, nil, now + .seconds(11 * 86_400), nil])
}

@Test func activeContainerIsWeighedForRemovalAsItWillBeOnceItIsStopped() throws {
  let policy = try policy(
    """
    stop:
      containers:
        - running-for: 6h
    remove:
      containers:
        - status: exited
          stopped-for: 1d

    """)
  let web = container("web", state: .running, startedAt: try ago("9h"))
  let weighing = try #require(
    policy.weighing(of: .container(web.id), on: .with([web]), at: now, runningIn: nil))
  let tomorrow = (now + .seconds(86_400)).rfc3339
  #expect(weighing.decision == .stop)
  #expect(weighing.rules.map(\.failing) == [[], ["stopped-for: 1d"]])
  #expect(
    weighing.changes == [
      "without the rule stop.containers[0]: keep (running for 9 hours)",
      "remove.containers[0] would select it but for stopped-for: 1d; if nothing uses it until "
        + "\(tomorrow): remove (remove.containers[0])",
      "a keep rule that matches it",
    ])
}

@Test func keptByRulesSaysWhichOfThemWouldAllHaveToGo() throws {
  let policy = try policy(
    "keep:\n  images:\n    - reference: app\n    - label: x\n    - newest: 1\n" + removeAll)
  let app = image("a", ["app:1"])
  let host = snapshot([app, image("b", ["app:2"])])
  #expect(
    changes(.image(app.id), policy, host) == [
      "without the rules keep.images[0] and keep.images[2]: remove (remove.images[1])"
    ])
  let weighing = policy.weighing(of: .image(ImageID("b")), on: host, at: now, runningIn: nil)
  #expect(weighing?.rules[2].failing == ["newest: 1"])
}

@Test func graceSaysWhenItEndsAndWhatFollows() throws {
  let policy = try policy("grace: 1h\n" + removeAll)
  let end = (now + .seconds(1_800)).rfc3339
  let old = Timestamp(microseconds: now.microseconds - 1_800_000_001)
  var host = Snapshot.with(
    [container("web", created: try ago("30m"))],
    volumes: [Volume(name: "young", firstSeen: try ago("30m")), Volume(name: "unknown")],
    buildCache: [record("r", lastUsed: old)])
  host.images = [image("i", firstSeen: try ago("30m"))]
  for (object, verdict) in [
    (ObjectID.container(ContainerID("web")), "remove.containers[0]"),
    (.image(ImageID("i")), "remove.images[0]"), (.volume("young"), "remove.volumes[0]"),
    (.buildCache("r"), "remove.build-cache[0]"),
  ] {
    #expect(
      changes(object, policy, host) == ["when the grace is over, at \(end): remove (\(verdict))"])
  }
  #expect(
    changes(.volume("unknown"), policy, host) == [
      "with grace: 0s, since nobody knows its age: remove (remove.volumes[0])"
    ])
}

@Test func inUseSaysWhatFollowsWithoutTheUsers() throws {
  let policy = try policy(
    """
    remove:
      images:
        - unused-for: 1d
      volumes:
        - name: quick
        - unused-for: 1d
      networks:
        - unused-for: 1d
      build-cache:
        - all: true

    """)
  let old = try ago("9d")
  var host = Snapshot.with(
    [
      container("web", of: "i", volumes: [anonymous("a").name, "quick"], networks: ["n"]),
      container("db", of: "j", state: .running, networks: ["n"]),
    ],
    volumes: [anonymous("a", lastUsed: old), Volume(name: "quick", lastUsed: old)],
    networks: [network("n", lastUsed: old)], buildCache: [record("r", inUse: true)])
  host.images = [image("i", lastUsed: old), image("j", lastUsed: old)]
  let rest = "keep (no rule selects it)"
  for (object, expected) in [
    (ObjectID.image(ImageID("i")), "when container web is gone: remove (remove.images[0])"),
    (.image(ImageID("j")), "when container db is gone: \(rest)"),
    (.volume("quick"), "when container web is gone: remove (remove.volumes[0])"),
    (.volume(anonymous("a").name), "when container web is gone: \(rest)"),
    (.network("n"), "when containers db, web are gone: \(rest)"),
    (.buildCache("r"), "when no build uses it any more: remove (remove.build-cache[0])"),
  ] {
    #expect(changes(object, policy, host) == [expected])
  }
}

@Test func whatNoRuleComesNearIsToldTheListThatARuleWouldStandIn() throws {
  let policy = try policy("remove:\n  images:\n    - dangling: true\n      label: x\n")
  var host = Snapshot.with(
    volumes: [Volume(name: "data"), anonymous("a")], networks: [network("n")],
    buildCache: [record("r")])
  host.images = [image("i", ["app:1"])]
  for (object, list) in [
    (ObjectID.image(ImageID("i")), "remove.images that selects"),
    (.volume("data"), "remove.volumes that names"),
    (.volume(anonymous("a").name), "remove.volumes that selects"),
    (.network("n"), "remove.networks that selects"),
    (.buildCache("r"), "remove.build-cache that selects"),
  ] {
    #expect(changes(object, policy, host) == ["a rule under \(list) it"])
  }
}

@Test func noRuleSaysWhichRulesMissItByOneKeyAndUntilWhen() throws {
  let policy = try policy(
    """
    remove:
      containers:
        - all: true
      images:
        - reference: web
          unused-for: 1d
        - unused-for: 14d
      volumes:
        - unused-for: 2d
        - name: "tmp-*"

    """)
  let seen = image("i", ["app:1"], firstSeen: try ago("10d"))
  let later = (now + .seconds(4 * 86_400)).rfc3339
  #expect(
    changes(.image(seen.id), policy, snapshot([seen])) == [
      "remove.images[0] would select it but for reference: web",
      "remove.images[1] would select it but for unused-for: 14d; if nothing uses it until \(later): "
        + "remove (remove.images[1])",
    ])
  let data = Volume(name: "data", lastUsed: try ago("9d"))
  #expect(
    changes(.volume("data"), policy, .with(volumes: [data])) == [
      "remove.volumes[0] would select it but for the missing name",
      "remove.volumes[1] would select it but for name: tmp-*",
    ])
  let used = anonymous("a", lastUsed: try ago("9d"))
  let host = Snapshot.with([container("web", volumes: [used.name])], volumes: [used])
  let end = (now + .seconds(2 * 86_400)).rfc3339
  #expect(
    changes(.volume(used.name), policy, host) == [
      "remove.volumes[0] would select it but for unused-for: 2d; if nothing uses it until \(end): "
        + "remove (remove.volumes[0])",
      "remove.volumes[1] would select it but for name: tmp-*",
    ])
}

@Test func timesAreToldInWholeSecondsNeverTooEarly() throws {
  let policy = try policy("remove:\n  containers:\n    - created-before: 30d\n")
  let web = container("web", created: try ago("29d"))
  // Created before means longer ago than that, so not in the very second.
  let later = (now + .seconds(86_401)).rfc3339
  #expect(
    changes(.container(web.id), policy, .with([web])) == [
      "remove.containers[0] would select it but for created-before: 30d; if nothing uses it until "
        + "\(later): remove (remove.containers[0])"
    ])
}

@Test func parentWhoseChildrenAreRemovedIsWeighedAsDangling() throws {
  let policy = try policy("remove:\n  images:\n    - reference: app\n    - dangling: true\n")
  let base = image("base", digests: ["base@sha256:1"])
  let host = snapshot([image("app", ["app:1"], parent: "base"), base])
  let weighing = policy.weighing(of: .image(base.id), on: host, at: now, runningIn: nil)
  #expect(weighing?.decision == .remove)
  #expect(weighing?.rules.map(\.matches) == [false, true])
}

@Test func parentSaysWhatFollowsWithoutWhatWasMadeFromIt() throws {
  let policy = try policy("keep:\n  images:\n    - reference: app\n" + removeAll)
  var host = Snapshot.with(buildCache: [
    record("base"), record("b", from: ["base"], inUse: true), record("c", from: ["base"]),
    record("circle", from: ["circle"]),
  ])
  host.images = [image("i", ["base:1"]), image("j", ["app:1"], parent: "i")]
  #expect(
    changes(.image(ImageID("i")), policy, host) == [
      "when app:1, built from it, is gone: remove (remove.images[1])"
    ])
  #expect(
    changes(.buildCache("base"), policy, host) == [
      "when b, made from it, is gone: remove (remove.build-cache[0])"
    ])
}

@Test func removedSaysWhatWouldKeepIt() throws {
  let policy = try policy(removeAll)
  var host = Snapshot.with(
    [container("web")], volumes: [Volume(name: "v")], buildCache: [record("r")])
  host.images = [image("i")]
  #expect(
    changes(.container(ContainerID("web")), policy, host) == [
      "without the rule remove.containers[0]: keep (no rule selects it)",
      "a keep rule that matches it",
    ])
  #expect(
    changes(.image(ImageID("i")), policy, host) == [
      "without the rules remove.images[0] and remove.images[1]: keep (no rule selects it)",
      "a keep rule that matches it", "a container that uses it and stays",
    ])
  #expect(changes(.volume("v"), policy, host)?.last == "a container that uses it and stays")
  #expect(
    changes(.buildCache("r"), policy, host)?.last == "a record that was made from it and stays")
}

@Test func activeSaysWhatFollowsOnceItIsStopped() throws {
  let policy = try policy("grace: 1h\nstop:\n  containers:\n    - label: ci\n" + removeAll)
  let web = container("web", state: .running, startedAt: try ago("9h"))
  let odd = container("odd", state: .unknown("odd"), startedAt: try ago("9h"))
  let host = Snapshot.with([web, odd])
  #expect(
    changes(.container(web.id), policy, host) == [
      "when it is stopped: keep (exited less than a second ago, within the grace of 1h)",
      "stop.containers[0] would select it but for label: ci",
    ])
  #expect(changes(.container(odd.id), policy, host)?.first == "a state that balai knows")
  var ci = web
  ci.labels = ["ci": ""]
  let end = (now + .seconds(3_600)).rfc3339
  #expect(
    changes(.container(ci.id), policy, .with([ci]))?[1]
      == "when it has been stopped for the grace, at \(end): remove (remove.containers[0])")
}

@Test func whatRunsBalaiSaysWhatFollowsElsewhere() throws {
  let own = container("0123456789abcdef", of: "i")
  var host = Snapshot.with([own])
  host.images = [image("i", ["balai:1"])]
  let policy = try policy(removeAll)
  #expect(
    changes(.container(own.id), policy, host, runningIn: own.id) == [
      "when balai runs elsewhere: remove (remove.containers[0])"
    ])
  #expect(
    changes(.image(ImageID("i")), policy, host, runningIn: own.id) == [
      "when balai runs elsewhere: remove (remove.images[1])"
    ])
}

@Test func nothingChangesWhatTheEngineOwns() throws {
  let policy = try policy(removeAll)
  #expect(changes(.network("bridge"), policy, .with(networks: [network("bridge")])) == [])
}
