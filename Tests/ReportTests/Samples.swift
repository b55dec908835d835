import Inventory
import Plan
import Policy
import Report

/// A small host, the same in every test of this room.
enum Samples {
  static let now = Timestamp(seconds: 1_790_000_000)

  static func ago(_ duration: Duration) -> Timestamp { now - duration }

  static func hours(_ hours: Int) -> Duration { .seconds(hours * 3_600) }

  static func text(
    verbose: Bool = false, idsOnly: Bool = false, truncates: Bool = true, colours: Bool = false,
    width: Int? = nil
  ) -> Presentation {
    Presentation(
      idsOnly: idsOnly, truncates: truncates, isVerbose: verbose, colours: colours, width: width,
      now: now)
  }

  static func json(verbose: Bool = false) -> Presentation {
    Presentation(format: .json, isVerbose: verbose, now: now)
  }

  static func imageID(_ seed: String) -> ImageID { ImageID(hex(seed)) }
  static func containerID(_ seed: String) -> ContainerID { ContainerID(hex(seed)) }

  private static func hex(_ seed: String) -> String {
    String(String(repeating: seed, count: 64).prefix(64))
  }

  static let engine = EngineIdentity(
    kind: .docker, id: "QK4V:7N2M", hostName: "ci-7", rootDirectory: "/var/lib/docker",
    serverVersion: "20.10.24", apiVersion: "1.41", storageDriver: "overlay2",
    imageStore: .graphDriver)

  static let shop = Image(
    id: imageID("9c1e"), references: ["registry.example.com:5000/shop:1.0", "shop:latest"],
    created: ago(hours(24 * 40)), size: 184_000_000, firstSeen: ago(hours(24 * 30)),
    lastUsed: ago(hours(24 * 20)))
  static let dangling = Image(
    id: imageID("07ab"), created: ago(hours(50)), size: 13_312, firstSeen: ago(hours(49)))
  static let redis = Image(
    id: imageID("e5d0"), digests: ["redis@sha256:" + hex("77")], created: nil,
    size: 1_840_000_000, firstSeen: ago(hours(3)), lastUsed: ago(.seconds(70)))

  static let cache = Container(
    id: containerID("3f2a"), name: "cache", image: "redis@sha256:" + hex("77"), imageID: redis.id,
    state: .running, status: "Up 3 hours", command: "docker-entrypoint.sh redis-server",
    created: ago(hours(3)), startedAt: ago(hours(3)), volumes: ["cache-data"])
  static let job = Container(
    id: containerID("b04c"), name: "job-日本", image: "shop:latest", imageID: shop.id,
    labels: ["ci": "true"], state: .exited, status: "Exited (0) 2 days ago", command: "make test",
    created: ago(hours(49)), startedAt: ago(hours(49)), finishedAt: ago(hours(48)),
    writableSize: 7_300_000)

  static let stopRule = RuleReference(
    file: "ci.yaml", line: 9, keyPath: "stop.containers[0]", text: "label: ci=true")
  static let containerRule = RuleReference(
    file: "ci.yaml", line: 12, keyPath: "remove.containers[0]",
    text: "status: [exited, dead], stopped-for: 24h")
  static let imageRule = RuleReference(
    file: "ci.yaml", line: 15, keyPath: "remove.images[0]", text: "unused-for: 14d")

  /// Content, and blocks of 4 KiB for it and one more.
  static func footprint(_ content: Bytes) -> Footprint {
    func blocks(_ bytes: Int64) -> Int64 { bytes == 0 ? 0 : (bytes / 4096 + 2) * 4096 }
    return Footprint(
      content: content,
      disk: Bytes(atLeast: blocks(content.atLeast), atMost: blocks(content.atMost)))
  }

