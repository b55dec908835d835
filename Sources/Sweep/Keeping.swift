import Engine
import Inventory
import Plan

extension StepContext {
  /// What an undo needs of a step's object; nil where it is gone, or where nothing brings it back.
  func keepsake(for step: PlannedStep) async throws(EngineError) -> Keepsake? {
    switch (step.action, step.object) {
    case (_, .container(let id)):
      try await client.description(of: id).map { Keepsake(description: $0) }
    case (.untag, .image(let id)):
      try await keepsake(ofTag: step.reference, on: id, step)
    case (_, .image(let id)):
      try await keepsake(ofImage: id, step)
    case (_, .volume(let name)):
      try await client.description(ofVolume: name).map { Keepsake(description: $0) }
    case (_, .network(let id)):
      try await client.description(ofNetwork: id).map { Keepsake(description: $0) }
    case (_, .buildCache): nil
    }
  }

  /// With the last tag of a repository the engine also takes the digests of that repository; and the
  /// whole image, where somebody takes its other tags in the same moment. So all are kept.
  private func keepsake(
    ofTag reference: String?, on id: ImageID, _ step: PlannedStep
  ) async throws(EngineError) -> Keepsake? {
    guard var keepsake = try await keepsake(ofImage: id, step) else { return nil }
    keepsake.references = reference.map { [$0] } ?? []
    return keepsake
  }

  private func keepsake(
    ofImage id: ImageID, _ step: PlannedStep
  ) async throws(EngineError) -> Keepsake? {
    guard let image = try await client.image(id.rawValue) else { return nil }
    // The digests that steps before this one took are those that were there for the plan.
    let digests = Set(image.digests + step.plannedDigests).sorted()
    return Keepsake(
      references: image.references, digests: digests,
      platform: digests.isEmpty ? nil : try await client.platform(ofImage: id))
  }
}

extension PlannedStep {
  fileprivate var plannedDigests: [String] {
    if case .image(let image) = expected { image.digests } else { [] }
  }
}
