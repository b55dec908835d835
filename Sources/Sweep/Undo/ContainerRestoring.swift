import Archive
import Engine
import Inventory

extension Restorer {
  /// - Parameter copy: the copy of the image that it was committed to, where one was saved.
  func createContainer(
    describedBy description: String, committedTo copy: ArchivedCopy?
  ) async throws(EngineError) -> Outcome {
    var recipe = try ContainerRecipe(describedBy: description)
    if let other = try await client.containers().first(where: { $0.name == recipe.name }) {
      return try await isSame(other, as: recipe, committedTo: copy)
        ? .gone : .inUse("another container has its name")
    }
    if let copy, let image = copy.image {
      if try await client.image(image.rawValue) == nil {
        if let damage = Self.damage(of: copy) { return .failed(damage) }
        try await client.load(fromFile: copy.file)
      }
      recipe = recipe.creating(from: image)
    }
    switch try await client.createContainer(from: recipe, renamed: try await successors(of: recipe)) {
    case .created: return .done
    case .nameTaken: return .inUse("another container has its name")
    case .imageMissing: return .failed("its image is not there")
    case .refused(_, let message): return .failed(message)
    }
  }

  /// Whether a container of the same name is the one that was taken away, created again before.
  private func isSame(
    _ other: Container, as recipe: ContainerRecipe, committedTo copy: ArchivedCopy?
  ) async throws(EngineError) -> Bool {
    guard other.imageID == (copy?.image ?? recipe.imageID),
      let now = try await client.description(of: other.id)
    else { return false }
    return recipe.differences(from: now).isEmpty
  }

  /// The ids that containers have now which others refer to by the id they had before.
  private func successors(
    of recipe: ContainerRecipe
  ) async throws(EngineError) -> [String: String] {
    [:]
  }

  /// Starts a container that had been running; one that had been paused is paused again.
  func start(describedBy description: String) async throws(EngineError) -> Outcome {
    let recipe = try ContainerRecipe(describedBy: description)
    let found = try await client.containers().first { $0.name == recipe.name }
    guard let container = found else { return .failed("it is not there") }
    if container.state.isActive { return .gone }
    switch try await client.start(container.id) {
    case .started, .alreadyStarted: break
    case .gone: return .failed("it is not there")
    case .refused(_, let message): return .failed(message)
    }
    if recipe.wasPaused { _ = try await client.pause(container.id) }
    return .done
  }
}
