import Engine
import Inventory
import Plan

/// Looks at an object just before its step, and asks the engine to do the step.
struct StepContext: Sendable {
  let client: EngineClient
  let stopTimeout: Int?
  let order: StepOrder
  let preflight: Preflight
  let journal: Journal
  /// Nil where nothing is saved.
  let archivist: Archivist?
  /// Bytes in a volume now; nil where nobody can say at once.
  let volumeContent: @Sendable (String) async -> Int64?
  let clock: @Sendable () -> Timestamp
  /// What the engine said it deleted: chain ids of layers among others.
  let deleted = DeletedLayers()
  let buildCacheTrust = BuildCacheTrust()

  /// Why a step must not be carried out, or need not be; nil when all is as planned.
  func obstacle(to step: PlannedStep) async throws(EngineError) -> Outcome? {
    switch (step.object, step.expected) {
    case (.container(let id), .container(let expected)):
      try await obstacle(to: step, on: id, expected)
    case (.image(let id), .image(let expected)):
      try await obstacle(to: step, on: id, expected)
    case (.volume(let name), .volume(let expected)):
      try await obstacle(toRemoving: name, expected)
    case (.network(let id), .network(let expected)):
      try await obstacle(toRemoving: id, expected)
    case (.buildCache, .buildCache(let expected)):
      await obstacle(toRemoving: expected)
    default:
      .failed("the plan's step does not fit its object")
    }
  }

  /// Does a step that nothing stands against, and looks at the object once more: an engine's answer
  /// alone, be it yes or "there is none", settles no step. Only a record of the build cache that the
  /// engine names as removed is believed to be: to look for it can take the engine minutes.
  func perform(_ step: PlannedStep) async throws(EngineError) -> Outcome {
    switch (step.action, step.object, step.expected) {
    case (.stop, .container(let id), .container(let expected)):
      try await stop(id, expected)
    case (.removeContainer, .container(let id), .container(let expected)):
      try await remove(id, autoRemove: expected.autoRemove)
    case (.untag, .image(let id), _):
      try await untag(id, step.reference ?? "")
    case (.removeImage, .image(let id), _):
      try await remove(id)
    case (.removeVolume, .volume(let name), _):
      try await removeVolume(name)
    case (.removeNetwork, .network(let id), _):
      try await removeNetwork(id)
    case (.removeBuildCache, .buildCache(let id), .buildCache(let expected)):
      try await removeBuildCache(id, expected)
    default:
      .failed("the plan's step does not fit its object")
    }
  }
}

/// The layers that an engine named as deleted in its replies.
actor DeletedLayers {
  private(set) var chainIDs: Set<String> = []

  func add(_ ids: [String]) { chainIDs.formUnion(ids) }
}

/// Whether the engine has kept to removing one record of the build cache at a time.
actor BuildCacheTrust {
  private(set) var isLost = false

  func lose() { isLost = true }
}