  static func step(
    _ number: Int, _ action: ActionKind, _ image: Image, _ reference: String?, frees: Bytes
  ) -> PlannedStep {
    PlannedStep(
      number: number, wave: 0, action: action, object: .image(image.id), reference: reference,
      title: reference ?? image.id.short,
      reason: Reason(.removeRule, rule: imageRule, detail: "not used for 20 days"),
      frees: footprint(frees), restorability: action == .untag ? .restorable : .lost(.image),
      expected: .image(ExpectedImage(image, children: [])))
  }

  static func step(
    _ number: Int, _ action: ActionKind, _ container: Container, _ rule: RuleReference,
    _ detail: String, frees: Bytes
  ) -> PlannedStep {
    PlannedStep(
      number: number, wave: 0, action: action, object: .container(container.id),
      title: container.name,
      reason: Reason(action == .stop ? .stopRule : .removeRule, rule: rule, detail: detail),
      frees: footprint(frees),
      restorability: action == .stop ? .restorable : .lost(.writableLayer),
      expected: .container(ExpectedContainer(container)))
  }

  static let steps = [
    step(0, .stop, cache, stopRule, "running for 3 hours", frees: .zero),
    step(
      1, .removeContainer, job, containerRule, "stopped 2 days ago",
      frees: Bytes(exactly: 7_300_000)),
    step(2, .untag, shop, "registry.example.com:5000/shop:1.0", frees: .zero),
    step(
      3, .removeImage, shop, "shop:latest",
      frees: Bytes(atLeast: 7_300_000, atMost: 177_000_000)),
    step(4, .removeImage, dangling, nil, frees: Bytes(exactly: 512)),
  ]

  static let kept = [
    KeptObject(
      object: .image(redis.id), title: "redis",
      reason: Reason(.inUse, detail: "container cache uses it")),
    KeptObject(
      object: .container(containerID("55aa")), title: "db",
      reason: Reason(
        .keepRule,
        rule: RuleReference(
          file: "ci.yaml", line: 4, keyPath: "keep.containers[0]", text: "name: db"),
        detail: "its name is db")),
  ]

  static func plan(
    steps: [PlannedStep] = steps, kept: [KeptObject] = kept,
    notes: [String] = ["what the build cache shares with images is not known"]
  ) -> RemovalPlan {
    RemovalPlan(
      engine: engine, policy: PolicyReference(name: "ci-runner", digest: hex("d1")),
      createdAt: now, stopTimeout: 10, steps: steps, kept: kept, notes: notes)
  }

  static let imageRows = [
    ImageUsage(
      image: shop, shared: Bytes(exactly: 7_000_000),
      unique: footprint(Bytes(exactly: 177_000_000)),
      containers: ["job-日本"], verdict: "remove", reason: "not used for 20 days"),
    ImageUsage(
      image: dangling, shared: Bytes(exactly: 12_800), unique: footprint(Bytes(exactly: 512)),
      containers: [],
      verdict: "keep", reason: ""),
    ImageUsage(
      image: redis, shared: .zero, unique: footprint(Bytes(atLeast: 0, atMost: 1_840_000_000)),
      containers: ["cache"], verdict: "keep", reason: "container cache uses it"),
  ]

  static let containerRows = [
    ContainerUsage(
      container: cache, unique: .zero, logs: nil, verdict: "stop", reason: "running for 3 hours"),
    ContainerUsage(
      container: job, unique: footprint(Bytes(exactly: 7_300_000)), logs: 288_894,
      verdict: "remove",
      reason: "stopped 2 days ago"),
  ]

