package import Archive
import Engine
import Foundation
package import Inventory

/// Saves what a plan calls `archived`, each object once, before the first step that takes any of it
/// away.
///
/// A copy is complete and verified when it is answered.
actor Archivist {
  private let client: EngineClient
  private let archive: Archiving
  private let clock: @Sendable () -> Timestamp
  private var copies: [ObjectID: ArchivedCopy] = [:]

  init(_ client: EngineClient, _ archive: Archiving, clock: @escaping @Sendable () -> Timestamp) {
    self.client = client
    self.archive = archive
    self.clock = clock
  }

  /// The copy of an object; saves it where that has not been done.
  func copy(of object: ObjectID) async throws -> ArchivedCopy {
    if let copy = copies[object] { return copy }
    let copy: ArchivedCopy
    switch object {
    case .container(let id): copy = try await save(id)
    case .image(let id): copy = try await save(id)
    case .volume(let name): copy = try await save(volume: name)
    case .network, .buildCache:
      throw EngineError.unusableDescription(
        of: object.kind, reason: "there is nothing in it to save")
    }
    copies[object] = copy
    return copy
  }

  /// Without its tags: loaded with them, it would take them from an image that has them by then.
  private func save(_ image: ImageID) async throws -> ArchivedCopy {
    if let copy = reusable(image) { return copy }
    let writer = try archive.store.write(.image(image))
    try await client.save(image, references: []) { try writer.write($0) }
    return try writer.finish(at: clock(), expiring: expiry)
  }

  /// What a container wrote outlives it as the top layer of an image, which is saved and taken off the
  /// engine again.
  private func save(_ container: ContainerID) async throws -> ArchivedCopy {
    let reference = SweepsOwn.committedImage(of: container)
    let image = try await client.commit(container, as: reference)
    let result: Result<ArchivedCopy, any Error>
    do { result = .success(try await save(image)) } catch { result = .failure(error) }
    _ = try await client.removeImage(reference)
    return try result.get()
  }

  private func save(volume name: String) async throws -> ArchivedCopy {
    let writer = try archive.store.write(.volume)
    try await VolumeContents(client: client, volume: name, purpose: .reading).reached {
      [client] container, path in
      try await client.readFiles(of: container, at: path + "/.") { try writer.write($0) }
    }
    return try writer.finish(at: clock(), expiring: expiry)
  }

  /// One that an earlier run saved, whole.
  private func reusable(_ image: ImageID) -> ArchivedCopy? {
    let known = archive.known.first { $0.image == image }
    return try? archive.store.existing(image, at: clock(), expiring: expiry, known: known)
  }

  private var expiry: Timestamp { clock() + archive.keepFor }
}

/// Where a sweep saves copies, and for how long.
package struct Archiving: Sendable {
  let store: ArchiveStore
  let keepFor: Duration
  /// The copies that the journal knows of.
  let known: [ArchivedCopy]

  package init(in store: ArchiveStore, keepFor: Duration, known: [ArchivedCopy]) {
    self.store = store
    self.keepFor = keepFor
    self.known = known
  }
}
