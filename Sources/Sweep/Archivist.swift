import Archive
import Engine
import Foundation
import Inventory
import Plan

/// Saves what a plan calls `archived`, each once, before the first step that takes any of it away.
///
/// A copy is complete and verified when it is answered.
actor Archivist {
  private let client: EngineClient
  private let store: ArchiveStore
  private let keepFor: Duration
  private let clock: @Sendable () -> Timestamp
  private var copies: [ObjectID: ArchivedCopy] = [:]

  init(
    _ client: EngineClient, _ store: ArchiveStore, keepFor: Duration,
    clock: @escaping @Sendable () -> Timestamp
  ) {
    self.client = client
    self.store = store
    self.keepFor = keepFor
    self.clock = clock
  }

  /// The copy of a step's object; saves it where that has not been done.
  func copy(of object: ObjectID) async throws -> ArchivedCopy {
    if let copy = copies[object] { return copy }
    let copy =
      switch object {
      case .container(let id): try await save(id)
      case .image(let id): try await save(id)
      case .volume(let name): try await save(volume: name)
      case .network, .buildCache: throw SavingFailure.nothingInIt
      }
    copies[object] = copy
    return copy
  }
}
