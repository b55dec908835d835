/// Why there is no plan.
package enum PlanError: Error, Hashable, CustomStringConvertible {
  /// Every tagged image would go, and the policy does not say that this is meant.
  case everyImage(count: Int, policy: String)
  /// A plan file that is none: which file, what is wrong with it.
  case unreadable(file: String, reason: String)
  /// A plan file that could not be written: which file, the system's reason.
  case unwritable(file: String, reason: String)
  /// A plan file in a format that this Balai does not know.
  case unknownFormat(file: String, format: Int)
  /// A plan for another engine than the one at hand.
  case otherEngine(planned: String, actual: String)

  package var description: String {
    switch self {
    case .everyImage(let count, let policy):
      "refused: policy '\(policy)' would remove every tagged image (\(count)) on this engine; a "
        + "policy that means this says 'all: true' under remove.images"
    case .unreadable(let file, let reason):
      "cannot read the plan '\(file)': \(reason)"
    case .unwritable(let file, let reason):
      "cannot write the plan to '\(file)': \(reason)"
    case .unknownFormat(let file, let format):
      "cannot read the plan '\(file)': it has format \(format), this Balai reads format "
        + "\(RemovalPlan.currentFormat); make the plan again"
    case .otherEngine(let planned, let actual):
      "refused: the plan was made for the engine \(planned), this is \(actual); nothing was touched"
    }
  }
}
