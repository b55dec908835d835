import Inventory

extension RootReader {
  /// Finds out what each record of the build cache has, and has walked what is not a layer.
  mutating func planBuildCache() {
    guard let asked = question.buildCache, let records else { return }
    reading.buildCache = [:]
    let chains = Dictionary(
      reading.layers.map { ($1.cacheID, $0) }, uniquingKeysWith: { first, _ in first })
    var holders: [String: String] = [:]
    for record in asked.sorted() {
      guard let snapshot = records.snapshot(of: record) else { continue }
      if let chain = snapshot.chain ?? snapshot.directory.flatMap({ chains[$0] }) {
        // A layer that is not there any more: the record is on its way out.
        guard reading.layers[chain] != nil else { continue }
        reading.buildCache?[record] = .init(chain: chain, own: nil)
      } else if let directory = snapshot.directory {
        // Two records can share a directory; the one that it is named after counts it.
        if holders[directory] == nil || directory == record { holders[directory] = record }
        reading.buildCache?[record] = .init(chain: nil, own: .init(content: 0, blocks: 0))
      } else {
        reading.buildCache?[record] = .init(chain: nil, own: .init(content: 0, blocks: 0))
      }
    }
    for (directory, record) in holders { planRecord(record, in: directory) }
  }

  private mutating func planRecord(_ record: String, in directory: String) {
    // Nothing is known until it has been walked.
    reading.buildCache?[record] = nil
    guard let layout, let folder = layout.contentFolder,
      let paths = try? layout.paths(of: directory, in: root), let path = paths.first
    else { return }
    let parts = [WalkUnit.Part(path: path, content: .below(folder))]
    plan.walk(parts + paths.dropFirst().map { .init(path: $0) }, for: .cacheRecord(record))
  }
}
