import Archive
import Engine
import Inventory

extension Restorer {
  /// - Parameters:
  ///   - copy: the copy of the image that it was committed to, where one was saved.
  ///   - earlier: what the undos before this one came to with it.
  ///   - accepting: whether volumes that are there, but did not come back, will do.
  func createContainer(
    describedBy description: String, committedTo copy: ArchivedCopy?, after earlier: EarlierUndo,
    accepting: Bool
  ) async throws(EngineError) -> Outcome {
    let wanted = try await container(describedBy: description, committedTo: copy)
    if let other = wanted.named {
      return try await meet(other, insteadOf: wanted, after: earlier)
    }
    if let reason = wanted.lacking ?? strangeNetwork(of: wanted.recipe) { return .failed(reason) }
    if let reason = try await unusableVolume(of: wanted.recipe, accepting: accepting) {
      return .failed(reason)
    }
    var loaded: ImageID?
    if let copy, let image = copy.image, try await client.image(image.rawValue) == nil {
      let loading = try await relying(on: copy) { (proven) async throws(EngineError) in
        try await client.load(proven.file, named: copy.file)
        return .done
      }
      if loading != .done { return loading }
      loaded = image
    }
    let outcome = Outcome(
      try await client.createContainer(from: wanted.recipe, successors: wanted.successors))
    if let loaded, outcome != .done { try await takeBack(loaded) }
    return outcome
  }

  /// Removes an image that was loaded for nothing; by its id, a name that it got since would go.
  private func takeBack(_ image: ImageID) async throws(EngineError) {
    guard try await client.image(image.rawValue)?.references.isEmpty == true else { return }
    _ = try await client.removeImage(image.rawValue)
  }

  /// Starts a container that had been running; one that had been paused is paused again. Never
  /// another one that has its name now.
  func start(
    describedBy description: String, committedTo copy: ArchivedCopy?, accepting: Bool
  ) async throws(EngineError) -> Outcome {
    let wanted = try await container(describedBy: description, committedTo: copy)
    guard let found = wanted.named else { return .failed("it is not there") }
    if found.id != wanted.recipe.id {
      let differences = try await differences(of: found, from: wanted)
      if !differences.isEmpty { return Self.isAnother(differences) }
    }
    if found.state.isActive { return .gone }
    if let reason = try await unusableVolume(of: wanted.recipe, accepting: accepting) {
      return .failed(reason)
    }
    let reply = try await client.start(found.id)
    if reply == .done, wanted.recipe.wasPaused { _ = try await client.pause(found.id) }
    return switch reply {
    case .done: .done
    case .already: .gone
    case .gone: .failed("it is not there")
    case .refused(_, let message): .failed(message)
    }
  }

  /// What to say of a container that has the name already: it is the one that was taken away, created
  /// again before; or the one that an undo broke off at before it was attached to all of its networks,
  /// which is made good; or another one.
  private func meet(
    _ other: Container, insteadOf wanted: WantedContainer, after earlier: EarlierUndo
  ) async throws(EngineError) -> Outcome {
    var differences = try await differences(of: other, from: wanted)
    if differences.isEmpty { return .gone }
    guard earlier == .brokenOff, other.state == .created,
      differences.allSatisfy({ $0.hasPrefix("Networks") })
    else { return Self.isAnother(differences) }
    if let reason = strangeNetwork(of: wanted.recipe) { return .failed(reason) }
    let reason = try await client.attachToMissingNetworks(
      other.id, from: wanted.recipe, successors: wanted.successors)
    if let reason { return .failed(reason) }
    differences = try await self.differences(of: other, from: wanted)
    return differences.isEmpty ? .done : Self.isAnother(differences)
  }

  /// In what a container is not the one that is wanted: names of fields, never their values.
  private func differences(
    of other: Container, from wanted: WantedContainer
  ) async throws(EngineError) -> [String] {
    if other.imageID != wanted.recipe.imageID { return ["Image"] }
    guard let now = try await client.description(of: other.id) else { return ["Id"] }
    return wanted.recipe.differences(from: now, successors: wanted.successors)
  }

  private static func isAnother(_ differences: [String]) -> Outcome {
    let shown = differences.prefix(3).joined(separator: ", ")
    return .inUse("another container has its name (it differs in \(shown))")
  }

  private func strangeNetwork(of recipe: ContainerRecipe) -> String? {
    recipe.networks.first(where: strangeNetworks.contains).map {
      "the network '\($0)' is another one now"
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
