import Engine
import Inventory

/// In which order the steps of an undo are carried out: as they were given, but a container after those
/// that it needs, and started after these are.
struct UndoOrder {
  private let steps: [UndoStep]
  /// By the places of the steps: what has to come before.
  private var needed: [[Int]]

  init(_ steps: [UndoStep]) {
    self.steps = steps
    needed = Array(repeating: [], count: steps.count)
    for (place, step) in steps.enumerated() where step.isOfContainer {
      guard let text = step.keepsake?.description,
        let recipe = try? ContainerRecipe(describedBy: text), !recipe.needs.isEmpty
      else { continue }
      for (other, candidate) in steps.enumerated() {
        guard case .container(let id) = candidate.record.object,
          candidate.record.action == step.record.action,
          candidate.record.object != step.record.object
        else { continue }
        if recipe.needs(id, called: candidate.record.title) { needed[place].append(other) }
      }
    }
    for (place, step) in steps.enumerated() where step.record.action == .stop {
      needed[place] += steps.indices.filter {
        steps[$0].record.action == .removeContainer
          && steps[$0].record.object == step.record.object
      }
    }
  }

  /// What needs itself in a circle stays in the order that was given. Without recursion: a row of
  /// containers can be long.
  var sorted: [UndoStep] {
    var order: [Int] = []
    var isSeen = Array(repeating: false, count: steps.count)
    for first in steps.indices where !isSeen[first] {
      isSeen[first] = true
      var path = [(place: first, waiting: needed[first][...])]
      while let (place, waiting) = path.last {
        guard let next = waiting.first else {
          order.append(place)
          path.removeLast()
          continue
        }
        path[path.count - 1].waiting = waiting.dropFirst()
        guard !isSeen[next] else { continue }
        isSeen[next] = true
        path.append((next, needed[next][...]))
      }
    }
    return order.map { steps[$0] }
  }
}

extension UndoStep {
  fileprivate var isOfContainer: Bool {
    record.action == .removeContainer || record.action == .stop
  }
}
