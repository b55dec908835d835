package import Inventory

/// What a policy's `space` came to in a plan: whether space is short, how much the plan makes, and what
/// stands in its way.
package struct BudgetOutcome: Hashable, Sendable, Codable {
  /// One thing that the policy watches. Bytes, but for inodes.
  package struct Line: Hashable, Sendable, Codable {
    package enum Goal: String, Hashable, Sendable, Codable {
      /// Free space on the file system of the engine's data root.
      case freeSpace = "free-space"
      /// Content that images, containers, volumes and build cache hold.
      case usedSpace = "used-space"
      case freeInodes = "free-inodes"
    }

    package let goal: Goal
    /// The file system's capacity, or all its inodes; nil where the goal needs none.
    package let whole: Int64?
    /// Beyond it there is pressure.
    package let limit: Int64
    package let now: Int64
    /// Where the plan may stop.
    package let target: Int64
    /// What is there after the plan, for certain; nil where nobody can say.
    package let reached: Int64?

    package init(
      goal: Goal, whole: Int64?, limit: Int64, now: Int64, target: Int64, reached: Int64?
    ) {
      self.goal = goal
      self.whole = whole
      self.limit = limit
      self.now = now
      self.target = target
      self.reached = reached
    }

    package var isUnderPressure: Bool { goal == .usedSpace ? now > limit : now < limit }

    /// Whether it is certain that the plan does not reach the target.
    package var isMissed: Bool {
      guard isUnderPressure, let reached else { return false }
      return goal == .usedSpace ? reached > target : reached < target
    }
  }

  /// Something that stays although space is short.
  package struct Obstacle: Hashable, Sendable, Codable {
    package let object: ObjectID
    package let title: String
    /// In the words of its verdict. Holds names that come from strangers: not yet safe to print.
    package let why: String
    /// Content that it holds, alone or with others.
    package let holds: Bytes

    package init(object: ObjectID, title: String, why: String, holds: Bytes) {
      self.object = object
      self.title = title
      self.why = why
      self.holds = holds
    }
  }

  package let lines: [Line]
  /// Objects that the rules select and that stay all the same.
  package let spared: Int
  /// Where the target cannot be met: the largest objects that stay, the largest first.
  package let obstacles: [Obstacle]

  package init(lines: [Line], spared: Int, obstacles: [Obstacle]) {
    self.lines = lines
    self.spared = spared
    self.obstacles = obstacles
  }

  package var isUnderPressure: Bool { lines.contains(where: \.isUnderPressure) }

  /// Whether even all that the rules select is not enough.
  package var isMissed: Bool { lines.contains(where: \.isMissed) }
}
