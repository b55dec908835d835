package import Inventory
package import Policy

/// What a sweep would do: an ordered list of removals with their bytes, and everything that stays,
/// with its reason. Made by `Planner`, never changed afterwards, and carried out as it stands.
package struct RemovalPlan: Hashable, Sendable, Codable {
  /// The plan file's format that this Balai writes and reads.
  package static let currentFormat = 3

  package let format: Int
  package let engine: EngineIdentity
  package let policy: PolicyReference
  package let createdAt: Timestamp
  /// When the engine was looked at for it; nil in a file of a Balai that did not write it.
  package let seenAt: Timestamp?
  /// Seconds to wait for a container to stop before the engine kills it; nil: the container's own.
  package let stopTimeout: Int?
  /// In the order in which they are carried out.
  package let steps: [PlannedStep]
  package let kept: [KeptObject]
  /// What the figures leave out, in sentences for people.
  package let notes: [String]
  /// What the policy's `space` came to; nil where it has none.
  package let budget: BudgetOutcome?
  /// The policy's `limits` that it breaks; nil: none. Such a plan is never carried out.
  package let breaches: [LimitBreach]?
  /// Where copies go, where the policy asks for some; nil: it does not.
  package let archive: ArchivePlan?

  package init(
    engine: EngineIdentity, policy: PolicyReference, createdAt: Timestamp, stopTimeout: Int?,
    steps: [PlannedStep], kept: [KeptObject], notes: [String], budget: BudgetOutcome? = nil,
    breaches: [LimitBreach]? = nil, archive: ArchivePlan? = nil, seenAt: Timestamp? = nil
  ) {
    self.format = Self.currentFormat
    self.engine = engine
    self.policy = policy
    self.createdAt = createdAt
    self.seenAt = seenAt
    self.stopTimeout = stopTimeout
    self.steps = steps
    self.kept = kept
    self.notes = notes
    self.budget = budget
    self.breaches = breaches
    self.archive = archive
  }

  /// What the whole plan frees.
  package var frees: Footprint { steps.reduce(.zero) { $0 + $1.frees } }

  /// Whether there is nothing to do.
  package var isEmpty: Bool { steps.isEmpty }
}

/// Which policy made a plan.
package struct PolicyReference: Hashable, Sendable, Codable {
  package let name: String
  /// SHA-256 of the policy's text, to tell whether it has changed since.
  package let digest: String

  package init(name: String, digest: String) {
    self.name = name
    self.digest = digest
  }
}

/// One removal of a plan.
package struct PlannedStep: Hashable, Sendable, Codable {
  /// Its place in the plan, from 0.
  package let number: Int
  package let action: ActionKind
  package let object: ObjectID
  /// For `untag`: the reference that is deleted. For `removeImage`, which deletes by id: the last
  /// tag, which goes with the image; nil where it has none.
  package let reference: String?
  /// What a person calls it. Comes from strangers: not yet safe to print.
  package let title: String
  package let reason: Reason
  /// What this step frees when the steps before it have been done.
  package let frees: Footprint
  /// What an undo can bring back of what this step takes away.
  package let restorability: Restorability
  /// The room for the copy that is saved before, estimated; without an upper end where a size is not
  /// known. Nil: nothing is saved.
  package let saves: Bytes?
  /// What must still hold when the step is carried out; otherwise it is skipped.
  package let expected: Expectation
  /// Steps of one wave do not depend on each other, unless they are about the same object; those of
  /// a later wave may depend on all of an earlier one.
  package let wave: Int

  package init(
    number: Int, wave: Int, action: ActionKind, object: ObjectID, reference: String? = nil,
    title: String,
    reason: Reason, frees: Footprint, restorability: Restorability, saves: Bytes? = nil,
    expected: Expectation
  ) {
    self.number = number
    self.wave = wave
    self.action = action
    self.object = object
    self.reference = reference
    self.title = title
    self.reason = reason
    self.frees = frees
    self.restorability = restorability
    self.saves = saves
    self.expected = expected
  }
}

/// The fingerprint of an object at planning time.
package enum Expectation: Hashable, Sendable {
  case container(ExpectedContainer)
  case image(ExpectedImage)
  case volume(ExpectedVolume)
  case network(ExpectedNetwork)
  case buildCache(ExpectedRecord)
}

