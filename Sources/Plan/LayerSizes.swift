import Inventory

/// Which cumulative sizes an image's own history allows for each of its layers.
///
/// The engine does not say which history entries have a layer: an entry of zero bytes is either one
/// without a layer or a layer that holds nothing (`WORKDIR`, `RUN mkdir`). What is known: the layers
/// are a subsequence of the entries, every entry with bytes has a layer, and instructions such as
/// `ENV` never have one. So layer `i` can be entry `j` only if the layers before and after it find
/// their entries too; the sum of all sizes up to entry `j` is then its cumulative size.
struct LayerSizes {
  /// For each layer, base first: every cumulative size that is possible, ascending. Nil where the
  /// history says nothing (it is missing, too short, or does not add up to the image's size).
  let candidates: [[Int64]]?

  init(content: ImageContent, size: Int64) {
    let count = content.diffs.count
    let possible = content.history.filter { $0.size != 0 || !$0.isMetadataOnly }
    let total = content.history.reduce(0) { $0 + $1.size }
    let required = possible.reduce(0) { $0 + ($1.size != 0 ? 1 : 0) }
    guard total == size, possible.count >= count, required <= count, count > 0 else {
      candidates = nil
      return
    }
    if possible.count == count {
      var sum: Int64 = 0
      candidates = possible.map { entry in
        sum += entry.size
        return [sum]
      }
      return
    }
    candidates = Self.align(possible, count: count, required: required)
  }

  private static func align(_ possible: [HistoryEntry], count: Int, required: Int) -> [[Int64]] {
    var found = [[Int64]](repeating: [], count: count)
    var sum: Int64 = 0
    var requiredSoFar = 0
    for (position, entry) in possible.enumerated() {
      sum += entry.size
      requiredSoFar += entry.size != 0 ? 1 : 0
      let entriesAfter = possible.count - position - 1
      let least = max(requiredSoFar, count - entriesAfter, 1)
      let most = min(position + 1, count - (required - requiredSoFar))
      guard least <= most else { continue }
      for layer in least...most where found[layer - 1].last != sum {
        found[layer - 1].append(sum)
      }
    }
    return found
  }

  /// The size of the entries that two histories have in common at their beginning: the cumulative
  /// size of the layer at which the two images part.
  static func commonPrefixSize(_ first: [HistoryEntry], _ second: [HistoryEntry]) -> Int64 {
    var sum: Int64 = 0
    for (left, right) in zip(first, second) {
      guard left == right else { break }
      sum += left.size
    }
    return sum
  }
}
