import Inventory
import Policy

/// In which order a budget gives up objects; what comes first goes first.
struct GivingUpOrder {
  /// Where an object stands for itself.
  private struct Rank: Comparable {
    /// How much it costs to get back what goes.
    var cost = 0
    /// A time, or a size with a minus.
    var figure: Int64

    static func < (left: Self, right: Self) -> Bool {
      (left.cost, left.figure) < (right.cost, right.figure)
    }
  }

  /// All of them, the first first; equal ones by their kind and id.
  let objects: [ObjectID]

  /// Ranks whole groups: an object is as recent, and as dear, as the latest and dearest of what must go
  /// before it.
  init(
    of candidates: [ObjectID], by order: SpaceBudget.Order, _ snapshot: Snapshot,
    _ dependencies: Dependencies, _ ledger: StorageLedger, at now: Timestamp
  ) {
    var ranks: [ObjectID: Rank] = [:]
    if order == .largest {
      for object in candidates {
        let gain = ledger.certainGain(of: dependencies.group(of: object), alone: object)
        ranks[object] = Rank(figure: -gain.disk)
      }
    } else {
      let own = snapshot.objectFacts(at: now).compactMapValues { facts in
        switch order {
        case .oldest: Rank(figure: facts.created.microseconds)
        case .cheapestToRestore: Rank(cost: facts.cost, figure: facts.used.microseconds)
        case .leastRecentlyUsed, .largest: Rank(figure: facts.used.microseconds)
        }
      }
      let last = Rank(cost: .max, figure: .max)
      let descending = candidates.sorted { own[$0] ?? last > own[$1] ?? last }
      var settled: Set<ObjectID> = []
      for object in descending {
        for other in dependencies.groupNeeding(object, beyond: settled) {
          ranks[other] = own[object] ?? last
          settled.insert(other)
        }
      }
    }
    let end = Rank(cost: .max, figure: .max)
    objects = candidates.sorted { left, right in
      let (one, other) = (ranks[left] ?? end, ranks[right] ?? end)
      return one == other ? left < right : one < other
    }
  }
}

/// What a budget's order needs to know of an object.
private struct ObjectFacts {
  /// When it was last used, as far as known; now where nobody knows.
  let used: Timestamp
  let created: Timestamp
  /// 0: the next build or nobody needs it; 1: it can be pulled again; 2: it is only here; 3: it is data.
  let cost: Int
}

extension Snapshot {
  fileprivate func objectFacts(at now: Timestamp) -> [ObjectID: ObjectFacts] {
    var facts: [ObjectID: ObjectFacts] = [:]
    for container in containers {
      let ended = [container.startedAt, container.finishedAt].compactMap(\.self).max()
      facts[.container(container.id)] = ObjectFacts(
        used: container.state.isActive ? now : ended ?? container.created,
        created: container.created, cost: 2)
    }
    // In the containerd image store what was never pulled has digests too.
    let digestsTell = engine.imageStore == .graphDriver
    for image in images {
      let used = [image.lastUsed, image.lastTagged, image.firstSeen].compactMap(\.self).max()
      let canBePulled = digestsTell && !image.digests.isEmpty
      facts[.image(image.id)] = ObjectFacts(
        used: used ?? now, created: image.created ?? now,
        cost: image.isUntagged ? 0 : canBePulled ? 1 : 2)
    }
    for volume in volumes {
      let used = [volume.lastUsed, volume.firstSeen, volume.created].compactMap(\.self).max()
      facts[.volume(volume.name)] = ObjectFacts(
        used: used ?? now, created: volume.created ?? now, cost: 3)
    }
    for record in buildCache ?? [] {
      facts[.buildCache(record.id)] = ObjectFacts(
        used: record.lastUsed ?? record.created ?? now, created: record.created ?? now, cost: 0)
    }
    return facts
  }
}

extension StorageLedger {
  /// What a group frees alone, with everything else in place.
  fileprivate func certainGain(of group: Set<ObjectID>, alone object: ObjectID) -> CertainGain {
    var gain = CertainGain()
    if group.count == 1 {
      gain.add(self.gain(of: object).total)
      return gain
    }
    var rest = self
    for member in group.sorted() { gain.add(rest.release(member).total) }
    return gain
  }
}
