import Archive
import Engine
import Inventory

/// Brings back one object at a time.
struct Restorer: Sendable {
  let client: EngineClient
  /// The value of `X-Registry-Auth` for a reference; nil: anonymous.
  let authorization: @Sendable (String) async throws(EngineError) -> String?
  /// What the containers were called that the run removed.
  let names: [ContainerID: String]
  let silent = SilentRegistries()
  /// What the networks were called that the run removed, by their ids.
  let networkNames: [String: String]
  /// Those of the containers that this undo has brought back or found to be there.
  private(set) var back: Set<ContainerID> = []
  /// The names of networks that this undo has found to be others'.
  private(set) var strangeNetworks: Set<String> = []
  /// Why no container may run on a volume, by its name: it is another's now, or half of it may be there.
  private(set) var unusableVolumes: [String: String] = [:]
  /// Containers that were created on such volumes all the same.
  private var accepted: Set<ContainerID> = []

  init(
    of run: RunRecord, client: EngineClient,
    authorization: @escaping @Sendable (String) async throws(EngineError) -> String?
  ) {
    self.client = client
    self.authorization = authorization
    var names: [ContainerID: String] = [:]
    var networkNames: [String: String] = [:]
    for step in run.steps {
      switch (step.action, step.object) {
      case (.removeContainer, .container(let id)): names[id] = step.title
      case (.removeNetwork, .network(let id)): networkNames[id] = step.title
      default: break
      }
    }
    self.names = names
    self.networkNames = networkNames
  }

  /// Remembers what came of a step, for those that rely on it.
  mutating func note(_ outcome: Outcome, of step: UndoStep) {
    switch (step.record.action, step.record.object, outcome) {
    case (.removeContainer, .container(let id), .done),
      (.removeContainer, .container(let id), .gone):
      back.insert(id)
      if step.acceptsVolumes { accepted.insert(id) }
    case (.removeNetwork, .network, .inUse): strangeNetworks.insert(step.record.title)
    case (.removeVolume, .volume(let name), .inUse):
      unusableVolumes[name] =
        "the volume '\(name)' is another one now; to have it on that one, undo it once more by its name"
    case (.removeVolume, .volume(let name), .failed),
      (.removeVolume, .volume(let name), .unknown):
      unusableVolumes[name] =
        "its volume '\(name)' did not come back whole; once that is there, undo it once more by its name"
    default: break
    }
  }

  /// Why a container must not be started, or not be created: an engine would make what is missing.
  ///
  /// - Parameter accepting: whether volumes that are there by now, whoever made them, will do.
  func unusableVolume(
    of recipe: ContainerRecipe, accepting: Bool
  ) async throws(EngineError) -> String? {
    for name in recipe.volumes {
      guard let reason = unusableVolumes[name] else { continue }
      guard accepting || accepted.contains(recipe.id), try await client.volume(name) != nil else {
        return reason
      }
      let filling = VolumeContents(client: client, volume: name, purpose: .filling)
      if try await filling.isUnfinished() { return reason }
    }
    return nil
  }

  /// `done`: it is back; `gone`: it is there already; `inUse`: something else has its name or tag.
  func restore(_ step: UndoStep) async throws(EngineError) -> Outcome {
    switch (step.means, step.record.object) {
    case (.none(let why), .image(let id)) where step.keepsake != nil:
      try await tag(id, as: step.tags, regaining: step.keepsake, otherwise: why)
    case (.none(let why), _): .failed(why)
    case (.tag, .image(let id)):
      try await tag(id, as: step.tags, bringingBackFrom: step.keepsake)
    case (.pull(let digests), .image(let id)):
      try await pull(
        id, by: digests, keepsake: step.keepsake,
        tags: step.tags)
    case (.load(let copy), .image(let id)):
      try await load(id, from: copy, keepsake: step.keepsake, tags: step.tags)
    case (.load(let copy), .volume(let name)):
      try await createVolume(
        name, describedBy: step.description, filledFrom: copy, after: step.earlier)
    case (.create, .volume(let name)), (.createWithout, .volume(let name)):
      try await createVolume(name, describedBy: step.description)
    case (.create, .network):
      try await createNetwork(describedBy: step.description)
    case (.load(let copy), .container):
      try await createContainer(
        describedBy: step.description, committedTo: copy, after: step.earlier,
        accepting: step.acceptsVolumes)
    case (.create, .container), (.createWithout, .container):
      try await createContainer(
        describedBy: step.description, committedTo: nil, after: step.earlier,
        accepting: step.acceptsVolumes)
    case (.start, .container):
      try await start(
        describedBy: step.description, committedTo: step.keepsake?.archive,
        accepting: step.acceptsVolumes)
    default: .failed("its journal does not say how it was")
    }
  }
}

extension UndoStep {
  fileprivate var description: String { keepsake?.description ?? "" }
  fileprivate var tags: [String] { (keepsake?.references ?? []).filter { !$0.contains("@") } }
}
