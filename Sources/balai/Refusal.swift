import Index

/// What the command line itself refuses.
enum Refusal: Error, CustomStringConvertible {
  case noPolicy(String, shipped: [String])
  case unreadablePolicy(String, reason: String)
  /// Somebody else can change what root is to act on.
  case unsafeFile(String, what: String, PathTrust.Fault)
  /// There is nobody to ask, and `-f` was not given.
  case nobodyToAsk
  /// The same, of an undo.
  case nobodyToAskAboutUndo
  /// A plan file already says which policy made it.
  case planAndPolicy
  /// So does it say what is removed.
  case planAndFlags
  /// Docker's flags are a policy themselves.
  case policyAndFlags
  case noSuchRun(Int64)
  case noSuchObjectInRun(String, run: Int64)
  /// Its steps are those of a sweep taken back; there is nothing kept of them.
  case undoOfAnUndo(Int64)
  /// Its plan was made while the run was still at work.
  case runWentOn(Int64)
  /// What an undo needs is in the index.
  case undoWithoutIndex
  /// Nobody would know of the copies.
  case copiesWithoutIndex
  case noSuchObject(String)
  /// A name that fits more than one; how to tell them apart.
  case severalObjects(String, [String])

  var description: String {
    switch self {
    case .noPolicy(let name, let shipped):
      "there is no policy '\(name)': neither a file of that name nor one of the shipped policies "
        + "(\(shipped.joined(separator: ", ")))"
    case .unreadablePolicy(let path, let reason):
      "cannot read the policy '\(path)': \(reason)"
    case .unsafeFile(let path, let what, let fault):
      "refused to act on the \(what) '\(path)' as root: \(fault)"
    case .nobodyToAsk:
      "refused: standard input and standard error are not both a terminal, so nobody can be asked; "
        + "say -f to remove without a question, or -n for a dry run"
    case .nobodyToAskAboutUndo:
      "refused: standard input and standard error are not both a terminal, so nobody can be asked; "
        + "say -f to bring things back without a question, or -n to see what would come back"
    case .planAndPolicy:
      "a saved plan is carried out as it stands; -p makes no sense with it"
    case .planAndFlags:
      "a saved plan is carried out as it stands; -a, --volumes and --filter make no sense with it"
    case .policyAndFlags:
      "-a, --volumes and --filter mean what 'docker system prune' means by them; they do not narrow "
        + "or widen a policy: leave out -p, or them"
    case .noSuchObject(let name):
      "there is no object '\(name)': no container, image, volume, network or build-cache record is "
        + "called so, or has an id that begins so"
    case .severalObjects(let name, let fitting):
      "'\(name)' fits several objects: \(fitting.prefix(8).joined(separator: ", ")); name one with "
        + "its kind, or with more of its id"
    case .noSuchObjectInRun(let name, let run):
      "run \(run) did nothing to an object '\(name)'; 'balai history \(run)' lists what it did"
    case .undoOfAnUndo(let id):
      "run \(id) is an undo itself; to take away again what it brought back, sweep again"
    case .runWentOn(let id):
      "run \(id) was still at work when its undo was planned; nothing was changed, undo it again"
    case .undoWithoutIndex:
      "what an undo needs is in the index; leave out --no-index"
    case .copiesWithoutIndex:
      "the plan saves copies, and only the index knows of them; leave out --no-index"
    case .noSuchRun(let id):
      "there is no run \(id); 'balai history' lists those there are"
    }
  }
}
