import Engine
import Inventory

/// A container that is to come back, in the terms of the engine as it is now.
struct WantedContainer {
  let recipe: ContainerRecipe
  /// Which container took the place of which.
  let successors: [ContainerID: ContainerID]
  /// The container that has its name.
  let named: Container?
  /// Why it could be created, but never be what it was; nil: nothing is in its way.
  let lacking: String?
}

extension Restorer {
  func container(
    describedBy description: String, committedTo copy: ArchivedCopy?
  ) async throws(EngineError) -> WantedContainer {
    var recipe = try ContainerRecipe(describedBy: description)
    if let image = copy?.image { recipe = recipe.creating(from: image) }
    let networks = try await client.networks().map { ($0.id, $0.name) }
    recipe = recipe.naming(networks: networkNames.merging(networks) { $1 })
    let now = try await client.containers()
    let isThere = { (peer: String) in
      now.contains { ContainerRecipe.means(peer, $0.id, called: $0.name) }
    }
    var lacking: String?
    var absent: Set<String> = []
    for peer in Set(recipe.hosts + recipe.volumeSources).sorted() {
      if let taken = removed(peer) {
        if !hasSuccessor(taken.key, in: now) {
          lacking = "it needs the container '\(taken.value)', which did not come back"
        }
      } else if !isThere(peer) {
        // Of one that is gone for good nothing else is needed than its volumes.
        if recipe.hosts.contains(peer) {
          lacking = "it needs the container '\(peer.prefix(12))', which is not there"
        } else {
          absent.insert(peer)
        }
      }
    }
    if !absent.isEmpty { recipe = recipe.mountingByItself(insteadOf: absent) }
    return WantedContainer(
      recipe: recipe, successors: successors(in: now),
      named: now.first { $0.name == recipe.name }, lacking: lacking)
  }

  /// The containers that have taken the place of those that came back: only what this undo brought back,
  /// or has found to be there already, is known to be no stranger.
  private func successors(in now: [Container]) -> [ContainerID: ContainerID] {
    var successors: [ContainerID: ContainerID] = [:]
    for (old, name) in names where back.contains(old) && !now.contains(where: { $0.id == old }) {
      successors[old] = now.first { $0.name == name }?.id
    }
    return successors
  }

  private func removed(_ peer: String) -> (key: ContainerID, value: String)? {
    names.first { ContainerRecipe.means(peer, $0.key, called: $0.value) }
  }

  private func hasSuccessor(_ old: ContainerID, in now: [Container]) -> Bool {
    now.contains { $0.id == old || back.contains(old) && $0.name == names[old] }
  }
}
