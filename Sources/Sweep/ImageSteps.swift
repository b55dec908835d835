import Engine
import Inventory
import Plan

extension StepContext {
  func obstacle(
    to step: PlannedStep, on id: ImageID, _ expected: ExpectedImage, after earlier: [StepRecord]
  ) async throws(EngineError) -> Outcome? {
    let siblings = plan.steps.filter { $0.object == step.object && $0.wave == step.wave }
    let before = siblings.prefix { $0.number < step.number }
    let isRemoval = siblings.last?.action == .removeImage
    if isRemoval {
      if before.contains(where: { !earlier[$0.number].isOver }) {
        return .notTried("one of its tags could not be taken")
      }
      for child in expected.children where !isOver(child, earlier) {
        return .notTried("an image that was built from it stays")
      }
      if let obstacle = preflight.obstacle(toRemoving: id) { return obstacle }
    }
    guard let current = try await client.image(id.rawValue) else { return .gone }
    let taken = Set(before.filter { earlier[$0.number].isOver }.compactMap(\.reference))
    let left = expected.references.filter { !taken.contains($0) }
    guard current.references == left else {
      return .changed(
        current.references.isEmpty
          ? "it has no tag any more" : "its tags are \(current.references.joined(separator: ", "))")
    }
    // The engine checks this itself where the image goes, but not where only a tag does.
    if isRemoval, step.action == .untag {
      let user = try await client.containers().first { $0.imageID == id }
      if let user { return .inUse("container '\(user.name)' uses it") }
    }
    return nil
  }

  private func isOver(_ child: ImageID, _ earlier: [StepRecord]) -> Bool {
    earlier.contains { $0.action == .removeImage && $0.object == .image(child) && $0.isOver }
  }

  /// Takes one tag. The engine knows no "delete this name if it still means that image", so this is
  /// looked at in the last moment.
  func untag(_ id: ImageID, _ reference: String) async throws(EngineError) -> Outcome {
    guard let current = try await client.image(reference) else { return .gone }
    guard current.id == id else { return .changed("the tag is on another image now") }
    return switch try await client.removeImage(reference) {
    case .removed: .done
    case .gone: .gone
    case .conflict(let message): .inUse(message)
    case .refused(_, let message): .failed(message)
    }
  }

  /// Deletes an image that has one tag at most, by its id: a tag that was moved to another image in
  /// this moment can then do that one no harm, and a new tag or child makes the engine refuse.
  func remove(_ id: ImageID) async throws(EngineError) -> Outcome {
    let reply = try await client.removeImage(id.rawValue)
    if case .removed(_, let ids) = reply { await deleted.add(ids) }
    guard try await client.image(id.rawValue) != nil else { return .done }
    switch reply {
    case .removed, .gone: return .failed("the engine says it is removed, but still has it")
    case .conflict(let message): return .inUse(message)
    case .refused(_, let message): return .failed(message)
    }
  }
}

extension StepRecord {
  /// Whether what it was about has gone.
  fileprivate var isOver: Bool { outcome == .done || outcome == .gone }
}
