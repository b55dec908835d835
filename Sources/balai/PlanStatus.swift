import Plan
import Report

extension RemovalPlan {
  /// How a command ends that only shows the plan.
  ///
  /// - Parameter detailed: whether the status shall tell what the plan comes to.
  func statusOfDryRun(detailed: Bool) -> ExitStatus {
    if breaches != nil { return .refused }
    guard detailed else { return .done }
    return budget?.isMissed == true ? .targetMissed : isEmpty ? .done : .somethingToRemove
  }

  /// How a command ends that has carried out the plan without a failure.
  var statusWhenDone: ExitStatus { budget?.isMissed == true ? .targetMissed : .done }
}
