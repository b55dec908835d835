package import Inventory

/// What an engine said to a request to create something.
package enum CreationReply<ID: Hashable & Sendable>: Hashable, Sendable {
  /// Done; the engine's own words where it had any.
  case created(ID, warnings: [String])
  /// There is one of this name already; nothing was created.
  case nameTaken(String)
  /// The image is not there; nothing was created. Only for containers.
  case imageMissing(String)
  /// Networks that it was attached to are gone; nothing was created. Only for containers.
  case networksMissing([String])
  /// Nothing was created.
  case refused(status: Int, message: String)
  /// The container was created, but not as it was: it was removed again, never having been started.
  /// - Parameter leftover: Its id where the removal failed too, so that it is still there.
  case takenBack(reason: String, leftover: ContainerID?)
  /// This engine's own descriptions do not say enough to create such an object again.
  case unsupported(reason: String)
}

extension EngineClient {
  /// Creates a container as it was, not started, and attaches it to its networks.
  ///
  /// Whatever it `needs` must be there, and its networks by their names. Volumes of its that are gone are made
  /// by the engine, empty and without options: those that had some are to be created before. Podman
  /// is not asked: its inspect leaves out the networks and mixes what it added by itself with what was
  /// asked for.
  ///
  /// Where this throws, the engine may have created it all the same: look for its name.
  ///
  /// - Parameter successors: Which container took the place of which, for the ids in the recipe.
  package func createContainer(
    from recipe: ContainerRecipe, successors: [ContainerID: ContainerID] = [:]
  ) async throws(EngineError) -> CreationReply<ContainerID> {
    guard identity.kind == .docker, let version = api.version else {
      return .unsupported(
        reason: "Podman does not tell of a container all that it takes to create it again")
    }
    let body = CreationBody(
      recipe: recipe, version: version, references: ContainerReferences(successors: successors))
    let attachments = body.attachments
    // Engines create and attach to what is not there, and fail at the start.
    let present = Set(try await networks().map(\.name))
    let missing = attachments.names.filter { !present.contains($0) }
    if !missing.isEmpty { return .networksMissing(missing) }
    let image = try await reference(toImageOf: recipe)
    let json = body.json(image: image, networkMode: attachments.modeName)
    let reply = try await api.send(
      .post, "/containers/create", query: query(for: recipe, version: version),
      body: try json.data, within: api.limits.long)
    guard reply.status == 201 else {
      // A network or a container that is missing is told with 404 as well.
      if reply.status == 404, try await self.image(image) == nil { return .imageMissing(image) }
      if reply.status == 409, try await isThere(containerNamed: recipe.name) {
        return .nameTaken(recipe.name)
      }
      return .refused(status: reply.status, message: reply.message)
    }
    let created = try reply.decode(CreatedReply.self, of: "POST /containers/create")
    let id = ContainerID(created.Id)
    if let reason = await complete(id, with: attachments) {
      return .takenBack(reason: reason, leftover: await takeBack(id) ? nil : id)
    }
    return .created(id, warnings: created.Warnings ?? [])
  }

  /// Attaches a container that was created from a recipe to those of its networks that it lacks, as
  /// where its creation broke off; nil: it has them all, otherwise why not.
  package func attachToMissingNetworks(
    _ id: ContainerID, from recipe: ContainerRecipe, successors: [ContainerID: ContainerID] = [:]
  ) async throws(EngineError) -> String? {
    guard let version = api.version, let text = try await description(of: id),
      let now = EngineJSON(text)
    else { return "it is not there" }
    let attachments = NetworkAttachments(
      of: recipe.source, version: version,
      references: ContainerReferences(successors: successors))
    let present = Set((now["NetworkSettings"]["Networks"].object ?? [:]).keys)
    return await complete(id, with: attachments, unless: present)
  }

