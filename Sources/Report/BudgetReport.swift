import Inventory
import Plan

/// What a plan says of the policy's space budget and its limits.
extension Presentation {
  /// A line for each thing that is watched, and, where it cannot be met, for what stands in its way.
  func lines(of budget: BudgetOutcome) -> [String] {
    var lines = budget.lines.map(words)
    if budget.spared > 0 {
      lines.append(
        "space: \(Wording.count(budget.spared, "object")) that the rules select "
          + "\(budget.spared == 1 ? "is" : "are") spared")
    }
    guard budget.isMissed, !budget.obstacles.isEmpty else { return lines }
    lines.append("space: the largest that stay:")
    lines += budget.obstacles.map { obstacle in
      let name = obstacle.object.label(obstacle.title, id: id(obstacle.object))
      return "  \(HumanSize.text(obstacle.holds))  \(obstacle.object.kind) \(name): \(obstacle.why)"
    }
    return lines
  }

  private func words(_ line: BudgetOutcome.Line) -> String {
    let text = { (amount: Int64) in
      line.goal == .freeInodes ? "\(amount)" : HumanSize.text(amount)
    }
    let (now, limit) =
      switch line.goal {
      case .freeSpace:
        ("\(text(line.now)) of \(line.whole.map(text) ?? "N/A") free", "min-free-space")
      case .usedSpace: ("\(text(line.now)) held", "max-used-space")
      case .freeInodes:
        ("\(text(line.now)) of \(line.whole.map(text) ?? "N/A") inodes free", "min-free-inodes")
      }
    let start = "space: \(now), \(limit) is \(text(line.limit))"
    guard line.isUnderPressure else { return start + ": enough" }
    guard let reached = line.reached else {
      return start + ": too few; how many an object has is not measured"
    }
    let held = line.goal == .usedSpace
    let target = "the target of \(text(line.target)) \(held ? "held" : "free")"
    let after = "\(text(reached)) after this plan"
    return start
      + (line.isMissed ? ": \(target) cannot be met, \(after)" : ": \(after), \(target) is met")
  }

  func words(_ breach: LimitBreach) -> String {
    "refused: limits.\(breach.name) allows \(breach.allowed), this plan has \(breach.planned)"
  }

  func json(_ budget: BudgetOutcome) -> JSON {
    [
      "underPressure": .bool(budget.isUnderPressure),
      "met": .bool(!budget.isMissed),
      "goals": .list(budget.lines) { line in
        [
          "goal": .string(line.goal.rawValue), "whole": .size(line.whole),
          "limit": .size(line.limit), "now": .size(line.now), "target": .size(line.target),
          "reached": .size(line.reached), "underPressure": .bool(line.isUnderPressure),
          "met": .bool(!line.isMissed),
        ]
      },
      "spared": .count(budget.spared),
      "obstacles": .list(budget.obstacles) { obstacle in
        [
          "object": .object(obstacle.object, name: obstacle.title),
          "why": .string(obstacle.why), "holds": .bytes(obstacle.holds),
        ]
      },
    ]
  }
}
