import Inventory

extension RootReader {
  /// Has walked what no object explains, each for itself.
  ///
  /// - Parameter halves: What is in the layer database and is no layer.
  mutating func planStrays(_ halves: [String]) throws(DiskError) {
    // Where layers cannot be walked, nobody can say what is left.
    guard let layout else { throw .damaged(path: database.path) }
    try planStrayDirectories(of: layout)
    for path in halves { planStray([path]) }
    for name in try database.mounts() { planStray(["\(database.path)/mounts/\(name)"]) }
    for folder in ["containers", "tmp", database.path + "/tmp"] {
      for name in try root.names(in: folder) { planStray(["\(folder)/\(name)"]) }
    }
    // The engine renames its old temporary directory at its start and then removes it.
    if root.holds("tmp-old") { planStray(["tmp-old"]) }
  }

  private mutating func planStrayDirectories(of layout: DriverLayout) throws(DiskError) {
    let duplicates = records?.duplicates { reading.layers[$0]?.cacheID } ?? []
    let known = records?.directories.subtracting(duplicates)
    for name in try root.names(in: layout.home) where !layout.isLinkFolder(name) {
      // Without its database every directory that BuildKit may have made has to count as its own.
      guard known.map({ !$0.contains(name) }) ?? layout.isEngineName(name) else { continue }
      planStray(try layout.paths(of: name, in: root))
    }
  }

  /// Leaves out what has an owner. What a running build or pull just made is among the strays, too.
  private mutating func planStray(_ paths: [String]) {
    guard let path = paths.first, !plan.taken.holds(path) else { return }
    plan.walk(paths.map { .init(path: $0) }, for: .stray(path))
  }
}
