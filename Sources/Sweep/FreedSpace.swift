import Inventory
import Plan

extension Sweeper {
  /// What really went: at least what the steps that were done let go of, at most that and what those let
  /// go of which nobody can say of.
  ///
  /// - Parameter layers: the chain ids that the engine named as deleted.
  func freed(_ run: RunRecord, _ snapshot: Snapshot, _ layers: Set<String>) -> Footprint {
    let removals = run.steps.filter { $0.action.isRemoval }
    let done = removals.filter { $0.outcome == .done }
    let least = weight(of: done, snapshot, layers)
    let maybe = removals.filter { $0.outcome == .done || $0.outcome == .unknown }
    guard maybe.count > done.count else { return least }
    let most = weight(of: maybe, snapshot, layers)
    return Footprint(
      content: least.content.extended(to: most.content),
      disk: least.disk.flatMap { least in most.disk.map { least.extended(to: $0) } })
  }

  /// Weighed by the ledger: what the steps let go of, and of images the layers that the engine says it
  /// deleted. Where an engine does not name layers (containerd image store, Podman), and of an image of
  /// which it said nothing, what the images held alone.
  private func weight(
    of steps: [StepRecord], _ snapshot: Snapshot, _ layers: Set<String>
  ) -> Footprint {
    var ledger = StorageLedger(snapshot)
    let namesLayers =
      client.identity.kind == .docker && client.identity.imageStore == .graphDriver
    var sum = Footprint.zero
    for step in steps {
      let released = ledger.release(step.object)
      if namesLayers, step.action == .removeImage, step.outcome == .done {
        sum += released.total(without: .layers)
      } else {
        sum += released.total
      }
    }
    return namesLayers ? sum + ledger.weight(ofLayers: layers) : sum
  }
}

extension Bytes {
  fileprivate func extended(to most: Bytes) -> Bytes {
    Bytes(atLeast: atLeast, atMost: max(atMost, most.atMost))
  }
}

extension ActionKind {
  fileprivate var isRemoval: Bool {
    switch self {
    case .removeContainer, .removeImage, .removeVolume, .removeNetwork, .removeBuildCache: true
    case .stop, .untag: false
    }
  }
}
