import Inventory

extension RootReader {
  /// Writes down what was counted: what was gone, or cannot be read, is missing.
  mutating func note(_ tallies: [WalkPlan.Owner: Tally]) {
    for (owner, tally) in tallies where tally.partsFound > 0 {
      let measure = DiskReading.Measure(content: tally.content, blocks: tally.blocks)
      switch owner {
      case .layer(let chain): reading.layers[chain]?.blocks = tally.blocks
      case .image(let id): reading.imageRecords[id] = tally.blocks
      case .volume(let name): reading.volumes[name] = measure
      case .cacheRecord(let record):
        reading.buildCache?[record] = .init(chain: nil, own: measure)
      case .records(let id): noteContainer(id, records: tally, tallies)
      case .writable, .logs, .stray, .rest: break
      }
    }
    if question.whole { noteWhole(tallies) }
  }

  private mutating func noteContainer(
    _ id: ContainerID, records: Tally, _ tallies: [WalkPlan.Owner: Tally]
  ) {
    guard let logs = tallies[.logs(id)] else { return }
    var writable = tallies[.writable(id)]?.blocks
    if case .known(let blocks) = question.containers[id] { writable = blocks }
    reading.containers[id] = .init(
      writableBlocks: writable, logs: .init(content: logs.content, blocks: logs.blocks),
      recordBlocks: records.blocks, chain: database.chain(below: id.rawValue))
  }

  /// Adds up what was counted; a single walk that failed leaves the whole unknown.
  private mutating func noteWhole(_ tallies: [WalkPlan.Owner: Tally]) {
    guard tallies[.rest] != nil, tallies.count == plan.owners.count else { return }
    var strays: [DiskReading.Stray] = []
    for case (.stray(let path), let tally) in tallies where tally.partsFound > 0 {
      strays.append(.init(path: path, blocks: tally.blocks))
    }
    reading.whole = .init(
      blocks: tallies.values.reduce(knownBlocks) { $0 + $1.blocks },
      strays: strays.sorted { $0.path < $1.path })
  }
}
