import Plan
import Report

extension RemovalPlan {
  /// How a command ends that only shows the plan.
  ///
  /// - Parameters:
  ///   - detailed: whether the status shall tell what the plan comes to.
  ///   - losingNothing: whether nothing may be lost.
  func statusOfDryRun(detailed: Bool, losingNothing: Bool) -> ExitStatus {
    if breaches != nil || (losingNothing && losesSomething) { return .refused }
    guard detailed else { return .done }
    return budget?.isMissed == true ? .targetMissed : isEmpty ? .done : .somethingToRemove
  }

  /// How a command ends that has carried out the plan without a failure.
  var statusWhenDone: ExitStatus { budget?.isMissed == true ? .targetMissed : .done }
}
