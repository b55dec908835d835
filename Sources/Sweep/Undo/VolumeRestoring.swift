import Archive
import Engine
import Inventory

extension Restorer {
  /// - Parameter copy: what was in it; nil: it comes back empty.
  func createVolume(
    _ name: String, describedBy description: String, filledFrom copy: ArchivedCopy?
  ) async throws(EngineError) -> Outcome {
    if try await client.volume(name) != nil { return .gone }
    if let copy, let damage = Self.damage(of: copy) { return .failed(damage) }
    let created = Outcome(
      try await client.createVolume(from: try VolumeRecipe(describedBy: description)))
    guard created == .done else { return created }
    guard let copy else { return .done }
    do {
      try await VolumeContents(client: client, volume: name).reached { container, path in
        try await client.writeFiles(fromFile: copy.file, to: container, at: path)
      }
      return .done
    } catch let error as EngineError {
      throw error
    } catch {
      return .failed("\(error)")
    }
  }

  func createNetwork(
    describedBy description: String
  ) async throws(EngineError) -> Outcome {
    let recipe = try NetworkRecipe(describedBy: description)
    let reply = try await client.createNetwork(from: recipe)
    if case .nameTaken = reply, try await isThere(recipe) { return .gone }
    return Outcome(reply)
  }

  private func isThere(_ recipe: NetworkRecipe) async throws(EngineError) -> Bool {
    for network in try await client.networks() where network.name == recipe.name {
      let now = try await client.description(ofNetwork: network.id)
      if let now, recipe.differences(from: now).isEmpty { return true }
    }
    return false
  }
}
