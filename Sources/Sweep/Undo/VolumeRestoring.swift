import Archive
import Engine
import Inventory

extension Restorer {
  /// Creates a volume again, and fills it from its copy; `changed` where what it leads to holds something
  /// by itself, which stays as it is.
  ///
  /// What is in a volume that is there is never written over, unless the engine still has the container
  /// that an earlier undo was filling it through, and no other has come to mount it.
  func createVolume(
    _ name: String, describedBy description: String, filledFrom copy: ArchivedCopy? = nil,
    after earlier: EarlierUndo = .none
  ) async throws(EngineError) -> Outcome {
    let recipe = try VolumeRecipe(describedBy: description)
    if let now = try await client.description(ofVolume: name) {
      guard recipe.differences(from: now).isEmpty else {
        return .inUse("another volume has its name")
      }
      guard let copy else { return .gone }
      return try await complete(recipe, from: copy, after: earlier)
    }
    guard let copy else { return Outcome(try await client.createVolume(from: recipe)) }
    return try await relying(on: copy) { (proven) async throws(EngineError) in
      try await createVolume(name, from: recipe, filledFrom: proven)
    }
  }

  private func createVolume(
    _ name: String, from recipe: VolumeRecipe, filledFrom copy: ProvenCopy
  ) async throws(EngineError) -> Outcome {
    let created = Outcome(try await client.createVolume(from: recipe))
    guard created == .done else { return created }
    // A directory of the host, a share, whatever a driver keeps: the volume was only the way to it.
    let content = try await content(of: name)
    if content == .something { return Self.leadsToSomething }
    let filled: Outcome =
      switch content {
      case .unreadable(let reason): .failed(reason)
      case .nothing, .something: try await fill(name, from: copy)
      }
    guard case .failed(let reason) = filled else { return filled }
    // Half of it would pass for the whole.
    switch try await client.removeVolume(name) {
    case .removed, .gone:
      guard recipe.leadsToADevice, content == .nothing else { return filled }
      return .failed("\(reason); a part of it may be where the volume leads to")
    case .conflict, .refused: return .failed("\(reason); a part of it is there")
    }
  }

  private static let leadsToSomething = Outcome.changed(
    "what the volume leads to was left as it is, and its copy was not used")

  private func complete(
    _ recipe: VolumeRecipe, from copy: ArchivedCopy, after earlier: EarlierUndo
  ) async throws(EngineError) -> Outcome {
    let name = recipe.name
    let filling = VolumeContents(client: client, volume: name, purpose: .filling)
    if try await filling.isUnfinished() {
      // Whoever writes there from outside of the engine mounts no volume.
      if recipe.leadsToADevice, try await content(of: name) != .nothing {
        return .failed(
          "an earlier undo broke off while it filled what it leads to, and others may have written "
            + "there since; empty that directory and undo once more")
      }
      if let user = try await filling.user(besides: Set(names.values)) {
        // It would keep the volume from being removed; that this is not whole is in the journal too.
        try await filling.takeAway()
        return .failed(
          "an earlier undo broke off while it filled it, and container '\(user.name)' mounts it by "
            + "now and may have written into it; remove the volume and undo once more")
      }
    } else {
      switch earlier {
      case .done(_, let end):
        guard try await isNewer(name, than: end) else { return .gone }
        if recipe.leadsToADevice { return Self.leadsToSomething }
        return .inUse("a volume of its name was made since an undo brought it back")
      case .none where recipe.leadsToADevice, .led: return Self.leadsToSomething
      case .none:
        return .inUse("a volume of its name is there; what is in it was left as it is")
      case .brokenOff:
        switch try await content(of: name) {
        case .nothing: break
        // Nobody is at filling it, so it was not begun, or all of it is there.
        case .something where recipe.leadsToADevice: return Self.leadsToSomething
        case .something, .unreadable:
          return .failed(
            "an earlier undo broke off at it, and it may hold what is not in the copy; remove the "
              + "volume and undo once more")
        }
      }
    }
    return try await relying(on: copy) { (proven) async throws(EngineError) in
      try await fill(name, from: proven)
    }
  }

  /// Whether a volume was made after this; not where nobody can say.
  private func isNewer(
    _ name: String, than end: Timestamp?
  ) async throws(EngineError) -> Bool {
    guard !client.identity.datesOfVolumesMove, let end,
      let made = try await client.volume(name)?.created
    else { return false }
    // Two clocks: the engine's and this one's.
    return made > end + .seconds(300)
  }

  private func fill(
    _ name: String, from copy: ProvenCopy
  ) async throws(EngineError) -> Outcome {
    let outcome = try await reaching(.filling, of: name) { container, path in
      // Unpacked within the volume, a link that leads out of it would be refused, and with it all.
      try await client.writeFiles(
        copy.file, named: copy.copy.file, to: container, at: copy.form == .directory ? "/" : path)
      return .done
    }
    guard case .failed(let reason) = outcome else { return outcome }
    return .failed(
      "\(reason); docs/undo.md says how to unpack its copy, \(copy.copy.file), by hand")
  }

  /// What a volume holds, as far as it can be reached.
  private enum Content: Hashable {
    case nothing
    case something
    case unreadable(String)
  }

  private func content(of name: String) async throws(EngineError) -> Content {
    let outcome = try await reaching(.reading, of: name) { container, path in
      try await client.holdsNothing(container, at: path) ? .done : .gone
    }
    return switch outcome {
    case .done: .nothing
    case .gone: .something
    default: .unreadable(outcome.reason ?? "nobody can say what is in it")
    }
  }

  private func reaching(
    _ purpose: VolumeContents.Purpose, of name: String,
    _ body: @Sendable (ContainerID, String) async throws -> Outcome
  ) async throws(EngineError) -> Outcome {
    do {
      return try await VolumeContents(client: client, volume: name, purpose: purpose).reached(body)
    } catch let error as EngineError where error.meansEngineLost {
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

extension EngineClient {
  /// Whether there is nothing in a directory of a container.
  fileprivate func holdsNothing(
    _ container: ContainerID, at path: String
  ) async throws -> Bool {
    let start = TarStart()
    do {
      try await readFiles(of: container, at: path + "/.", atMost: 1 << 16) { await start.add($0) }
    } catch EngineError.replyTooLarge {
      return false
    }
    return await EmptyFolder.isTar(start.bytes)
  }
}

/// The first bytes of a tar as they come.
private actor TarStart {
  private(set) var bytes: [UInt8] = []

  func add(_ more: some Sequence<UInt8> & Sendable) { bytes += more }
}
