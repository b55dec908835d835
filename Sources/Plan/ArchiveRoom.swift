package import Inventory

/// The room that there is for the copies of a plan; whoever looked at the disk says how much.
package struct ArchiveRoom: Hashable, Sendable {
  /// Where copies go: absolute.
  package let directory: String
  /// Bytes free on the file system of that directory.
  package let free: Int64
  /// Bytes of the copies that are there already.
  package let held: Int64
  /// Bytes free on the file system of the engine's data root; nil where that is not on this host.
  package let engineFree: Int64?
  /// Whether both are the same file system.
  package let isOnEnginesDisk: Bool

  package init(
    directory: String, free: Int64, held: Int64, engineFree: Int64? = nil,
    isOnEnginesDisk: Bool = false
  ) {
    self.directory = directory
    self.free = free
    self.held = held
    self.engineFree = engineFree
    self.isOnEnginesDisk = isOnEnginesDisk
  }
}

extension RemovalPlan {
  /// The room for all copies that its steps save, estimated; zero where nothing is saved.
  package var archiveSize: Bytes { steps.reduce(.zero) { $0 + ($1.saves ?? .zero) } }

  /// Whether some step saves a copy.
  package var savesCopies: Bool { steps.contains { $0.saves != nil } }

  /// Refuses a plan whose copies may not fit: a sweep that runs out of room half-way would leave the
  /// rest undone.
  ///
  /// What the plan itself frees is not counted: copies are written before.
  ///
  /// - Throws: `PlanError.unknownArchiveSize` where nobody can say how much a copy takes;
  ///   `PlanError.noRoomForArchive` where the copies are more than the policy's `max-size` leaves, or
  ///   than is free; `PlanError.noRoomToSave` where the engine cannot write one out.
  package func checkRoom(_ room: ArchiveRoom) throws(PlanError) {
    guard savesCopies else { return }
    if let step = steps.first(where: { $0.saves?.isBounded == false }) {
      throw .unknownArchiveSize(object: step.title)
    }
    let needed = archiveSize.atMost
    let allowed = archive?.maxSize.map { max(0, $0 - room.held) } ?? .max
    let largest = engineNeeds
    let besides = room.isOnEnginesDisk ? largest : 0
    let available = min(allowed, max(0, room.free - besides))
    guard needed <= available else {
      throw .noRoomForArchive(directory: room.directory, needed: needed, available: available)
    }
    if let free = room.engineFree, largest > free {
      throw .noRoomToSave(root: engine.rootDirectory, needed: largest, available: free)
    }
  }

  /// What the engine needs for itself while it hands out a copy, of which there is one at a time.
  ///
  /// Docker's graph drivers write the whole tar of an image into the data root before its first byte
  /// (moby `image/tarexport/save.go`). A container is committed before, and what it wrote becomes a layer
  /// of its own.
  private var engineNeeds: Int64 {
    guard engine.kind == .docker else { return 0 }
    let isDoubled = engine.imageStore == .graphDriver
    let needs = steps.compactMap { step -> Int64? in
      guard let saves = step.saves else { return nil }
      let tar = isDoubled ? saves.atMost : 0
      switch step.action {
      case .removeImage: return tar
      case .removeContainer:
        let (sum, overflow) = tar.addingReportingOverflow(
          min(step.frees.content.atMost, saves.atMost))
        return overflow ? .max : sum
      case .stop, .untag, .removeVolume, .removeNetwork, .removeBuildCache: return nil
      }
    }
    return needs.max() ?? 0
  }

  /// Whether some step takes away what no undo can bring back.
  package var losesSomething: Bool { steps.contains(where: \.restorability.isLost) }

  /// Refuses a plan that takes away what no undo can bring back.
  ///
  /// - Parameter registered: the digests that a registry is known to have now: an image that was to be
  ///   pulled again by another one is lost. Nil: nobody asked.
  /// - Throws: `PlanError.irreversible`, naming the first few.
  package func checkRestorable(registered: Set<String>? = nil) throws(PlanError) {
    let lost = steps.filter { step in
      step.restorability.isLost || registered.map { step.isLost(unlessIn: $0) } ?? false
    }
    guard !lost.isEmpty else { return }
    throw .irreversible(
      count: lost.count,
      first: lost.prefix(3).map { step in
        let word = step.restorability.isLost ? step.restorability : .lost(.image)
        return "\(step.title) (\(word.word))"
      })
  }
}

extension PlannedStep {
  /// Whether an image that was to be pulled again can not.
  fileprivate func isLost(unlessIn registered: Set<String>) -> Bool {
    guard action == .removeImage, restorability == .restorable, case .image(let image) = expected
    else { return false }
    return registered.isDisjoint(with: image.digests)
  }
}
