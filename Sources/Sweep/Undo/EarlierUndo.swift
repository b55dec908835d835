import Inventory
import Plan

/// What the undos before this one came to with an object.
enum EarlierUndo: Hashable, Sendable {
  /// None of them has touched it.
  case none
  /// One brought it back, all of it or not, and ended then; nil: nobody knows when.
  case done(whole: Bool, by: Timestamp?)
  /// One made the volume again, and left what it leads to as it is.
  case led
  /// The last one began and did not come to its end: what is there may be half of it.
  case brokenOff

  /// - Parameters:
  ///   - record: the step of the sweep.
  ///   - undos: the undos of that sweep, oldest first.
  init(of record: StepRecord, in undos: [RunRecord]) {
    let attempts = undos.flatMap { undo in
      undo.steps.filter {
        $0.action == record.action && $0.object == record.object && $0.intendedAt != nil
      }.map { (step: $0, undo: undo) }
    }
    // That it was there already says nothing new.
    guard let last = attempts.last(where: { $0.step.outcome != .gone }) else {
      self = .none
      return
    }
    self =
      switch last.step.outcome {
      case .done:
        .done(
          whole: last.step.restorability?.isLost != true, by: last.undo.finishedAt)
      case .unknown, .failed, nil: .brokenOff
      case .changed: .led
      case .inUse, .notTried, .gone: .none
      }
  }
}
