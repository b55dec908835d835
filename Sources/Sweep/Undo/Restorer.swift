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

  /// `done`: it is back; `gone`: it is there already; `inUse`: something else has its name or tag.
  func restore(_ step: UndoStep) async throws(EngineError) -> Outcome {
    switch (step.means, step.record.object) {
    case (.none(let why), _): .failed(why)
    case (.tag, .image(let id)):
      try await tag(id, as: step.keepsake?.references ?? [])
    case (.pull(let digests), .image(let id)):
      try await pull(
        id, by: digests, for: step.keepsake?.platform,
        tags: (step.keepsake?.references ?? []).filter { !$0.contains("@") })
    case (.load(let copy), .image(let id)):
      try await load(id, from: copy, tags: step.keepsake?.references ?? [])
    case (.load(let copy), .volume(let name)):
      try await createVolume(
        name, describedBy: step.description, filledFrom: copy, after: step.earlier)
    case (.create, .volume(let name)), (.createWithout, .volume(let name)):
      try await createVolume(name, describedBy: step.description)
    case (.create, .network):
      try await createNetwork(describedBy: step.description)
    case (.load(let copy), .container):
      try await createContainer(
        describedBy: step.description, committedTo: copy, after: step.earlier)
    case (.create, .container), (.createWithout, .container):
      try await createContainer(
        describedBy: step.description, committedTo: nil, after: step.earlier)
    case (.start, .container):
      try await start(
        describedBy: step.description, committedTo: step.keepsake?.archive)
    default: .failed("its journal does not say how it was")
    }
  }
}

extension UndoStep {
  fileprivate var description: String { keepsake?.description ?? "" }
}
