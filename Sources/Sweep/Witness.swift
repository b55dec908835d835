import Engine
import Inventory

/// The engine as the witness of steps that were in flight when their run was killed.
struct Witness: Sendable {
  /// What a look at the engine shows of a step.
  private enum Finding {
    case happened
    /// The engine may be at it still.
    case notYet
    /// Something of it is there; whether that is all of it, nobody can say.
    case half
    /// To ask would make the engine walk its disk.
    case notAsked
  }

  private static let pause = Duration.milliseconds(300)

  private let client: EngineClient
  private let run: RunRecord
  private let tags: [ObjectID: Set<String>]

  /// - Parameter tags: those that an image has when its undo is complete.
  init(_ client: EngineClient, of run: RunRecord, knowing tags: [ObjectID: Set<String>]) {
    self.client = client
    self.run = run
    self.tags = tags
  }

  /// What came of a step: it is looked at until it has happened, or time is up. One that was not seen
  /// to happen is unknown: the engine may do it, or be at it, after the last look. So is one that the
  /// engine would have to walk its disk for.
  ///
  /// - Returns: an error where the engine is out of reach.
  func outcome(
    of step: StepRecord, watchedUntil end: ContinuousClock.Instant
  ) async -> Result<Outcome, EngineError> {
    while true {
      let look: Result<Finding, EngineError>
      do throws(EngineError) {
        look = .success(try await finding(step))
      } catch {
        look = .failure(error)
      }
      switch look {
      case .success(.happened): return .success(.done)
      case .success(.half), .success(.notAsked): return .success(.unknown)
      case .success(.notYet), .failure: break
      }
      let left = end - .now
      if left > .zero, (try? await Task.sleep(for: min(Self.pause, left))) != nil { continue }
      switch look {
      case .success: return .success(.unknown)
      case .failure(let error):
        guard error.meansEngineLost else { return .success(.unknown) }
        return await client.waitUntilBack(within: .seconds(5))
          ? .success(.unknown) : .failure(error)
      }
    }
  }

  private func finding(_ step: StepRecord) async throws(EngineError) -> Finding {
    if run.undoes != nil { return try await findingOfUndo(step) }
    if case .buildCache(let id) = step.object {
      guard let records = try await client.buildCache() else { return .notAsked }
      return records.contains { $0.id == id } ? .notYet : .happened
    }
    return try await client.isDone(step) ? .happened : .notYet
  }

  /// For the steps of an undo, `happened` means that what they brought back is there.
  private func findingOfUndo(_ step: StepRecord) async throws(EngineError) -> Finding {
    switch (step.action, step.object) {
    case (.stop, .container):
      let container = try await client.containers().first { $0.name == step.title }
      return container?.state.isActive ?? false ? .happened : .notYet
    case (_, .container):
      // Its networks may not be connected yet.
      return try await client.containers().contains { $0.name == step.title } ? .half : .notYet
    case (.untag, .image(let id)):
      return try await client.image(step.title)?.id == id ? .happened : .notYet
    case (_, .image(let id)):
      guard let image = try await client.image(id.rawValue) else { return .notYet }
      return tags[step.object, default: []].isSubset(of: image.references) ? .happened : .half
    case (_, .volume(let name)):
      // It may not be filled yet.
      return try await client.volume(name) == nil ? .notYet : .half
    case (_, .network):
      return try await client.networks().contains { $0.name == step.title } ? .happened : .notYet
    case (_, .buildCache):
      return .notYet
    }
  }
}

extension EngineClient {
  /// Whether a step of a sweep that was in flight when the conversation about it broke off has
  /// happened.
  func isDone(_ step: StepRecord) async throws(EngineError) -> Bool {
    switch (step.action, step.object) {
    case (.stop, .container(let id)):
      try await container(id).map { !$0.state.isActive } ?? true
    case (.untag, .image(let id)):
      try await image(step.title)?.id != id
    case (_, .container(let id)):
      try await container(id) == nil
    case (_, .image(let id)):
      try await image(id.rawValue) == nil
    case (_, .volume(let name)):
      try await volume(name) == nil
    case (_, .network(let id)):
      try await network(id) == nil
    case (_, .buildCache(let id)):
      try await buildCacheRecord(id) == nil
    }
  }
}
