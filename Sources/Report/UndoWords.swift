import Inventory
import Plan

extension Restorability {
  /// What people look for first: what is lost, and what hangs on a copy.
  var colour: Colour? {
    switch self {
    case .restorable: nil
    case .archived: .yellow
    case .lost: .red
    }
  }
}

extension ActionKind {
  /// What the undo of it does.
  var wordsOfUndo: String {
    switch self {
    case .stop: "start"
    case .removeContainer: "bring back container"
    case .untag: "tag"
    case .removeImage: "bring back image"
    case .removeVolume: "bring back volume"
    case .removeNetwork: "bring back network"
    case .removeBuildCache: "bring back build cache"
    }
  }

  /// What an undo has done.
  var undone: String {
    switch self {
    case .stop: "started"
    case .untag: "tagged"
    case .removeContainer, .removeImage, .removeVolume, .removeNetwork, .removeBuildCache:
      "brought back"
    }
  }
}

extension StepRecord {
  /// What its run was to do.
  func words(inUndo isUndo: Bool) -> String { isUndo ? action.wordsOfUndo : action.words }

  /// What came of it, in a word or two.
  func outcomeWords(inUndo isUndo: Bool) -> String {
    guard let outcome else { return "none yet" }
    guard isUndo else { return outcome.word }
    switch outcome {
    case .done: return action.undone
    case .gone: return "there already"
    case .changed, .inUse, .failed, .notTried, .unknown: return outcome.word
    }
  }
}

extension RunRecord {
  /// `brought back 2 containers and 1 image, started 1, tagged 2; 1 there already, 1 failed`
  var totalsOfUndo: String {
    func done(_ action: ActionKind) -> Int {
      steps.count { $0.action == action && $0.outcome == .done }
    }
    let back = ActionKind.removals.filter { done($0) > 0 }.map {
      Wording.count(done($0), $0.noun)
    }
    var did: [String] = []
    if !back.isEmpty { did.append("brought back \(Wording.list(back))") }
    if done(.stop) > 0 { did.append("started \(Wording.count(done(.stop), "container"))") }
    if done(.untag) > 0 { did.append("tagged \(done(.untag))") }
    let others = [
      ("gone", "there already"), ("changed", "changed"), ("in-use", "in use"),
      ("failed", "failed"), ("not-tried", "not tried"), ("unknown", "unknown"),
    ].compactMap { word, shown -> String? in
      let count = steps.count { $0.outcome?.word == word }
      return count > 0 ? "\(count) \(shown)" : nil
    }
    let first = did.isEmpty ? "brought back nothing" : did.joined(separator: ", ")
    return others.isEmpty ? first : "\(first); \(others.joined(separator: ", "))"
  }
}

extension RunRecord {
  /// `2 objects came back without what was in them`; nil where none did.
  var lossOfUndo: String? {
    let count = steps.count {
      $0.outcome == .done
        && [.lost(.data), .lost(.writableLayer), .lost(.container)].contains($0.restorability)
        && [.removeVolume, .removeContainer].contains($0.action)
    }
    guard count > 0 else { return nil }
    return "\(Wording.count(count, "object")) came back without what was in "
      + (count == 1 ? "it" : "them")
  }
}

extension RemovalPlan {
  /// `3 steps cannot be undone: 2 writable layers, 1 volume's data`; nil where all can.
  var lossSentence: String? {
    let lost = steps.filter(\.restorability.isLost)
    guard !lost.isEmpty else { return nil }
    let parts = Restorability.Loss.allCases.flatMap { loss -> [String] in
      // An image with several tags has several steps and is one image.
      let objects = Set(lost.filter { $0.restorability == .lost(loss) }.map(\.object))
      let containers = objects.count { if case .container = $0 { true } else { false } }
      let others = objects.count - containers
      return [
        others > 0 ? loss.words(others) : nil,
        containers > 0 ? loss.wordsOfContainers(containers) : nil,
      ].compactMap(\.self)
    }
    let steps = Wording.count(lost.count, "step")
    return "\(steps) cannot be undone: \(parts.joined(separator: ", "))"
  }

  /// `saves 2 images and 1 volume first, 1.2GB..1.6GB, in /var/backups/balai`; nil where nothing is
  /// saved.
  var archiveSentence: String? {
    let saved = steps.filter { $0.saves != nil }
    guard let archive, !saved.isEmpty else { return nil }
    let parts = ActionKind.removals.compactMap { action -> String? in
      let count = saved.count { $0.action == action }
      return count > 0 ? Wording.count(count, action.noun) : nil
    }
    let place = archive.directory ?? "the archive of the state directory"
    return "saves \(Wording.list(parts)) first, about \(HumanSize.text(archiveSize)), in \(place)"
  }
}

extension Restorability.Loss {
  fileprivate func words(_ count: Int) -> String {
    switch self {
    case .writableLayer: Wording.count(count, "writable layer")
    case .image: Wording.count(count, "image")
    case .data: count == 1 ? "1 volume's data" : "\(count) volumes' data"
    case .buildCache: Wording.count(count, "build-cache record")
    case .container, .network, .namespace: Wording.count(count, "container")
    }
  }

  fileprivate func wordsOfContainers(_ count: Int) -> String {
    switch self {
    case .writableLayer, .data, .buildCache: words(count)
    case .image: "\(Wording.count(count, "container")) without an image"
    case .container: "\(Wording.count(count, "container")) as a whole"
    case .network: "\(Wording.count(count, "container")) whose network is gone"
    case .namespace: "\(Wording.count(count, "container")) whose namespace is gone"
    }
  }
}
