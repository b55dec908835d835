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
    let successors = try await successors(of: recipe)
    return Outcome(try await client.createContainer(from: recipe, successors: successors))
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

  /// The containers that have taken the place of those which a recipe needs by their old ids.
  private func successors(
    of recipe: ContainerRecipe
  ) async throws(EngineError) -> [ContainerID: ContainerID] {
    guard recipe.needs.contains(where: { names[ContainerID($0)] != nil }) else { return [:] }
    var successors: [ContainerID: ContainerID] = [:]
    let now = try await client.containers()
    for (old, name) in names where !now.contains(where: { $0.id == old }) {
      successors[old] = now.first { $0.name == name }?.id
    }
    return successors
  }

  /// Starts a container that had been running; one that had been paused is paused again.
  func start(describedBy description: String) async throws(EngineError) -> Outcome {
    let recipe = try ContainerRecipe(describedBy: description)
    let found = try await client.containers().first { $0.name == recipe.name }
    guard let container = found else { return .failed("it is not there") }
    if container.state.isActive { return .gone }
    let reply = try await client.start(container.id)
    if reply == .done, recipe.wasPaused { _ = try await client.pause(container.id) }
    return switch reply {
    case .done: .done
    case .already: .gone
    case .gone: .failed("it is not there")
    case .refused(_, let message): .failed(message)
    }
  }
}

extension Outcome {
  /// What an engine's answer to a creation means for the step of an undo.
  init<ID>(_ reply: CreationReply<ID>) {
    self =
      switch reply {
      case .created: .done
      case .nameTaken(let name): .inUse("something else is called '\(name)' now")
      case .imageMissing(let image): .failed("its image '\(image)' is not there")
      case .networksMissing(let names):
        .failed("it was attached to \(names.joined(separator: ", ")), which is not there")
      case .refused(_, let message): .failed(message)
      case .takenBack(let reason, leftover: nil): .failed(reason)
      case .takenBack(let reason, .some(let id)):
        .failed("\(reason); what was made of it is still there: \(id.short)")
      case .unsupported(let reason): .failed(reason)
      }
  }
}
