import Inventory
import Policy

/// Numbers with their nouns, and lists, as sentences need them.
enum Wording {
  static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  /// `a`, `a and b`, `a, b and c`.
  static func list(_ parts: [String]) -> String {
    guard let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
    return parts.dropLast().joined(separator: ", ") + " and " + last
  }
}

extension ActionKind {
  /// What a plan calls it.
  var words: String {
    switch self {
    case .stop: "stop"
    case .removeContainer: "remove container"
    case .untag: "untag"
    case .removeImage: "remove image"
    case .removeVolume: "remove volume"
    case .removeNetwork: "remove network"
    case .removeBuildCache: "remove build cache"
    }
  }
}

extension ActionKind {
  /// What takes objects away, in the order in which people are told.
  static let removals: [ActionKind] = [
    .removeContainer, .removeImage, .removeBuildCache, .removeVolume, .removeNetwork,
  ]

  /// What it acts on.
  var noun: String {
    switch self {
    case .stop, .removeContainer: "container"
    case .untag, .removeImage: "image"
    case .removeVolume: "volume"
    case .removeNetwork: "network"
    case .removeBuildCache: "build-cache record"
    }
  }
}

extension Reason.Code {
  /// What a count of kept objects calls it.
  var words: String {
    switch self {
    case .removeRule: "selected for removal"
    case .stopRule: "to be stopped"
    case .parentOfRemoved: "needed by removed ones only"
    case .noRule: "selected by no rule"
    case .keepRule: "kept by a rule"
    case .inUse: "in use"
    case .active: "active"
    case .grace: "within the grace period"
    case .engineOwned: "the engine's own"
    case .parentOfKept: "needed by kept ones"
    case .runsBalai: "running Balai"
    case .removesItself: "started with --rm"
    case .activity: "part of recent pulls or builds"
    case .projectNeeds: "needed by kept projects"
    case .swarmTask: "swarm tasks"
    case .enoughSpace: "spared by the space budget"
    }
  }
}

extension Reason {
  /// Why, and by which rule.
  var words: String {
    guard let rule else { return detail }
    return detail.isEmpty ? rule.keyPath : "\(detail) (\(rule.keyPath))"
  }
}