  /// Creates a volume as it was, but empty. An engine would answer for one that is there as if it had
  /// made it, so it is looked for first.
  package func createVolume(
    from recipe: VolumeRecipe
  ) async throws(EngineError) -> CreationReply<String> {
    if try await volume(recipe.name) != nil { return .nameTaken(recipe.name) }
    let reply = try await api.send(
      .post, "/volumes/create", body: try recipe.body.data, within: api.limits.long)
    switch reply.status {
    case 200, 201: return .created(recipe.name, warnings: [])
    case 409: return .nameTaken(recipe.name)
    default: return .refused(status: reply.status, message: reply.message)
    }
  }

  /// Creates a network as it was, with no container attached; gives its new id.
  ///
  /// Docker before 25.0 lets several networks have one name, so it is looked for first.
  package func createNetwork(
    from recipe: NetworkRecipe
  ) async throws(EngineError) -> CreationReply<String> {
    if try await networks().contains(where: { $0.name == recipe.name }) {
      return .nameTaken(recipe.name)
    }
    let reply = try await api.send(
      .post, "/networks/create", body: try recipe.body.data, within: api.limits.long)
    switch reply.status {
    case 200, 201:
      let created = try reply.decode(CreatedReply.self, of: "POST /networks/create")
      return .created(created.Id, warnings: [created.Warning ?? ""].filter { !$0.isEmpty })
    case 409: return .nameTaken(recipe.name)
    default: return .refused(status: reply.status, message: reply.message)
    }
  }
}

extension EngineClient {
  /// Its name only where that still means the same image.
  private func reference(toImageOf recipe: ContainerRecipe) async throws(EngineError) -> String {
    guard !recipe.isRebased, !recipe.imageName.isEmpty,
      try await image(recipe.imageName)?.id == recipe.imageID
    else { return recipe.imageID.rawValue }
    return recipe.imageName
  }

  private func query(for recipe: ContainerRecipe, version: APIVersion) -> [String] {
    var query = ["name=\(EngineAPI.escaped(recipe.name))"]
    let platform = recipe.source["ImageManifestDescriptor"]["platform"]
    if version >= .platforms, !recipe.isRebased, let system = platform["os"].text,
      let architecture = platform["architecture"].text
    {
      let words = [system, architecture] + [platform["variant"].text ?? ""].filter { !$0.isEmpty }
      query.append("platform=\(EngineAPI.escaped(words.joined(separator: "/")))")
    }
    return query
  }

  /// Why it could not become what it was; nil: it did. Does not throw: what was created must not be
  /// forgotten about.
  ///
  /// - Parameter present: Where the container is known to be attached; nil: it was just created.
  private func complete(
    _ id: ContainerID, with attachments: NetworkAttachments, unless present: Set<String>? = nil
  ) async -> String? {
    do throws(EngineError) {
      let leaves = attachments.surplus.flatMap { present?.contains($0) == false ? nil : $0 }
      if leaves == "none" {
        let reply = try await disconnect(id, from: "none")
        if reply != .attached { return "none: \(reply.words)" }
      }
      for other in attachments.others where present?.contains(other.network) != true {
        let reply = try await connect(id, to: other.network, as: other.settings)
        if reply != .attached { return "\(other.network): \(reply.words)" }
      }
      if let leaves, leaves != "none" {
        let reply = try await disconnect(id, from: leaves)
        if reply != .attached { return "\(leaves): \(reply.words)" }
      }
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// In a task of its own: where this one was cancelled, no call of it would reach the engine.
  private func takeBack(_ id: ContainerID) async -> Bool {
    await Task.detached { () -> Bool in
      do {
        switch try await removeContainer(id) {
        case .removed, .gone: return true
        case .refused: return try await container(id) == nil
        case .conflict: return false
        }
      } catch {
        return false
      }
    }.value
  }

  private func isThere(containerNamed name: String) async throws(EngineError) -> Bool {
    try await container(ContainerID(name))?.name == name
  }
}

/// `POST /containers/create`, and of networks.
struct CreatedReply: Decodable {
  let Id: String
  let Warnings: [String]?
  let Warning: String?
}

extension APIVersion {
  /// Docker 20.10, the first that takes a platform for a container.
  static let platforms = APIVersion(major: 1, minor: 41)
}
