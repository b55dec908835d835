/// Which objects were made from which of their kind: images of the classic builder, records of
/// BuildKit's cache.
struct Descent<Key: Hashable & Comparable> {
  /// What was made from an object, sorted.
  let children: [Key: [Key]]
  private let parents: [Key: [Key]]

  init(_ objects: [(id: Key, parents: [Key])]) {
    var children: [Key: [Key]] = [:]
    var parents: [Key: [Key]] = [:]
    for object in objects where parents[object.id] == nil {
      parents[object.id] = Set(object.parents).sorted()
      for parent in Set(object.parents) { children[parent, default: []].append(object.id) }
    }
    self.children = children.mapValues { $0.sorted() }
    self.parents = parents
  }

  /// The chosen ones in generations: nothing in the first has a child among them, what is in the next
  /// has children in the first only, and so on.
  ///
  /// Counted from the leaves without recursion, as chains can be thousands long. What is its own
  /// ancestor comes up in none.
  func generations(of chosen: Set<Key>) -> [[Key]] {
    var childrenLeft: [Key: Int] = [:]
    for id in chosen {
      for parent in parents[id] ?? [] where chosen.contains(parent) {
        childrenLeft[parent, default: 0] += 1
      }
    }
    var generations: [[Key]] = []
    var leaves = chosen.filter { childrenLeft[$0] == nil }.sorted()
    while !leaves.isEmpty {
      generations.append(leaves)
      var next: [Key] = []
      for leaf in leaves {
        for parent in parents[leaf] ?? [] {
          guard let left = childrenLeft[parent] else { continue }
          childrenLeft[parent] = left - 1
          if left == 1 { next.append(parent) }
        }
      }
      leaves = next.sorted()
    }
    return generations
  }
}
