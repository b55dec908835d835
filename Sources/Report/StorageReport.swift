import Inventory
import Plan

extension Presentation {
  /// The whole-disk ledger: every kind of storage once, and what of the data root none explains.
  func storageTable(_ usage: DiskUsage) -> Table {
    var table = Table("STORAGE", "SIZE", "ON DISK", "RECLAIMABLE", "RECLAIMABLE ON DISK")
    for line in usage.storage {
      let isCounted = line.kind != .logs || usage.countsLogs
      table.add(
        .init(line.kind.title), .init(HumanSize.text(isCounted ? line.total.content : nil)),
        .init(HumanSize.text(line.total.disk)),
        .init(HumanSize.text(isCounted ? line.byPolicy.content : nil)),
        .init(HumanSize.text(line.byPolicy.disk)))
    }
    table.add(
      "All of these", .init(HumanSize.text(usage.total.content)),
      .init(HumanSize.text(usage.total.disk)), .init(HumanSize.text(usage.byPolicy.content)),
      .init(HumanSize.text(usage.byPolicy.disk)))
    guard let rest = usage.remainder else { return table }
    let strays = rest.strays.reduce(0) { $0 + $1.blocks }
    for (title, blocks) in [
      ("Layers that nothing holds", rest.orphanedLayers), ("Left-over files", strays),
      ("The engine's own files", rest.engineFiles), ("Data root \(rest.root)", rest.whole),
    ] {
      table.add(.init(title), "", .init(HumanSize.text(blocks)), "", "")
    }
    return table
  }

  func strayLines(_ usage: DiskUsage) -> String {
    guard let strays = usage.remainder?.strays, !strays.isEmpty else { return "" }
    var table = Table("LEFT-OVER FILES", "ON DISK")
    for stray in strays { table.add(.init(stray.path), .init(HumanSize.text(stray.blocks))) }
    return text(of: table) + "\n"
  }

  func shape(_ line: DiskUsage.StorageLine, of usage: DiskUsage) -> JSON {
    let isCounted = line.kind != .logs || usage.countsLogs
    return [
      "kind": .string(line.kind.rawValue),
      "size": .bytes(isCounted ? line.total.content : nil),
      "onDisk": .bytes(line.total.disk),
      "reclaimable": .bytes(isCounted ? line.byPolicy.content : nil),
      "reclaimableOnDisk": .bytes(line.byPolicy.disk),
    ]
  }

  func shape(_ rest: DiskUsage.Remainder?) -> JSON {
    guard let rest else { return .null }
    return [
      "path": .string(rest.root),
      "onDisk": .size(rest.whole),
      "orphanedLayers": .size(rest.orphanedLayers),
      "engineFiles": .size(rest.engineFiles),
      "leftOver": .list(rest.strays) { stray in
        ["path": .string(stray.path), "onDisk": .size(stray.blocks)]
      },
    ]
  }
}

extension StorageKind {
  fileprivate var title: String {
    switch self {
    case .layers: "Layers"
    case .writableLayers: "Writable layers"
    case .logs: "Logs"
    case .records: "Container and image records"
    case .volumes: "Volumes"
    case .buildCache: "Build cache"
    }
  }
}
