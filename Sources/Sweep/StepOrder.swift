import Inventory
import Plan

/// Which steps of a plan depend on which, looked up by object.
struct StepOrder: Sendable {
  private var stops: [ObjectID: Int] = [:]
  private var removals: [ObjectID: Int] = [:]
  private var tags: [ObjectID: [PlannedStep]] = [:]
  private var saved: Set<ObjectID> = []

  init(_ plan: RemovalPlan) {
    for step in plan.steps {
      if step.saves != nil { saved.insert(step.object) }
      switch step.action {
      case .stop: stops[step.object] = step.number
      case .removeContainer: removals[step.object] = step.number
      case .untag: tags[step.object, default: []].append(step)
      case .removeImage, .removeVolume, .removeNetwork, .removeBuildCache:
        removals[step.object] = step.number
      }
    }
  }

  /// The step that stops a container before it is removed.
  func stop(of object: ObjectID) -> Int? { stops[object] }

  /// The step that removes an object.
  func removal(of object: ObjectID) -> Int? { removals[object] }

  /// Whether a copy of the step's object has to be there before: also before a tag is taken of an image
  /// that goes.
  func needsCopy(_ step: PlannedStep) -> Bool {
    step.action != .stop && saved.contains(step.object)
  }

  /// The steps that take tags of the same image before this one.
  func tagsTaken(before step: PlannedStep) -> [PlannedStep] {
    (tags[step.object] ?? []).filter { $0.number < step.number }
  }
}
