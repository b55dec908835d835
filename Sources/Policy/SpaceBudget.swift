import Yams

/// When a policy acts at all, and how much it then gives up: its key `space`.
package struct SpaceBudget: Hashable, Sendable {
  /// Which objects go first.
  package enum Order: String, CaseIterable, Hashable, Sendable {
    case leastRecentlyUsed = "least-recently-used"
    case oldest
    case largest
    /// What a build or a pull brings back before what nothing brings back.
    case cheapestToRestore = "cheapest-to-restore"
  }

  /// Less free than this on the engine's file system is too little.
  package internal(set) var minFreeSpace: SpaceAmount?
  /// So much shall then be free; nil: as much as the least.
  package internal(set) var targetFreeSpace: SpaceAmount?
  /// Images, containers, volumes and build cache holding more than this is too much.
  package internal(set) var maxUsedSpace: SpaceAmount?
  /// So much of what they hold is left to them whatever the pressure (BuildKit's word).
  package internal(set) var reservedSpace: SpaceAmount?
  /// Fewer free inodes than this are too few.
  package internal(set) var minFreeInodes: SpaceAmount?
  package internal(set) var order = Order.leastRecentlyUsed

  /// Whether what all objects hold has to be known, volumes and running containers too.
  package var countsUse: Bool { maxUsedSpace != nil || reservedSpace != nil }

  /// The amounts that are set, by their keys, in the order in which they are printed.
  package var amounts: [(key: String, amount: SpaceAmount)] {
    let all = [
      ("min-free-space", minFreeSpace), ("target-free-space", targetFreeSpace),
      ("max-used-space", maxUsedSpace), ("reserved-space", reservedSpace),
      ("min-free-inodes", minFreeInodes),
    ]
    return all.compactMap { key, amount in amount.map { (key, $0) } }
  }
}

extension SpaceBudget {
  /// What is set, by its key and as a policy says it.
  var texts: [(key: String, text: String)] {
    let amounts = amounts.map { ($0.key, $0.amount.text(inBytes: $0.key != "min-free-inodes")) }
    return amounts + [("order", order.rawValue)]
  }
}

/// An amount of space in bytes, or of inodes in their number.
package enum SpaceAmount: Hashable, Sendable {
  case absolute(Int64)
  /// Of the file system's capacity, or of all its inodes; 1 to 99.
  case percent(Int64)

  /// What it comes to, rounded up.
  package func amount(of whole: Int64) -> Int64 {
    switch self {
    case .absolute(let amount): amount
    case .percent(let share): whole / 100 * share + (whole % 100 * share + 99) / 100
    }
  }

  /// Whether it needs no whole to be known.
  package var isAbsolute: Bool {
    if case .absolute = self { true } else { false }
  }

  /// Reads `50GB` or `15%`.
  static func ofBytes(_ text: String) throws(ValueError) -> SpaceAmount {
    if let share = try percent(text) { return share }
    do {
      return .absolute(try ByteSize.read(text))
    } catch {
      throw ValueError(error.message + ", or a share such as 15%")
    }
  }

  /// Reads `200000` or `5%`.
  static func ofInodes(_ text: String) throws(ValueError) -> SpaceAmount {
    if let share = try percent(text) { return share }
    guard text.allSatisfy({ "0123456789".contains($0) }), let count = Int64(text), count > 0 else {
      throw ValueError(
        "\(text.inQuotes) is no number of inodes; write one such as 200000, or a share such as 5%")
    }
    return .absolute(count)
  }

  private static func percent(_ text: String) throws(ValueError) -> SpaceAmount? {
    guard text.hasSuffix("%") else { return nil }
    guard let share = wholeNumber(text.dropLast()), (1...99).contains(share) else {
      throw ValueError("\(text.inQuotes) must be a whole number from 1% to 99%")
    }
    return .percent(share)
  }

  /// As a policy says it.
  func text(inBytes: Bool) -> String {
    switch self {
    case .absolute(let amount): inBytes ? ByteSize.text(amount) : "\(amount)"
    case .percent(let share): "\(share)%"
    }
  }
}

/// Digits alone, without a sign.
func wholeNumber(_ text: some StringProtocol) -> Int64? {
  text.allSatisfy { "0123456789".contains($0) } ? Int64(text) : nil
}

extension PolicyReader {
  private static let spaceKeys = [
    "min-free-space", "target-free-space", "max-used-space", "reserved-space", "min-free-inodes",
    "order",
  ]

  /// The budget, as far as it can be read.
  mutating func readSpace(_ node: Node) -> SpaceBudget? {
    guard let mapping = node.mapping, !mapping.isEmpty else {
      report("must be a mapping of keys, such as 'min-free-space: 15%'", node, "space")
      return nil
    }
    var budget = SpaceBudget()
    let before = problems.count
    for (keyNode, value) in mapping {
      let key = name(of: keyNode)
      let path = "space.\(key)"
      switch key {
      case "min-free-space": budget.minFreeSpace = read(value, path, SpaceAmount.ofBytes)
      case "target-free-space": budget.targetFreeSpace = read(value, path, SpaceAmount.ofBytes)
      case "max-used-space": budget.maxUsedSpace = read(value, path, SpaceAmount.ofBytes)
      case "reserved-space": budget.reservedSpace = read(value, path, SpaceAmount.ofBytes)
      case "min-free-inodes": budget.minFreeInodes = read(value, path, SpaceAmount.ofInodes)
      case "order": budget.order = read(value, path, Self.order) ?? budget.order
      default: reportUnknown(key, of: Self.spaceKeys, keyNode, "space")
      }
    }
    if problems.count == before { checkSense(of: budget, node) }
    return budget
  }

  private static func order(_ text: String) throws(ValueError) -> SpaceBudget.Order {
    guard let order = SpaceBudget.Order(rawValue: text) else {
      let known = SpaceBudget.Order.allCases.map(\.rawValue)
      throw ValueError(unknown: "order", text, known: known)
    }
    return order
  }

  /// What no budget can mean.
  private mutating func checkSense(of budget: SpaceBudget, _ node: Node) {
    if budget.minFreeSpace == nil, budget.maxUsedSpace == nil, budget.minFreeInodes == nil {
      report(
        "never acts: it must say min-free-space, max-used-space or min-free-inodes", node, "space")
    }
    if budget.targetFreeSpace != nil, budget.minFreeSpace == nil {
      report("never counts without min-free-space", node, "space.target-free-space")
    }
    if let least = budget.minFreeSpace, budget.targetFreeSpace?.isLess(than: least) == true {
      report(
        "is less than min-free-space: it would stop too early", node, "space.target-free-space")
    }
    if let most = budget.maxUsedSpace, budget.reservedSpace.map(most.isLess) == true {
      report("is more than max-used-space: that could never be met", node, "space.reserved-space")
    }
  }

  /// One value of a key of the file; nil, and a problem, where it cannot be read.
  mutating func read<Value>(
    _ node: Node, _ path: String, _ read: (String) throws(ValueError) -> Value
  ) -> Value? {
    guard let text = text(of: node, path) else { return nil }
    do {
      return try read(text)
    } catch {
      report(error, line: node.mark?.line ?? 1, path)
      return nil
    }
  }
}

extension SpaceAmount {
  /// Whether it is less, as far as that is the same on every disk.
  fileprivate func isLess(than other: SpaceAmount) -> Bool {
    switch (self, other) {
    case (.absolute(let one), .absolute(let two)), (.percent(let one), .percent(let two)):
      one < two
    default: false
    }
  }
}
