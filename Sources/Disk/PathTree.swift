/// A set of paths that a walk leaves out, each with all below it.
struct PathTree {
  private var steps: [String: PathTree] = [:]
  /// Whether a path of the set ends here.
  private(set) var isEnd = false

  /// What the set says below a name; nil: nothing.
  subscript(name: String) -> PathTree? { steps[name] }

  /// Whether a path is in the set, or below one that is.
  func holds(_ path: String) -> Bool {
    var tree = self
    for name in path.split(separator: "/") {
      if tree.isEnd { return true }
      guard let next = tree[String(name)] else { return false }
      tree = next
    }
    return tree.isEnd
  }

  /// Adds a path; answers whether it was neither there nor below one that is.
  @discardableResult
  mutating func insert(_ path: String) -> Bool {
    insert(path.split(separator: "/")[...])
  }

  private mutating func insert(_ path: ArraySlice<Substring>) -> Bool {
    if isEnd { return false }
    guard let name = path.first else {
      isEnd = true
      steps = [:]
      return true
    }
    return steps[String(name), default: PathTree()].insert(path.dropFirst())
  }
}
