import Inventory

/// What a reading walks and for whom, so that nothing is counted twice.
struct WalkPlan {
  enum Owner: Hashable {
    case layer(String)
    case writable(ContainerID)
    case logs(ContainerID)
    case records(ContainerID)
    case image(ImageID)
    case volume(String)
    case cacheRecord(String)
    /// By its path.
    case stray(String)
    /// All that no other owner has.
    case rest
  }

  private(set) var owners: [Owner] = []
  private(set) var units: [WalkUnit] = []
  /// All paths that have an owner.
  private(set) var taken = PathTree()

  /// Has some parts walked; those that already have an owner are left to it.
  mutating func walk(_ parts: [WalkUnit.Part], for owner: Owner) {
    let own = parts.filter { taken.insert($0.path) }
    owners.append(owner)
    units.append(WalkUnit(parts: own))
  }

  /// Notes paths whose figures are known, so that nobody else walks them.
  mutating func leaveOut(_ paths: [String]) {
    for path in paths { taken.insert(path) }
  }

  /// Has all walked that has no owner yet; to be called last.
  mutating func walkRest() {
    owners.append(.rest)
    units.append(WalkUnit(parts: [.init(path: "", skipping: taken)]))
  }

  /// Walks it all; who is missing could not be read.
  func carryOut(with crew: WalkCrew) -> [Owner: Tally] {
    var tallies: [Owner: Tally] = [:]
    for (owner, tally) in zip(owners, crew.tallies(of: units)) { tallies[owner] = tally }
    return tallies
  }
}
