package import Inventory

/// A believable store that a seed repeats: images in forests with shared layers, containers in every
/// state with volumes and networks, a build cache, and the truth about each layer, which an engine's
/// API does not tell.
package struct RandomSnapshot: Sendable {
  /// One layer of an image.
  package struct Layer: Hashable, Sendable {
    /// `sha256:` and the digest that identifies the layer together with all below it.
    package let chainID: String
    package let diff: String
    package let size: Int64
  }

  /// The time at which every age in the snapshot is meant.
  package static let now = Timestamp(seconds: 1_800_000_000)

  package internal(set) var snapshot: Snapshot
  /// Every image's layers, base first. Equal chain ids have equal sizes.
  package private(set) var layers: [ImageID: [Layer]] = [:]

  var random: SeededGenerator
  private static let repositories = [
    "app", "web", "team/app", "team/db", "registry.example.com/base/go",
    "registry.example.com:5000/base/c",
  ]

  /// `losingHistories` leaves some images without their history, as imported ones can be. Without
  /// records of it the build cache was not asked for; those that are shared say nothing true of the
  /// images' layers.
  package init(
    seed: UInt64, images: Int = 24, containers: Int = 16, losingHistories: Bool = false,
    volumes: Int = 12, networks: Int = 6, buildCache: Int = 0
  ) {
    random = SeededGenerator(seed: seed)
    snapshot = Snapshot(engine: Self.engine, takenAt: Self.now, images: [], containers: [])
    for _ in 0..<images { addImage() }
    tagImages()
    if losingHistories { loseHistories() }
    // Engines list in no order that helps.
    snapshot.images.shuffle(using: &random)
    for number in 0..<containers { addContainer(number) }
    for number in 0..<volumes { addVolume(number) }
    for number in 0..<networks { addNetwork(number) }
    attachContainers()
    if buildCache > 0 { addBuildCache(records: buildCache) }
  }

  package static let engine = EngineIdentity(
    kind: .docker, id: "TEST:ENGINE", hostName: "test", rootDirectory: "/var/lib/docker",
    serverVersion: "28.5.2", apiVersion: "1.51", storageDriver: "overlay2",
    imageStore: .graphDriver)

  /// An image from nothing, built from another one (with the parent link of the classic builder or
  /// without), or another configuration of the same layers.
  private mutating func addImage() {
    let base = random.chance(oneIn: 4) ? nil : snapshot.images.randomElement(using: &random)
    var diffs = base?.content?.diffs ?? []
    var history = base?.content?.history ?? []
    var stack = base.flatMap { layers[$0.id] } ?? []
    let added = Int.random(in: base == nil ? 1...4 : 0...3, using: &random)
    for _ in 0..<added {
      if random.chance(oneIn: 3) { history.append(metadataLine()) }
      let diff = "sha256:" + random.hex(64)
      diffs.append(diff)
      let layer = Layer(chainID: Self.chain(diff, on: stack.last), diff: diff, size: layerSize())
      stack.append(layer)
      history.append(
        HistoryEntry(
          size: layer.size, fingerprint: random.hex(16), isMetadataOnly: false,
          isBuildKit: random.chance(oneIn: 2)))
    }
    if base == nil || random.chance(oneIn: 2) { history.append(metadataLine()) }
    let id = ImageID(random.hex(64))
    layers[id] = stack
    snapshot.images.append(
      Image(
        id: id, parent: random.chance(oneIn: 2) ? base?.id : nil,
        created: random.chance(oneIn: 8) ? nil : age(upToDays: 400),
        size: stack.reduce(0) { $0 + $1.size }, labels: labels(),
        lastTagged: random.chance(oneIn: 2) ? nil : age(upToDays: 60),
        content: ImageContent(diffs: diffs, history: history),
        firstSeen: random.chance(oneIn: 6) ? nil : age(upToDays: 60),
        lastUsed: random.chance(oneIn: 2) ? nil : age(upToDays: 60)))
  }

  private mutating func metadataLine() -> HistoryEntry {
    HistoryEntry(
      size: 0, fingerprint: random.hex(16), isMetadataOnly: random.chance(oneIn: 2),
      isBuildKit: random.chance(oneIn: 2))
  }

  mutating func layerSize() -> Int64 {
    random.chance(oneIn: 5) ? 0 : Int64.random(in: 1...50_000_000, using: &random)
  }

  private static func chain(_ diff: String, on below: Layer?) -> String {
    guard let below else { return diff }
    return "sha256:" + SHA256.hex(below.chainID + " " + diff)
  }

  private mutating func tagImages() {
    for index in snapshot.images.indices where !random.chance(oneIn: 4) {
      var references: Set<String> = []
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let tag = random.pick(["\(index)-\(random.hex(2))", "v1.\(index)", "edge-\(index)"])
        references.insert("\(random.pick(Self.repositories)):\(tag)")
      }
      snapshot.images[index].references = references.sorted()
    }
    for index in snapshot.images.indices where random.chance(oneIn: 4) {
      let repository = random.pick(Self.repositories)
      snapshot.images[index].digests = ["\(repository)@sha256:\(random.hex(64))"]
    }
  }

  private mutating func loseHistories() {
    for index in snapshot.images.indices where random.chance(oneIn: 6) {
      guard let content = snapshot.images[index].content else { continue }
      snapshot.images[index].content = ImageContent(diffs: content.diffs, history: [])
    }
  }

  private mutating func addContainer(_ number: Int) {
    let image = random.chance(oneIn: 10) ? nil : snapshot.images.randomElement(using: &random)
    let state = random.pick(ContainerState.known + [.unknown("stopped"), .exited, .running])
    let created = age(upToDays: 60)
    let wasStarted = state != .created
    let startedAt = wasStarted ? between(created, Self.now) : nil
    let hasEnded = wasStarted && (!state.isActive || random.chance(oneIn: 3))
    let finishedAt = hasEnded ? startedAt.map { between($0, Self.now) } : nil
    let writable = state.isActive ? nil : layerSize()
    var labels = labels()
    if random.chance(oneIn: 3) {
      labels["com.docker.compose.project"] = random.pick(["shop", "blog"])
    }
    snapshot.containers.append(
      Container(
        id: ContainerID(random.hex(64)), name: "\(random.pick(["web", "job", "db"]))-\(number)",
        image: image?.references.first ?? image?.id.rawValue ?? "gone:1",
        imageID: image?.id ?? ImageID(random.hex(64)), labels: labels, state: state,
        created: created, startedAt: startedAt, finishedAt: finishedAt,
        exitCode: finishedAt == nil || state.isActive ? nil : random.pick([0, 0, 1, 137, 143]),
        writableSize: writable,
        rootSize: writable.map { $0 + (image?.size ?? 0) }, autoRemove: random.chance(oneIn: 6),
        restartPolicy: random.pick(["no", "always", "on-failure"]),
        firstSeen: random.chance(oneIn: 3) ? nil : between(created, Self.now)))
  }

  mutating func labels() -> [String: String] {
    var labels: [String: String] = [:]
    if random.chance(oneIn: 8) { labels["balai.keep"] = "" }
    if random.chance(oneIn: 3) { labels["ci"] = random.pick(["true", "false"]) }
    if random.chance(oneIn: 3) { labels["team"] = random.pick(["red", "blue"]) }
    return labels
  }

  /// Some are minutes old, most days.
  mutating func age(upToDays days: Int64) -> Timestamp {
    let seconds = random.chance(oneIn: 5) ? 7_200 : days * 86_400
    return Self.now - .seconds(Int64.random(in: 0...seconds, using: &random))
  }

  private mutating func between(_ first: Timestamp, _ last: Timestamp) -> Timestamp {
    Timestamp(microseconds: .random(in: first.microseconds...last.microseconds, using: &random))
  }
}

extension Snapshot {
  /// Lets some containers use a namespace of another.
  package mutating func shareNamespaces(seed: UInt64) {
    var random = SeededGenerator(seed: seed &+ 991)
    for place in containers.indices where random.chance(oneIn: 2) {
      containers[place].hosts = [random.pick(Namespace.allCases): random.pick(containers).id]
    }
  }
}
