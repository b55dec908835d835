import Foundation
package import Inventory

/// What an engine said to a request to remove something.
///
/// That is its word alone: an engine can do its work and fail all the same (Docker 20.10 answers 500
/// "unrecognized image ID" where two deletes of one image meet), so whoever asks looks afterwards.
package enum RemovalReply: Hashable, Sendable {
  /// Done. For images: the names that went, and the ids of images and layers that were deleted (in
  /// the containerd image store and on Podman: of images only); for all else both are empty.
  case removed(untagged: [String], deleted: [String])
  /// There is no such object.
  case gone
  /// It is in use, or in the way of something else; the engine's words.
  case conflict(String)
  case refused(status: Int, message: String)
}

/// What an engine said to a request to stop a container.
package enum StopReply: Hashable, Sendable {
  case stopped
  case alreadyStopped
  case gone
  case refused(status: Int, message: String)
}

extension EngineClient {
  /// Stops a container; paused and restarting ones too.
  ///
  /// - Parameter seconds: how long the engine waits before it kills, -1 for ever; nil: as the
  ///   container says, else 10.
  package func stop(
    _ id: ContainerID, timeout seconds: Int?
  ) async throws(EngineError) -> StopReply {
    let path = "/containers/\(EngineAPI.escaped(id.rawValue))"
    var taking = seconds
    if seconds == nil {
      // What the container asks for can be longer than any deadline here.
      taking = try await ownTimeout(of: id)
    }
    let reply = try await api.send(
      .post, "\(path)/stop", query: seconds.map { ["t=\($0)"] } ?? [],
      within: api.limits.stop(taking: taking))
    return switch reply.status {
    case 200, 204: .stopped
    case 304: .alreadyStopped
    case 404: .gone
    default: .refused(status: reply.status, message: reply.message)
    }
  }

  /// How long a container asks to be waited for; nil where the engine would not say: the stop itself
  /// then tells why.
  private func ownTimeout(of id: ContainerID) async throws(EngineError) -> Int? {
    let path = "/containers/\(EngineAPI.escaped(id.rawValue))/json"
    do throws(EngineError) {
      return try await api.find(StopTimeoutReply.self, path)?.Config?.StopTimeout ?? 10
    } catch {
      switch error {
      case .refused, .brokenReply: return nil
      default: throw error
      }
    }
  }

  /// Removes a container that does not run; never with force, and its volumes stay.
  package func removeContainer(_ id: ContainerID) async throws(EngineError) -> RemovalReply {
    let path = "/containers/\(EngineAPI.escaped(id.rawValue))"
    let reply = try await api.send(.delete, path, within: api.limits.long)
    return try reply.removal(of: "DELETE \(path)")
  }

  /// Takes a name off an image, or removes the image with its last one; never with force, and
  /// untagged parents stay (a plan lists each of them).
  package func removeImage(_ reference: String) async throws(EngineError) -> RemovalReply {
    let path = "/images/\(EngineAPI.escaped(reference))"
    let reply = try await api.send(.delete, path, query: ["noprune=1"], within: api.limits.long)
    return try reply.removal(of: "DELETE \(path)")
  }

  /// Removes a volume that no container refers to, running or not; never with force.
  package func removeVolume(_ name: String) async throws(EngineError) -> RemovalReply {
    // Podman takes a name that is gone for the start of another one.
    if identity.kind == .podman, try await volume(name) == nil { return .gone }
    let path = "/volumes/\(EngineAPI.escaped(name))"
    let reply = try await api.send(.delete, path, within: api.limits.long)
    return try reply.removal(of: "DELETE \(path)")
  }

  /// Removes a network that no running container is attached to and that is not the engine's own.
  ///
  /// The engine lets a network go that only stopped containers are attached to, and these can never
  /// start again: whoever calls this has to look at them.
  package func removeNetwork(_ id: String) async throws(EngineError) -> RemovalReply {
    // An engine takes an id that is gone for a name.
    guard try await network(id) != nil else { return .gone }
    let path = "/networks/\(EngineAPI.escaped(id))"
    let reply = try await api.send(.delete, path, within: api.limits.long)
    // Docker's answer for both; Podman has 500 for a network in use.
    if reply.status == 403 { return .conflict(reply.message) }
    return try reply.removal(of: "DELETE \(path)")
  }
}

/// The part of `GET /containers/{id}/json` that says how long a stop may take: the container's own
/// `StopTimeout`, in seconds; -1 waits for ever.
private struct StopTimeoutReply: Decodable {
  struct Configuration: Decodable {
    let StopTimeout: Int?
  }

  let Config: Configuration?
}

extension Reply {
  fileprivate func removal(of call: String) throws(EngineError) -> RemovalReply {
    switch status {
    case 204: return .removed(untagged: [], deleted: [])
    case 200:
      // Podman answers a removed container with 200 and a list that is not about images.
      guard call.hasPrefix("DELETE /images/") else { return .removed(untagged: [], deleted: []) }
      let items = try decode([DeletedItem].self, of: call)
      return .removed(
        untagged: items.compactMap(\.Untagged),
        // Podman leaves the `sha256:` out.
        deleted: items.compactMap { $0.Deleted.map { ImageID($0).rawValue } })
    case 404: return .gone
    case 409: return .conflict(message)
    default: return .refused(status: status, message: message)
    }
  }
}
