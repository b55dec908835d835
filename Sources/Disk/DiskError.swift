/// Why a file of a data root tells nothing. It stays in this room: what cannot be read is unknown.
enum DiskError: Error, Hashable {
  /// It is there, and the system refuses it. Paths are below the data root.
  case unreadable(path: String, reason: String)
  /// Its content is not what the engine writes.
  case damaged(path: String)
  /// Nobody waits for the answer any more.
  case cancelled
}

extension DiskError {
  /// The same with its path, where that was not known when it happened.
  func about(_ path: String) -> DiskError {
    if case .unreadable(_, let reason) = self { return .unreadable(path: path, reason: reason) }
    return self
  }
}

extension DiskError: CustomStringConvertible {
  var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "cannot read \(path) in the engine's data root: \(reason)"
    case .damaged(let path):
      "cannot read \(path) in the engine's data root: it is damaged or always being written; try "
        + "again when no build runs"
    case .cancelled:
      "cannot read the engine's data root: the reading was cancelled"
    }
  }
}
