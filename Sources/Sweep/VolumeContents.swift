import Engine
import Foundation
import Inventory

/// The way to the files of a volume: a container that mounts it and is never started.
///
/// Container and image are the sweep's own; both carry a name that says so, and go when the files have
/// been read or written. What a killed run left of them goes before the next use.
struct VolumeContents: Sendable {
  private static let folder = "/volume"

  let client: EngineClient
  let volume: String

  private var image: String { SweepsOwn.image(reaching: volume) }

  /// Does something with the container that mounts the volume; the files are at `path`.
  func reached<Value: Sendable>(
    _ body: @Sendable (_ container: ContainerID, _ path: String) async throws -> Value
  ) async throws -> Value {
    let name = SweepsOwn.container(reaching: volume)
    try await removeContainer(named: name)
    // A second one would leave the first without its name.
    if try await client.image(image) == nil { try await client.createEmptyImage(as: image) }
    let result: Result<Value, any Error>
    do {
      result = .success(try await body(try await create(named: name), Self.folder))
    } catch {
      result = .failure(error)
    }
    try await removeContainer(named: name)
    _ = try await client.removeImage(image)
    return try result.get()
  }

  private func create(named name: String) async throws -> ContainerID {
    guard let found = try await client.image(image) else {
      throw VolumeFailure(reason: "the image \(image) went away")
    }
    let description: [String: Any] = [
      "Id": name, "Image": found.id.rawValue, "Name": "/" + name,
      "Config": [
        "Image": image, "Cmd": ["/none"], "Labels": ["balai.purpose": "volume-files"],
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

  private func removeContainer(named name: String) async throws {
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
