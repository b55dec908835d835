import Engine
import Inventory

/// What has to come back first for other things to come back.
struct UndoNeeds {
  private let run: RunRecord
  /// By number: an index that somebody has changed can lack some.
  private let steps: [Int: StepRecord]
  private let keepsakes: [Int: Keepsake]

  init(_ run: RunRecord, _ keepsakes: [Int: Keepsake]) {
    self.run = run
    steps = Dictionary(run.steps.map { ($0.number, $0) }) { first, _ in first }
    self.keepsakes = keepsakes
  }

  /// The steps of the same run that those of `wanted` rely on: the image, volumes, networks and
  /// neighbours of a container, and the image of a tag; and all tags of an image.
  func of(_ wanted: Set<Int>) -> Set<Int> {
    var all = wanted
    var waiting = Array(wanted)
    while let number = waiting.popLast() {
      guard let step = steps[number] else { continue }
      for other in needed(by: step) where all.insert(other).inserted { waiting.append(other) }
    }
    return all
  }

  private func needed(by step: StepRecord) -> [Int] {
    switch step.object {
    case .container: neededByContainer(step)
    case .image: run.steps.filter { $0.object == step.object }.map(\.number)
    case .volume, .network, .buildCache: []
    }
  }

  private func neededByContainer(_ step: StepRecord) -> [Int] {
    guard step.action == .removeContainer || step.action == .stop else { return [] }
    var needed = step.action == .stop ? removal(of: step.object) : []
    guard let text = keepsakes[step.number]?.description,
      let recipe = try? ContainerRecipe(describedBy: text)
    else { return needed }
    needed += removal(of: .image(recipe.imageID))
    for volume in recipe.volumes { needed += removal(of: .volume(volume)) }
    for other in run.steps {
      switch (other.action, other.object) {
      case (.removeNetwork, .network(let id)):
        let named = recipe.naming(networks: [id: other.title])
        if named.networks.contains(other.title) { needed.append(other.number) }
      case (.removeContainer, .container(let id)), (.stop, .container(let id)):
        // What runs needs the others to run; what is created needs them to be there.
        guard other.action == .removeContainer || step.action == .stop else { continue }
        if recipe.needs(id, called: other.title) { needed.append(other.number) }
      default: continue
      }
    }
    return needed
  }

  private func removal(of object: ObjectID) -> [Int] {
    run.steps.filter { $0.object == object && $0.action != .stop && $0.action != .untag }
      .map(\.number)
  }
}
