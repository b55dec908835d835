/// A sweep, or the undo of one, as the index remembers it.
package struct RunRecord: Hashable, Sendable, Codable {
  package var id: Int64
  package var engineKey: String
  package var engineName: String
  package var policy: String
  package var startedAt: Timestamp
  /// Nil while it runs, and for a run that was killed before it could say so.
  package var finishedAt: Timestamp?
  package var end: RunEnd
  /// What the plan was to free.
  package var predicted: Footprint
  /// What was really removed, by what the engine named as deleted in its replies.
  package var freed: Footprint?
  /// By how much the free space on the engine's file system grew, in bytes (`statfs` before and
  /// after); whatever else was written or deleted there meanwhile is in it too. Nil where that file
  /// system is not on this host.
  package var measured: Int64?
  /// The run that this one brings back; nil: it is a sweep. The steps of an undo are those that it
  /// takes back, in the opposite order: `done` means that the step's object is there again.
  package var undoes: Int64?
  package var steps: [StepRecord]

  package init(
    id: Int64, engineKey: String, engineName: String, policy: String, startedAt: Timestamp,
    finishedAt: Timestamp? = nil, end: RunEnd, predicted: Footprint,
    freed: Footprint? = nil, measured: Int64? = nil, undoes: Int64? = nil,
    steps: [StepRecord] = []
  ) {
    self.id = id
    self.engineKey = engineKey
    self.engineName = engineName
    self.policy = policy
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.end = end
    self.predicted = predicted
    self.freed = freed
    self.measured = measured
    self.undoes = undoes
    self.steps = steps
  }
}

/// How a run came to its end.
package enum RunEnd: String, Hashable, Sendable, Codable {
  /// Not ended yet, as far as the journal knows.
  case running
  /// Every step has its outcome.
  case complete
  /// A signal asked it to stop; what was in flight was finished.
  case interrupted
  /// Its deadline came; what was in flight was finished.
  case deadline
  /// The engine could not be reached any more.
  case engineLost = "engine-lost"
  /// It was killed; a later command closed its journal.
  case abandoned
  /// It was killed, and its journal is still open. Nobody writes that: who reads the journal finds it
  /// where a run has not ended and no sweep of its engine is at work.
  case killed
}

/// One step of a run: what was intended, and what came of it.
package struct StepRecord: Hashable, Sendable, Codable {
  /// Its place in the plan, from 0.
  package var number: Int
  package var action: ActionKind
  package var object: ObjectID
  /// What a person calls it: a name or a reference.
  package var title: String
  /// What the plan said it would free.
  package var frees: Footprint
  /// When it was about to be carried out; nil: it never was.
  package var intendedAt: Timestamp?
  package var outcome: Outcome?
  /// What the plan said of bringing it back; nil where the run was written by an earlier Balai.
  package var restorability: Restorability?

  package init(
    number: Int, action: ActionKind, object: ObjectID, title: String, frees: Footprint,
    restorability: Restorability? = nil, intendedAt: Timestamp? = nil, outcome: Outcome? = nil
  ) {
    self.number = number
    self.action = action
    self.object = object
    self.title = title
    self.frees = frees
    self.restorability = restorability
    self.intendedAt = intendedAt
    self.outcome = outcome
  }
}

/// What a step does.
package enum ActionKind: String, Hashable, Sendable, Codable, CaseIterable {
  case stop
  case removeContainer = "remove-container"
  case untag
  case removeImage = "remove-image"
  case removeVolume = "remove-volume"
  case removeNetwork = "remove-network"
  case removeBuildCache = "remove-build-cache"
}

/// What came of a step.
package enum Outcome: Hashable, Sendable, Codable {
  /// The engine did it.
  case done
  /// Somebody else had done it already (404, and no list has it), or it went by itself (`--rm`).
  case gone
  /// It is not what was planned any more; left alone. The text says what differs.
  case changed(String)
  /// The engine refused because it is in use (409), or it is in use now; left alone.
  case inUse(String)
  /// The engine could not do it; its reason.
  case failed(String)
  /// Never tried: the run ended before, or a step it depends on did not happen.
  case notTried(String)
  /// Nobody can say: the run was killed, or the engine lost, while it was in flight; or it was gone, and
  /// the engine said that it had not been there.
  case unknown
}

extension Outcome {
  /// The word that stands for it in the index and in JSON.
  package var word: String {
    switch self {
    case .done: "done"
    case .gone: "gone"
    case .changed: "changed"
    case .inUse: "in-use"
    case .failed: "failed"
    case .notTried: "not-tried"
    case .unknown: "unknown"
    }
  }

  /// Why; nil where the word says it all.
  package var reason: String? {
    switch self {
    case .changed(let reason), .inUse(let reason), .failed(let reason), .notTried(let reason):
      reason
    case .done, .gone, .unknown: nil
    }
  }

  /// Nil for a word that stands for nothing.
  package init?(word: String, reason: String) {
    switch word {
    case "done": self = .done
    case "gone": self = .gone
    case "changed": self = .changed(reason)
    case "in-use": self = .inUse(reason)
    case "failed": self = .failed(reason)
    case "not-tried": self = .notTried(reason)
    case "unknown": self = .unknown
    default: return nil
    }
  }
}
