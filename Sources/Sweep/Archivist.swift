import Archive
import Engine
import Index
import Inventory
import Plan

/// Saves what a plan says is `archived`, each once, before the first step that takes any of it away.
///
/// A copy is complete and verified when it is answered.
actor Archivist {
  private let client: EngineClient
  private let store: ArchiveStore
  private let keepFor: Duration?
  private let clock: @Sendable () -> Timestamp
  private var copies: [ObjectID: ArchivedCopy] = [:]

  init(
    _ client: EngineClient, _ store: ArchiveStore, keepFor: Duration?,
    clock: @escaping @Sendable () -> Timestamp
  ) {
    self.client = client
    self.store = store
    self.keepFor = keepFor
    self.clock = clock
  }

  /// The copy of a step's object; saves it where that has not been done.
  func copy(for step: PlannedStep) async throws -> ArchivedCopy {
    if let copy = copies[step.object] { return copy }
    let copy =
      switch step.object {
      case .container(let id): try await save(id)
      case .image(let id): try await save(id)
      case .volume(let name): try await save(volume: name)
      case .network, .buildCache: throw ArchivingFailure.notAThing(step.object)
      }
    copies[step.object] = copy
    return copy
  }

  private func save(_ image: ImageID) async throws -> ArchivedCopy {
    // Without its tags: loaded with them, it would take them from an image that has them by then.
    try await store.save(image: image, keepFor...)
  }
}
