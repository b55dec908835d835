import Archive
import Engine
import Foundation
import Inventory

/// The way to the files of a volume: a container that mounts it and is never started.
///
/// Container and image are the sweep's own; both carry a name that says so, and go when the files have
/// been read or written. What a killed run left of them goes before the next use.
struct VolumeContents: Sendable {
  private static let folder = "/" + VolumeTar.name

  /// What the container is there for.
  enum Purpose: String, Sendable {
    /// To save a copy: one that is left over says nothing.
    case reading = "volume-files"
    /// To write a copy: one that is left over says that the volume is not whole.
    case filling = "volume-filling"
  }

  let client: EngineClient
  let volume: String
  let purpose: Purpose

  private var image: String { SweepsOwn.image(reaching: volume) }
  private var name: String { SweepsOwn.container(reaching: volume, for: purpose) }

  /// Whether a container is there that was filling it when its run broke off.
  func isUnfinished() async throws(EngineError) -> Bool {
    guard purpose == .filling else { return false }
    return try await client.containers().contains { $0.name == name && $0.image == image }
  }

  /// A container besides its own that mounts the volume, and may have written into it.
  ///
  /// - Parameter restored: The names of those that undos create: before it is started, such a one has
  ///   not written anything.
  func user(besides restored: Set<String>) async throws(EngineError) -> Container? {
    try await client.containers().first {
      $0.volumes.contains(volume) && $0.name != name
        && !($0.state == .created && restored.contains($0.name))
    }
  }

  /// Does something with the container that mounts the volume; the files are at `path`.
  func reached<Value: Sendable>(
    _ body: @Sendable (_ container: ContainerID, _ path: String) async throws -> Value
  ) async throws -> Value {
    try await removeContainer()
    // A second one would leave the first without its name.
    if try await client.image(image) == nil { try await client.createEmptyImage(as: image) }
    let result: Result<Value, any Error>
    do {
      result = .success(try await body(try await create(), Self.folder))
    } catch {
      if purpose == .filling, (error as? EngineError)?.meansEngineLost == true { throw error }
      result = .failure(error)
    }
    try await takeAway()
    return try result.get()
  }

  /// Removes the container and the image.
  func takeAway() async throws(EngineError) {
    try await removeContainer()
    _ = try await client.removeImage(image)
  }

  private func create() async throws -> ContainerID {
    guard let found = try await client.image(image) else {
      throw VolumeFailure(reason: "the image \(image) went away")
    }
    let description: [String: Any] = [
      "Id": name, "Image": found.id.rawValue, "Name": "/" + name,
      "Config": [
        "Image": image, "Cmd": ["/none"], "Labels": ["balai.purpose": purpose.rawValue],
      ],
      "HostConfig": [
        "NetworkMode": "none", "Binds": ["\(volume):\(Self.folder)"],
      ],
    ]
    let text = String(
      decoding: try JSONSerialization.data(withJSONObject: description), as: UTF8.self)
    let recipe = try ContainerRecipe(describedBy: text)
    switch try await client.createContainer(from: recipe) {
    case .created(let id, _): return id
    case .nameTaken: throw VolumeFailure(reason: "a container has the name \(name)")
    case .imageMissing, .networksMissing:
      throw VolumeFailure(reason: "the image \(image) went away")
    case .refused(_, let reason), .takenBack(let reason, _), .unsupported(let reason):
      throw VolumeFailure(reason: reason)
    }
  }

  private func removeContainer() async throws(EngineError) {
    for container in try await client.containers()
    where container.name == name && container.image == image {
      _ = try await client.removeContainer(container.id)
    }
  }
}

/// Why the files of a volume cannot be reached.
struct VolumeFailure: Error, CustomStringConvertible {
  let reason: String

  var description: String { "cannot reach the files of the volume: \(reason)" }
}