extension Expectation: Codable {
  private enum Key: String, CodingKey { case container, image, volume, network, buildCache }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    if let container = try fields.decodeIfPresent(ExpectedContainer.self, forKey: .container) {
      self = .container(container)
    } else if let volume = try fields.decodeIfPresent(ExpectedVolume.self, forKey: .volume) {
      self = .volume(volume)
    } else if let network = try fields.decodeIfPresent(ExpectedNetwork.self, forKey: .network) {
      self = .network(network)
    } else if let record = try fields.decodeIfPresent(ExpectedRecord.self, forKey: .buildCache) {
      self = .buildCache(record)
    } else {
      self = .image(try fields.decode(ExpectedImage.self, forKey: .image))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    switch self {
    case .container(let container): try fields.encode(container, forKey: .container)
    case .image(let image): try fields.encode(image, forKey: .image)
    case .volume(let volume): try fields.encode(volume, forKey: .volume)
    case .network(let network): try fields.encode(network, forKey: .network)
    case .buildCache(let record): try fields.encode(record, forKey: .buildCache)
    }
  }
}

/// What a container was like when it was planned. A container that has been started since has other
/// times; one that was replaced has another id.
package struct ExpectedContainer: Hashable, Sendable, Codable {
  package let name: String
  package let imageID: ImageID
  package let state: ContainerState
  package let startedAt: Timestamp?
  package let finishedAt: Timestamp?
  package let autoRemove: Bool
  package let restartCount: Int

  package init(_ container: Container) {
    name = container.name
    imageID = container.imageID
    state = container.state
    startedAt = container.startedAt
    finishedAt = container.finishedAt
    autoRemove = container.autoRemove
    restartCount = container.restartCount
  }
}

/// What an image was like when it was planned. Its content cannot change; its references can, and so
/// can the times of its use.
package struct ExpectedImage: Hashable, Sendable, Codable {
  package let references: [String]
  /// The digest references that it may be pulled by: some go before it, in steps of their own.
  package let digests: [String]
  /// The images built from it, all of which the plan removes before. Were one of them left, deleting
  /// this one's last tag would take the tag and leave the image.
  package let children: [ImageID]
  /// As far as was known; not before `seenAt` of the plan where a container ran on it or on an image
  /// built on it.
  package let lastUsed: Timestamp?
  package let lastTagged: Timestamp?

  package init(_ image: Image, children: [ImageID]) {
    references = image.references
    digests = image.digests
    self.children = children
    lastUsed = image.lastUsed
    lastTagged = image.lastTagged
  }
}

/// What a volume was like when it was planned.
package struct ExpectedVolume: Hashable, Sendable, Codable {
  package let driver: String
  /// Another date means another volume of the same name, or that something wrote into it: engines up
  /// to 20.10 send the time of the last change (moby `volume/local`), and those of the `users` that run
  /// may write until they are stopped.
  package let created: Timestamp?
  /// The containers that mount it, all of which the plan removes before.
  package let users: [ContainerID]

  package init(_ volume: Volume, users: [ContainerID]) {
    driver = volume.driver
    created = volume.created
    self.users = users
  }
}

/// What a network was like when it was planned.
package struct ExpectedNetwork: Hashable, Sendable, Codable {
  package let name: String

  package init(_ network: Network) { name = network.name }
}

/// What a build-cache record was like when it was planned. The engine itself is told not to remove one
/// that a build has used since.
package struct ExpectedRecord: Hashable, Sendable, Codable {
  package let lastUsed: Timestamp?
  /// The records made from it, all of which the plan removes before: BuildKit keeps it as long as one
  /// of them is there.
  package let children: [String]

  package init(_ record: BuildCacheRecord, children: [String]) {
    lastUsed = record.lastUsed ?? record.created
    self.children = children
  }
}

/// Something that stays.
package struct KeptObject: Hashable, Sendable, Codable {
  package let object: ObjectID
  package let title: String
  package let reason: Reason

  package init(object: ObjectID, title: String, reason: Reason) {
    self.object = object
    self.title = title
    self.reason = reason
  }
}

extension [PlannedStep] {
  /// The objects that go, in their order.
  package var removed: [ObjectID] {
    filter { $0.action != .stop && $0.action != .untag }.map(\.object)
  }
}

extension RemovalPlan {
  /// Whether a step is about the build cache.
  package var removesBuildCache: Bool { steps.contains { $0.action == .removeBuildCache } }
}
