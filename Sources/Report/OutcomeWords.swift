import Inventory

extension Outcome {
  /// What to say of one that did not go as planned; nil for the others, and for what was never
  /// tried.
  var complaint: (words: String, colour: Colour)? {
    switch self {
    case .done, .gone, .notTried: nil
    case .changed(let why): ("skipped, it has changed: \(why)", .yellow)
    case .inUse(let why): ("skipped, it is in use: \(why)", .yellow)
    case .failed(let why): ("failed: \(why)", .red)
    case .unknown:
      (
        "nobody can say what came of it: the run was killed, the engine could not be asked, or somebody "
          + "else took it in that moment",
        .yellow
      )
    }
  }
}

extension RunEnd {
  /// A sentence for people.
  var words: String {
    switch self {
    case .running: "the run has not ended yet"
    case .complete: "the run is complete"
    case .interrupted: "the run was interrupted; what was in flight has been finished"
    case .deadline: "the deadline came; what was in flight has been finished"
    case .engineLost: "the engine could not be reached any more"
    case .abandoned: "the run was killed; a later command closed its journal"
    case .killed:
      "the run was killed; the next command that speaks to its engine closes its journal"
    }
  }
}
