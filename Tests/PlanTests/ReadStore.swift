import Inventory
import TestSupport

/// A made-up engine whose data root was read: images, containers, build-cache records and leaked layers
/// over one layer store, with the truth about content and blocks of each.
///
/// Images have no history, so that nothing but the reading can tell a layer's size.
struct ReadStore {
  private(set) var snapshot: Snapshot
  /// The layers below and at each chain, and what each weighs.
  private var path: [String: [String]] = [:]
  private var weight: [String: DiskReading.Measure] = [:]
  /// The chain that each object holds, and what it has for itself.
  private var chain: [ObjectID: String] = [:]
  private var own: [ObjectID: DiskReading.Measure] = [:]
  /// Chains that the engine leaked: nothing holds them, and they stay for ever.
  private var leaked: [String] = []
  private var random: SeededGenerator

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    snapshot = Snapshot(
      engine: .sample, takenAt: Timestamp(seconds: 1), images: [], containers: [],
      buildCache: [], disk: DiskReading(buildCache: [:]))
    for _ in 0..<30 { addLayer() }
    for number in 0..<12 { addImage(number) }
    for number in 0..<8 { addContainer(number) }
    for number in 0..<10 { addRecord(number) }
    for number in 0..<3 { addVolume(number) }
    // A reference that leaked while something holds the layer leaves no trace on the disk.
    let used = Set(chain.values.flatMap { path[$0] ?? [] })
    leaked = random.some(path.keys.filter { !used.contains($0) }.sorted(), oneIn: 3)
    // Whatever nothing holds and nobody leaked is not on the disk.
    let held = onDisk(Set(objects))
    let layers = snapshot.disk?.layers ?? [:]
    snapshot.disk?.layers = layers.filter { held.contains($0.key) }
  }

  var objects: [ObjectID] { own.keys.sorted() }

  /// Content and blocks of all that is on the disk while these objects are there.
  func measure(of left: Set<ObjectID>) -> DiskReading.Measure {
    let layers = onDisk(left).compactMap { weight[$0] }
    let all = layers + left.compactMap { own[$0] }
    return DiskReading.Measure(
      content: all.reduce(0) { $0 + $1.content }, blocks: all.reduce(0) { $0 + $1.blocks })
  }

  /// What leaked and what only that holds.
  var orphans: DiskReading.Measure {
    let layers = onDisk([]).subtracting(chain.values.flatMap { path[$0] ?? [] })
    return DiskReading.Measure(
      content: layers.reduce(0) { $0 + (weight[$1]?.content ?? 0) },
      blocks: layers.reduce(0) { $0 + (weight[$1]?.blocks ?? 0) })
  }

  private func onDisk(_ left: Set<ObjectID>) -> Set<String> {
    Set((left.compactMap { chain[$0] } + leaked).flatMap { path[$0] ?? [] })
  }

  private mutating func addLayer() {
    let parent = random.chance(oneIn: 5) ? nil : path.keys.sorted().randomElement(using: &random)
    let diff = "sha256:" + random.hex(64)
    let id = parent.map { "sha256:" + SHA256.hex("\($0) \(diff)") } ?? diff
    let measure = someMeasure()
    path[id] = (parent.flatMap { path[$0] } ?? []) + [id]
    weight[id] = measure
    snapshot.disk?.layers[id] = DiskReading.Layer(
      parent: parent, diff: diff, size: measure.content, cacheID: random.hex(64),
      blocks: measure.blocks)
  }

  private mutating func addImage(_ number: Int) {
    let id = ImageID(random.hex(64))
    let top = someChain()
    let layers = path[top] ?? []
    snapshot.images.append(
      Image(
        id: id, references: ["image\(number):1"],
        size: layers.reduce(0) { $0 + (weight[$1]?.content ?? 0) },
        content: ImageContent(
          diffs: layers.compactMap { snapshot.disk?.layers[$0]?.diff }, history: [])))
    let records = Int64.random(in: 1...9, using: &random) * 512
    snapshot.disk?.imageRecords[id] = records
    add(.image(id), holding: top, DiskReading.Measure(content: 0, blocks: records))
  }

  /// Of an image that the engine lists, or of one that only the layer store remembers.
  private mutating func addContainer(_ number: Int) {
    let image = random.chance(oneIn: 4) ? nil : snapshot.images.randomElement(using: &random)
    let top = image.flatMap { chain[.image($0.id)] } ?? someChain()
    let id = ContainerID(random.hex(64))
    let (writable, logs) = (someMeasure(), someMeasure())
    let records = Int64.random(in: 1...9, using: &random) * 512
    snapshot.containers.append(
      Container(
        id: id, name: "container\(number)", image: image?.references.first ?? "gone:1",
        imageID: image?.id ?? ImageID(random.hex(64)), state: .exited,
        created: Timestamp(seconds: 1), writableSize: writable.content, rootSize: 99_999))
    snapshot.disk?.containers[id] = DiskReading.ContainerFiles(
      writableBlocks: writable.blocks, logs: logs, recordBlocks: records, chain: top)
    add(
      .container(id), holding: top,
      DiskReading.Measure(
        content: writable.content + logs.content,
        blocks: writable.blocks + logs.blocks + records))
  }

  /// One that holds a layer of the store, or one that has files of its own.
  private mutating func addRecord(_ number: Int) {
    let id = random.hex(25)
    let top = random.chance(oneIn: 3) ? nil : someChain()
    let own = someMeasure()
    snapshot.buildCache?.append(
      BuildCacheRecord(
        id: id, type: "regular", isShared: random.chance(oneIn: 2),
        size: top == nil ? own.content : 0))
    snapshot.disk?.buildCache?[id] = DiskReading.CacheFiles(
      chain: top, own: top == nil ? own : nil)
    add(
      .buildCache(id), holding: top,
      top == nil ? own : DiskReading.Measure(content: 0, blocks: 0))
  }

  private mutating func addVolume(_ number: Int) {
    let measure = someMeasure()
    snapshot.volumes.append(Volume(name: "volume\(number)"))
    snapshot.disk?.volumes["volume\(number)"] = measure
    add(.volume("volume\(number)"), holding: nil, measure)
  }

  private mutating func add(
    _ object: ObjectID, holding top: String?, _ measure: DiskReading.Measure
  ) {
    chain[object] = top
    own[object] = measure
  }

  private mutating func someChain() -> String { random.pick(path.keys.sorted()) }

  private mutating func someMeasure() -> DiskReading.Measure {
    let content = random.chance(oneIn: 4) ? 0 : Int64.random(in: 1...20_000, using: &random)
    return DiskReading.Measure(
      content: content, blocks: (content / 4096 + Int64.random(in: 1...6, using: &random)) * 4096)
  }
}
