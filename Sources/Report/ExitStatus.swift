/// What the process says to the shell when it ends; the same for all commands.
package enum ExitStatus: Int32, CaseIterable, Sendable {
  case done = 0
  case couldNotRun = 1
  case somethingToRemove = 2
  case someFailed = 3
  case refused = 4
  case targetMissed = 5
  case deadline = 6
  case locked = 11
  case usage = 64
  case engineUnavailable = 69
  case hungUp = 129
  case interrupted = 130
  case terminated = 143

  /// Its meaning, as `docs/scripting.md` and the help tell it.
  package var meaning: String {
    switch self {
    case .done: "done"
    case .couldNotRun: "could not run"
    case .somethingToRemove: "with `--detailed-exitcode`: there is something to remove"
    case .someFailed:
      "finished, but some removals, or cases of a policy test, failed; of `undo`: something did not "
        + "come back, or less than promised"
    case .refused: "refused by a brake or a guard"
    case .targetMissed: "the space target cannot be met"
    case .deadline: "the deadline came before the end"
    case .locked: "another sweep holds the lock"
    case .usage: "usage or policy error"
    case .engineUnavailable: "engine unavailable"
    case .hungUp: "interrupted by SIGHUP: its terminal is gone"
    case .interrupted: "interrupted by SIGINT"
    case .terminated: "interrupted by SIGTERM"
    }
  }
}
