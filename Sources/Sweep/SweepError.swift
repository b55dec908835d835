/// Why a sweep did not begin. What goes wrong with a single object is an `Outcome` instead.
package enum SweepError: Error, Hashable, CustomStringConvertible {
  /// Another process sweeps this engine; its number, where the kernel tells.
  case locked(engine: String, process: Int32?)
  /// The lock file cannot be used: its path, the system's reason.
  case noLock(path: String, reason: String)
  /// The same where only the lock that all Balais of the host share was to be taken.
  case noSharedLock(path: String, reason: String)
  /// A run of another engine is to be undone here.
  case otherEngine(run: Int64, engine: String)

  package var description: String {
    switch self {
    case .locked(let engine, let process):
      "another sweep of the engine on '\(engine)' is at work"
        + (process.map { " (process \($0))" } ?? "")
        + "; try again when it has finished, or wait for it with --wait"
    case .noLock(let path, let reason):
      "cannot take the lock '\(path)': \(reason); name a writable directory with --state-dir"
    case .noSharedLock(let path, let reason):
      "cannot take the lock '\(path)': \(reason); run as a user who can, or leave out --no-index, so that "
        + "a lock in the state directory is enough"
    case .otherEngine(let run, let engine):
      "refused: run \(run) swept the engine on '\(engine)', and this is another one; name that engine with --host"
    }
  }
}
