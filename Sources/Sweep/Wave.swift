import Inventory
import Plan

/// Steps that may be carried out at the same time, grouped by object: the steps about one object
/// follow each other.
struct Wave {
  let groups: [[PlannedStep]]
  /// How many groups are in flight. An engine serves more than eight container removals or four
  /// image removals no faster (it removes layers one at a time, moby `layer/layer_store.go`); stops
  /// mostly wait.
  let concurrency: Int

  static func all(of plan: RemovalPlan) -> [Wave] {
    var waves: [Wave] = []
    var rest = plan.steps[...]
    while let first = rest.first {
      let steps = rest.prefix { $0.wave == first.wave }
      rest = rest.dropFirst(steps.count)
      var order: [ObjectID] = []
      var groups: [ObjectID: [PlannedStep]] = [:]
      for step in steps {
        if groups[step.object] == nil { order.append(step.object) }
        groups[step.object, default: []].append(step)
      }
      let concurrency =
        switch first.action {
        case .stop: 16
        case .removeContainer: 8
        case .untag, .removeImage, .removeVolume, .removeNetwork: 4
        case .removeBuildCache: 1
        }
      waves.append(Wave(groups: order.compactMap { groups[$0] }, concurrency: concurrency))
    }
    return waves
  }
}
