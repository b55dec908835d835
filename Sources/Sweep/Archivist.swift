package import Archive
import Engine
import Foundation
package import Inventory

/// Saves what a plan calls `archived`, one object at a time and each once, before the first step that
/// takes any of it away.
///
/// One at a time, since the room was checked for that: an engine writes an image out to its own disk
/// first. A copy is complete and verified when it is answered.
actor Archivist {
  /// A copy, and how all is as it was before.
  private typealias Saved = (copy: ArchivedCopy, takeBack: @Sendable () -> Void)

  private let client: EngineClient
  private let archive: Archiving
  private let interruption: Interruption
  private let clock: @Sendable () -> Timestamp
  private var saved: [ObjectID: Saved] = [:]
  /// Ends when whoever asked last has an answer.
  private var last: Task<Void, Never>?

  init(
    _ client: EngineClient, _ archive: Archiving, until interruption: Interruption,
    clock: @escaping @Sendable () -> Timestamp
  ) {
    self.client = client
    self.archive = archive
    self.interruption = interruption
    self.clock = clock
  }

  /// The copy of an object; saves it where that has not been done, after all who asked before.
  ///
  /// - Throws: `SavingNotBegun` where the run was to end before its turn came.
  func copy(of object: ObjectID) async throws -> ArchivedCopy {
    let before = last
    let turn = Task {
      await before?.value
      return try await savedCopy(of: object)
    }
    last = Task { _ = await turn.result }
    return try await turn.value
  }

  /// Takes the copy of an object back if no step relies on it: nobody would know of it, or that it was
  /// used for this run, and so it would never expire.
  func takeBackCopy(of object: ObjectID, unlessNamedIn journal: Journal) async {
    guard let (copy, takeBack) = saved[object], await !journal.names(copy) else { return }
    saved[object] = nil
    takeBack()
  }

  private func savedCopy(of object: ObjectID) async throws -> ArchivedCopy {
    if let saved = saved[object] { return saved.copy }
    if interruption.isRequested { throw SavingNotBegun() }
    let saved: Saved
    switch object {
    case .container(let id): saved = try await save(id)
    case .image(let id): saved = try await save(id)
    case .volume(let name): saved = try await save(volume: name)
    case .network, .buildCache:
      throw EngineError.unusableDescription(
        of: object.kind, reason: "there is nothing in it to save")
    }
    self.saved[object] = saved
    return saved.copy
  }

  /// Without its tags: loaded with them, it would take them from an image that has them by then.
  private func save(_ image: ImageID) async throws -> Saved {
    if let saved = reusable(image) { return saved }
    let writer = try archive.write(.image(image))
    try await client.save(image, references: []) { try writer.write($0) }
    return try finish(writer)
  }

  /// What a container wrote outlives it as the top layer of an image, which is saved and taken off the
  /// engine again.
  private func save(_ container: ContainerID) async throws -> Saved {
    let reference = SweepsOwn.committedImage(of: container)
    let image = try await client.commit(container, as: reference)
    let result: Result<Saved, any Error>
    do { result = .success(try await save(image)) } catch { result = .failure(error) }
    _ = try await client.removeImage(reference)
    return try result.get()
  }

  private func save(volume name: String) async throws -> Saved {
    let writer = try archive.write(.volume)
    try await VolumeContents(client: client, volume: name, purpose: .reading).reached {
      [client] container, path in
      try await client.readFiles(of: container, at: path) { try writer.write($0) }
    }
    return try finish(writer)
  }

  private func finish(_ writer: ArchiveWriter) throws -> Saved {
    (try writer.finish(at: clock(), expiring: expiry), { try? writer.takeBack() })
  }

  /// One that an earlier run saved, whole.
  private func reusable(_ image: ImageID) -> Saved? {
    let store = archive.store
    let known = archive.known.first { $0.image == image }
    guard let earlier = store.lastUse(of: image),
      let copy = try? store.existing(image, at: clock(), expiring: expiry, known: known)
    else { return nil }
    return (copy, { store.takeBackUse(of: copy, since: earlier) })
  }

  private var expiry: Timestamp { clock() + archive.keepFor }
}

/// The run was to end before a copy's turn came.
struct SavingNotBegun: Error {}

/// Where a sweep saves copies, for how long, and how much of them.
package struct Archiving: Sendable {
  let store: ArchiveStore
  let keepFor: Duration
  private let maxSize: Int64?
  /// The copies that the journal knows of.
  let known: [ArchivedCopy]

  /// - Parameter maxSize: bytes of all copies in the directory; nil: as many as fit.
  package init(
    in store: ArchiveStore, keepFor: Duration, maxSize: Int64? = nil, known: [ArchivedCopy]
  ) {
    self.store = store
    self.keepFor = keepFor
    self.maxSize = maxSize
    self.known = known
  }

  /// Begins a copy that may have as many bytes as all others leave.
  func write(_ content: ArchiveContent) throws(ArchiveError) -> ArchiveWriter {
    guard let maxSize else { return try store.write(content) }
    return try store.write(content, atMost: max(0, maxSize - (try store.used())))
  }
}
