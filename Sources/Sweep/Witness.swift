import Engine
import Inventory

/// The engine as the witness of a step that was in flight when its run, or the conversation about it,
/// broke off.
extension EngineClient {
  /// Whether a step of a run has happened, be it a sweep or an undo.
  func hasHappened(_ step: StepRecord, in run: RunRecord) async throws(EngineError) -> Bool {
    run.undoes == nil ? try await isDone(step) : try await isUndone(step)
  }

  /// Whether a step that was in flight when its run broke off has happened.
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

  /// Whether what a step had taken away is there again.
  func isUndone(_ step: StepRecord) async throws(EngineError) -> Bool {
    switch (step.action, step.object) {
    case (.stop, .container):
      try await containers().first { $0.name == step.title }?.state.isActive ?? false
    case (_, .container):
      try await containers().contains { $0.name == step.title }
    case (.untag, .image(let id)):
      try await image(step.title)?.id == id
    case (_, .network):
      try await networks().contains { $0.name == step.title }
    case (_, .image), (_, .volume), (_, .buildCache):
      try await !isDone(step)
    }
  }
}
