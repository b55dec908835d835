package import Inventory

/// What an engine said to a request to start, or to pause, a container.
package enum RevivalReply: Hashable, Sendable {
  case done
  /// It was in that state already.
  case already
  case gone
  case refused(status: Int, message: String)
}

/// What an engine said to a request to attach a container to a network, or to detach it.
package enum AttachmentReply: Hashable, Sendable {
  case attached
  /// There is no such network, or no such container.
  case gone(message: String)
  case refused(status: Int, message: String)

  /// The engine's own words.
  var words: String {
    switch self {
    case .attached: "done"
    case .gone(let message), .refused(_, let message): message
    }
  }
}

extension EngineClient {
  /// Starts a container that was created or has stopped; to resume a paused one is another call.
  package func start(_ id: ContainerID) async throws(EngineError) -> RevivalReply {
    try await revive(id, "start", already: 304)
  }

  /// Holds a running container still.
  package func pause(_ id: ContainerID) async throws(EngineError) -> RevivalReply {
    let reply = try await revive(id, "pause", already: 304)
    // Engines have one status for a container that does not run and for one that is paused.
    if case .refused = reply, try await container(id)?.state == .paused { return .already }
    return reply
  }

  private func revive(
    _ id: ContainerID, _ verb: String, already: Int
  ) async throws(EngineError) -> RevivalReply {
    let path = "/containers/\(EngineAPI.escaped(id.rawValue))/\(verb)"
    let reply = try await api.send(.post, path, within: api.limits.long)
    return switch reply.status {
    case 200, 204: .done
    case already: .already
    // Of a start also: its image, a network or a volume's source is missing.
    case 404: try await container(id) == nil ? .gone : .refused(status: 404, message: reply.message)
    default: .refused(status: reply.status, message: reply.message)
    }
  }

  /// Attaches a container to one more network, as it was attached according to its recipe.
  package func connect(
    _ id: ContainerID, to network: String, as recipe: ContainerRecipe,
    successors: [ContainerID: ContainerID] = [:]
  ) async throws(EngineError) -> AttachmentReply {
    let attachments = NetworkAttachments(
      of: recipe.source, version: api.version ?? .newest,
      references: ContainerReferences(successors: successors))
    let all = attachments.others + [attachments.primary].compactMap { $0 }
    let settings = all.first { $0.network == network }?.settings
    return try await connect(id, to: network, as: settings ?? .object([:]))
  }

  func connect(
    _ id: ContainerID, to network: String, as settings: EngineJSON
  ) async throws(EngineError) -> AttachmentReply {
    try await attach(
      network, "connect", .object(["Container": .text(id.rawValue), "EndpointConfig": settings]))
  }

  func disconnect(
    _ id: ContainerID, from network: String
  ) async throws(EngineError) -> AttachmentReply {
    try await attach(network, "disconnect", .object(["Container": .text(id.rawValue)]))
  }

  private func attach(
    _ network: String, _ verb: String, _ body: EngineJSON
  ) async throws(EngineError) -> AttachmentReply {
    let path = "/networks/\(EngineAPI.escaped(network))/\(verb)"
    let reply = try await api.send(.post, path, body: try body.data, within: api.limits.long)
    return switch reply.status {
    case 200, 204: .attached
    case 404: .gone(message: reply.message)
    default: .refused(status: reply.status, message: reply.message)
    }
  }
}
