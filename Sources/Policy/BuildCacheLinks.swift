import Inventory

/// Which build-cache records were made from which.
struct BuildCacheLinks {
  private let ids: Set<String>
  /// What a record was made from, as far as it is still there.
  private var parents: [String: Set<String>] = [:]
  /// What was made from a record.
  private var children: [String: Set<String>] = [:]

  init(_ records: [BuildCacheRecord]) {
    ids = Set(records.map(\.id))
    for record in records {
      for parent in record.parents where ids.contains(parent) {
        parents[record.id, default: []].insert(parent)
        children[parent, default: []].insert(record.id)
      }
    }
  }

  /// Lets a record stay as long as one that was made from it stays: BuildKit keeps it then anyway.
  ///
  /// What was made is settled before what it was made from, in a queue: chains can be thousands long.
  /// Records that were made from each other never come up, and stay.
  func settle(_ verdicts: [String: ObjectVerdict]) -> [String: ObjectVerdict] {
    var verdicts = verdicts
    var unsettled = children.mapValues(\.count)
    var stayingChild: [String: String] = [:]
    var queue = ids.filter { children[$0] == nil }.sorted()
    var next = 0
    while next < queue.count {
      let id = queue[next]
      next += 1
      if let child = stayingChild[id] { verdicts[id]?.keep(becauseOf: child) }
      let stays = verdicts[id]?.decision != .remove
      for parent in parents[id] ?? [] {
        if stays { stayingChild[parent] = min(id, stayingChild[parent] ?? id) }
        unsettled[parent, default: 1] -= 1
        if unsettled[parent] == 0 { queue.append(parent) }
      }
    }
    for (id, count) in unsettled where count > 0 {
      let child = children[id]?.filter { unsettled[$0, default: 0] > 0 }.min()
      verdicts[id]?.keep(becauseOf: child ?? id)
    }
    return verdicts
  }
}

extension ObjectVerdict {
  /// What is kept anyway keeps its own reason.
  fileprivate mutating func keep(becauseOf child: String) {
    guard decision == .remove else { return }
    self = .keep(Reason(.parentOfKept, detail: "\(child) was made from it"))
  }
}
