import Engine
package import Inventory

/// What would bring back what a run took away: its steps in the opposite order, each with the means; a
/// container after those that it needs.
package struct UndoPlan: Hashable, Sendable {
  /// The run that is undone.
  package let run: RunRecord
  /// In the order in which they are carried out.
  package let steps: [UndoStep]
  /// How many containers had been running, and are not among the steps to be started.
  package let unstarted: Int

  /// Whether there is nothing to bring back.
  package var isEmpty: Bool { steps.isEmpty }

  /// Whether there is a step that has means to bring its object back.
  package var bringsAnythingBack: Bool { steps.contains(where: \.comesBack) }
}

/// One step of a run, taken back.
package struct UndoStep: Hashable, Sendable {
  /// As the run's journal has it; its number is the one in that run.
  package let record: StepRecord
  package let means: UndoMeans
  /// What was kept of the object.
  let keepsake: Keepsake?
  /// What earlier undos of the same run came to with it.
  var earlier: EarlierUndo = .none
  /// Whether somebody has asked for this very object, and not for all or for one that needs it.
  var isNamed = false

  /// Whether a container is to be had on volumes that are there, though they are not those of the sweep:
  /// an undo has refused that and said why, and it is asked for by name.
  var acceptsVolumes: Bool { isNamed && earlier == .brokenOff }

  /// Whether anything can be done for the object.
  package var comesBack: Bool {
    if case .none = means { false } else { true }
  }

  /// What it gives back, which may be less than was promised: the copy may have expired.
  var gives: Restorability? {
    guard case .createWithout(let loss) = means, !cameBackWhole else { return record.restorability }
    // What made the engine remove it by itself does not keep it from coming back.
    return .lost(loss == .container ? .writableLayer : loss)
  }

  /// Whether the object is there for less than a copy had promised, once the step is done.
  var fallsShort: Bool { record.restorability == .archived && gives != .archived }

  private var cameBackWhole: Bool {
    if case .done(whole: true, _) = earlier { true } else { false }
  }
}

/// How an object comes back.
package enum UndoMeans: Hashable, Sendable {
  /// From a registry, by one of its digest references; the first that works.
  case pull([String])
  /// From a saved copy.
  case load(ArchivedCopy)
  /// A tag is put on its image again.
  case tag
  /// Created from the engine's own description of it.
  case create
  /// The same, but what was in it is gone: a volume's data, a container's writable layer.
  case createWithout(Restorability.Loss)
  /// A container that had been running is started.
  case start
  /// Nothing brings it back; why.
  case none(String)
}

extension UndoPlan {
  /// - Parameters:
  ///   - keepsakes: what was kept, by the number of the step.
  ///   - earlier: the undos of the same run before this one, oldest first.
  ///   - selected: the steps to take back; what these need comes along. Nil: all.
  ///   - starting: whether containers that had been running are started again.
  package init(
    of run: RunRecord, _ keepsakes: [Int: Keepsake], after earlier: [RunRecord] = [],
    only selected: Set<Int>? = nil, starting: Bool
  ) {
    let happened = run.steps.filter { step in
      switch step.outcome {
      case .done, .unknown: true
      // In flight, and nobody has looked yet what became of it.
      case nil: step.intendedAt != nil
      // Somebody else was faster, and may have meant it.
      case .gone: step.intendedAt != nil && selected?.contains(step.number) == true
      // It may have taken the whole image with it; and a tag that is there stays as it is.
      case .failed: step.action == .untag && step.intendedAt != nil
      case .changed, .inUse, .notTried: false
      }
    }
    var wanted = selected ?? Set(happened.map(\.number))
    if selected != nil { wanted.formUnion(UndoNeeds(run, keepsakes).of(wanted)) }
    var unstarted = 0
    var steps: [UndoStep] = []
    for record in happened.reversed() where wanted.contains(record.number) {
      if record.action == .stop, !starting {
        unstarted += 1
        continue
      }
      let keepsake = Self.keepsake(of: record, in: run, keepsakes)
      steps.append(
        UndoStep(
          record: record,
          means: UndoMeans(toUndo: record, on: run.engineKey, keeping: keepsake),
          keepsake: keepsake, earlier: EarlierUndo(of: record, in: earlier),
          isNamed: selected?.contains(record.number) ?? false))
    }
    self.init(run: run, steps: UndoOrder(steps).sorted, unstarted: unstarted)
  }

  /// A container is described best before it is stopped: what it was given only while it ran (its MAC
  /// address) is in no later description.
  private static func keepsake(
    of record: StepRecord, in run: RunRecord, _ keepsakes: [Int: Keepsake]
  ) -> Keepsake? {
    var keepsake = keepsakes[record.number]
    if record.action == .stop,
      let removal = run.steps.first(where: {
        $0.action == .removeContainer && $0.object == record.object
      })
    {
      // It is started as it came back: from the copy, where one was saved.
      keepsake?.archive = keepsakes[removal.number]?.archive
    }
    if record.action == .removeContainer,
      let stop = run.steps.first(where: { $0.action == .stop && $0.object == record.object }),
      let described = keepsakes[stop.number]?.description
    {
      keepsake = keepsake ?? Keepsake()
      keepsake?.description = described
    }
    return keepsake
  }
}

extension UndoMeans {
  fileprivate init(toUndo record: StepRecord, on engine: String, keeping keepsake: Keepsake?) {
    guard record.action != .removeBuildCache else {
      self = .none("a build makes it again")
      return
    }
    guard let keepsake else {
      self = .none("nothing was kept of it")
      return
    }
    if ![.stop, .untag].contains(record.action), let copy = keepsake.archive {
      self = .load(copy)
      return
    }
    let isDescribed = keepsake.description != nil
    guard isDescribed || [.untag, .removeImage].contains(record.action) else {
      self = .none("it went too long ago: its description has been deleted")
      return
    }
    switch record.action {
    case .stop: self = .start
    case .untag:
      // Some engines keep digests as references of their own.
      let digests = keepsake.references.filter { $0.contains("@") }
      self = digests.isEmpty ? .tag : .pull(digests)
    case .removeImage:
      let why =
        record.restorability == .archived
        ? "its copy has expired" : "it came from no registry, and no copy was saved"
      self = keepsake.digests.isEmpty ? .none(why) : .pull(keepsake.digests)
    case .removeNetwork: self = .create
    case .removeContainer, .removeVolume:
      switch record.restorability {
      case .lost(.container): self.init(toCreate: keepsake.description ?? "", on: engine)
      case .lost(.writableLayer): self = .createWithout(.writableLayer)
      case .lost(.data): self = .createWithout(.data)
      // Its copy has expired.
      case .archived:
        self = .createWithout(record.action == .removeVolume ? .data : .writableLayer)
      case .restorable, .lost, nil: self = .create
      }
    case .removeBuildCache: self = .none("a build makes it again")
    }
  }

  /// Of a container that nobody promised to bring back. One with `--rm` can be created all the same.
  private init(toCreate description: String, on engine: String) {
    if EngineIdentity.isOfPodman(engine) {
      self = .none("Podman does not tell of a container all that it takes to create it again")
      return
    }
    do throws(EngineError) {
      _ = try ContainerRecipe(describedBy: description)
      self = .createWithout(.container)
    } catch {
      let reason =
        if case .unusableDescription(_, let reason) = error { reason } else { "\(error)" }
      self = .none(reason)
    }
  }
}
