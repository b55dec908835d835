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
  /// A key of the policy's `space` that needs the file system of a data root which is not here.
  case unknownSpace(key: String, root: String)
  /// The plan does more than the policy's `limits` allow: which limit, and both figures.
  case limit(name: String, allowed: String, planned: String)
  /// The policy's `engine` names another engine: which key, and what it says.
  case wrongEngine(key: String, expected: String, actual: String)
  /// Copies that may not fit where they are to go: bytes needed, and bytes that there are.
  case noRoomForArchive(directory: String, needed: Int64, available: Int64)
  /// The engine has no room to write out an image that is to be saved.
  case noRoomToSave(root: String, needed: Int64, available: Int64)
  /// Nobody can say how much room the copy of an object takes.
  case unknownArchiveSize(object: String)
  /// Nothing was to be lost, and some steps lose something: how many, and the first few.
  case irreversible(count: Int, first: [String])

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
    case .unknownSpace(let key, let root):
      "cannot judge space.\(key): the engine's data root '\(root)' is not on this host, or may not be "
        + "read; run balai on the engine's host as root, or say only max-used-space, in bytes"
    case .limit(let name, let allowed, let planned):
      "refused: limits.\(name) of the policy allows \(allowed), the plan has \(planned); nothing was "
        + "touched"
    case .wrongEngine(let key, let expected, let actual):
      "refused: the policy is for engines whose \(key) is \(expected), this one's is '\(actual)'; "
        + "nothing was touched"
    case .noRoomForArchive(let directory, let needed, let available):
      "refused: the copies that the plan saves may take \(needed) bytes, '\(directory)' has room for "
        + "\(available); nothing was touched: make room there, or raise archive.max-size"
    case .noRoomToSave(let root, let needed, let available):
      "refused: to save an image the engine may write \(needed) bytes into its data root '\(root)', "
        + "which has \(available) free; nothing was touched: make room there, or archive less"
    case .unknownArchiveSize(let object):
      "refused: nobody can say how much room a copy of '\(object)' takes; nothing was touched: keep "
        + "it by a rule, or do not archive its kind"
    case .irreversible(let count, let first):
      "refused: nothing may be lost, and \(count) steps cannot be undone: "
        + "\(first.joined(separator: ", "))\(count > first.count ? ", …" : ""); nothing was touched"
    }
  }
}
