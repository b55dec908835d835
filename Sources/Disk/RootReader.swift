import Inventory

/// One reading of a data root: the engine's small files first, then all walks at once.
struct RootReader {
  let root: Folder
  let question: DiskQuestion
  let layout: DriverLayout?
  let database: LayerDatabase
  let records: BuildCacheDatabase?
  var plan = WalkPlan()
  var reading = DiskReading()
  /// Blocks of what was not walked since they are known.
  private(set) var knownBlocks: Int64 = 0

  /// - Throws: Where the layer store cannot be read, or the crew was stopped. A single object that
  ///   cannot be read is missing from the reading.
  static func read(
    _ question: DiskQuestion, of driver: String, from root: Folder, with crew: WalkCrew
  ) throws(DiskError) -> DiskReading {
    var reader = RootReader(question, of: driver, from: root)
    let (layers, halves) = try reader.database.layers(knowing: question.layers)
    reader.reading.layers = layers
    for (chain, layer) in layers { reader.planLayer(chain, layer) }
    for (id, wish) in question.containers { reader.planContainer(id, wish) }
    for image in question.images { reader.planImage(image) }
    for volume in question.volumes where volume.isPlainName {
      reader.plan.walk(WalkUnit(volume: volume).parts, for: .volume(volume))
    }
    reader.planBuildCache()
    if question.whole, (try? reader.planStrays(halves)) != nil { reader.plan.walkRest() }
    let tallies = reader.plan.carryOut(with: crew)
    if crew.stop.isUp { throw .cancelled }
    reader.note(tallies)
    return reader.reading
  }

  private init(_ question: DiskQuestion, of driver: String, from root: Folder) {
    self.root = root
    self.question = question
    layout = DriverLayout(of: driver)
    database = LayerDatabase(of: driver, in: root)
    // Before the layers: a record that has become a layer by then is found by its directory.
    records =
      question.whole || question.buildCache != nil
      ? (try? BuildCacheDatabase(in: root, for: question.buildCache ?? [])).flatMap(\.self) : nil
  }

  private mutating func planLayer(_ chain: String, _ layer: DiskReading.Layer) {
    guard let layout, let digits = chain.sha256Digits, layer.blocks == nil || question.whole,
      let paths = try? layout.paths(of: layer.cacheID, in: root)
    else { return }
    planToWalk(
      paths + ["\(database.path)/sha256/\(digits)"], for: .layer(chain), unlessKnown: layer.blocks)
  }

  private mutating func planToWalk(
    _ paths: [String], for owner: WalkPlan.Owner, unlessKnown blocks: Int64?
  ) {
    guard let blocks else { return plan.walk(paths.map { .init(path: $0) }, for: owner) }
    plan.leaveOut(paths)
    knownBlocks += blocks
  }

  private mutating func planContainer(_ id: ContainerID, _ wish: DiskQuestion.WritableLayer) {
    let folder = "containers/\(id)"
    guard id.rawValue.isPlainName, let names = try? root.names(in: folder), !names.isEmpty else {
      return
    }
    let logs = names.filter { Self.isLog($0, of: id) }
    plan.walk(logs.map { .init(path: "\(folder)/\($0)", content: .all) }, for: .logs(id))
    var skipping = PathTree()
    for log in logs { skipping.insert(log) }
    plan.walk([.init(path: folder, skipping: skipping)], for: .records(id))
    planWritableLayer(of: id, wish)
  }

  /// The log files of json-file and those of local, which the engine also keeps for drivers that it
  /// cannot read back (moby `daemon/logs.go`, `daemon/logger/loggerutils/cache`); rotated ones too.
  private static func isLog(_ name: String, of id: ContainerID) -> Bool {
    name == "local-logs" || name.hasPrefix("\(id)-json.log")
      || name.hasPrefix("container-cached.log")
  }

  private mutating func planWritableLayer(of id: ContainerID, _ wish: DiskQuestion.WritableLayer) {
    var known: Int64?
    if case .known(let blocks) = wish { known = blocks }
    if wish == .leave || known != nil, !question.whole { return }
    guard let layout, let paths = try? writablePaths(of: id.rawValue, layout) else { return }
    planToWalk(paths, for: .writable(id), unlessKnown: known)
  }

  private func writablePaths(
    of container: String, _ layout: DriverLayout
  ) throws(DiskError) -> [String] {
    var paths = ["\(database.path)/mounts/\(container)"]
    for name in try database.directories(of: container) {
      paths += try layout.paths(of: name, in: root)
    }
    return paths
  }

  private mutating func planImage(_ id: ImageID) {
    guard let digits = id.rawValue.sha256Digits else { return }
    let parts = ["content", "metadata"].map {
      WalkUnit.Part(path: "\(database.imagePath)/\($0)/sha256/\(digits)")
    }
    plan.walk(parts, for: .image(id))
  }
}