  static let usage = DiskUsage(
    engine: engine,
    kinds: [
      .init(
        name: .images, total: 3, active: 2, size: Bytes(exactly: 2_024_013_312),
        reclaimable: Bytes(atLeast: 512, atMost: 1_840_000_512)),
      .init(
        name: .containers, total: 2, active: 1, size: Bytes(exactly: 7_300_000),
        reclaimable: Bytes(exactly: 7_300_000)),
      .init(name: .volumes, total: 1, active: 1, size: Bytes(exactly: 999_600), reclaimable: .zero),
      .init(name: .buildCache, total: 0, active: 0, size: .zero, reclaimable: .zero),
    ],
    storage: StorageKind.allCases.enumerated().map { place, kind in
      DiskUsage.StorageLine(
        kind: kind, total: footprint(Bytes(exactly: Int64(place) * 1_000_000)),
        byPolicy: footprint(Bytes(exactly: Int64(place) * 100_000)))
    },
    remainder: .init(
      root: "/var/lib/docker", whole: 15_400_960, orphanedLayers: 8_192,
      strays: [DiskReading.Stray(path: "tmp/docker-export-1", blocks: 20_480)],
      engineFiles: 331_776),
    policy: "ci-runner", byPolicy: footprint(Bytes(exactly: 184_300_512)),
    notes: ["volumes are counted by their content"], images: imageRows, containers: containerRows,
    volumes: [
      VolumeUsage(
        volume: Volume(name: "cache-data", created: ago(hours(3)), size: 999_600),
        holds: footprint(Bytes(exactly: 999_600)), containers: ["cache"], verdict: "keep",
        reason: "used by cache")
    ],
    buildCache: [
      BuildCacheUsage(
        record: BuildCacheRecord(
          id: "q1w2e3r4t5y6u7i8o9p0", type: "regular", description: "mount / from exec /bin/sh",
          parents: ["a1s2d3f4g5h6j7k8l9"], isShared: true, size: 42_000, created: ago(hours(200)),
          lastUsed: ago(hours(30))),
        unique: .zero, verdict: "remove", reason: "last used 30 hours ago")
    ])

  static func run(
    outcomes: [Outcome?] = [
      .done, .done, .gone, .inUse("container web uses it"), .failed("device or resource busy"),
    ],
    end: RunEnd = .complete, freed: Bytes? = Bytes(exactly: 7_300_000)
  ) -> RunRecord {
    let records = zip(steps, outcomes).map { step, outcome in
      StepRecord(
        number: step.number, action: step.action, object: step.object, title: step.title,
        frees: step.frees, restorability: step.restorability,
        intendedAt: outcome == nil ? nil : ago(.seconds(60)), outcome: outcome)
    }
    return RunRecord(
      id: 12, engineKey: engine.key, engineName: engine.hostName, policy: "ci-runner",
      startedAt: ago(.seconds(95)), finishedAt: ago(.seconds(20)), end: end,
      predicted: plan().frees, freed: freed.map(footprint),
      measured: freed.map { $0.atLeast + 90_000 },
      steps: records)
  }

  /// The undo of `run`: its steps in the opposite order, and nothing that frees.
  static func undo(outcomes: [Outcome?]) -> RunRecord {
    var undo = run(outcomes: outcomes.reversed(), freed: nil)
    undo.id = 14
    undo.undoes = 12
    undo.predicted = .zero
    undo.steps = undo.steps.reversed().enumerated().map { number, step in
      var step = step
      step.number = number
      return step
    }
    return undo
  }

  static let snapshot = Snapshot(
    engine: engine, takenAt: now, images: [shop, dangling, redis], containers: [cache, job],
    volumes: [Volume(name: "cache-data")],
    networks: [Network(id: "n1", name: "bridge", driver: "bridge")])

  static let remembered = Remembered(
    images: [shop.id: ImageContent(diffs: [], history: [])],
    containers: [cache.id: cache, job.id: job], lastEvent: nil)

  static let policies = [
    PolicySummary(name: "default", description: "Conservative.", source: "built in"),
    PolicySummary(name: "mine", description: nil, source: "/etc/balai/mine.yaml"),
  ]

  static let checks = [
    PolicyCheck(file: "ci.yaml", problems: []),
    PolicyCheck(
      file: "bad.yaml",
      problems: ["bad.yaml:14: unknown key 'until'; did you mean 'created-before'?"]),
    PolicyCheck(file: "idle.yaml", problems: [], findings: findings),
  ]
}
