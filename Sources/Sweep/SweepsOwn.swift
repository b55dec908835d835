package import Engine
package import Inventory

/// The images and containers that a sweep makes for itself while it saves copies, and takes away
/// again. Their names say whose they are; `.invalid` is nobody's domain (RFC 2606).
enum SweepsOwn {
  private static let volumeImages = "balai.invalid/volume-files:"
  private static let committed = "balai.invalid/saved-container:"
  private static let containers = "balai-volume-files-"
  private static let filling = "balai-volume-filling-"

  static func committedImage(of container: ContainerID) -> String { committed + container.short }

  /// One for each volume, as the container: several are read at the same time.
  static func image(reaching volume: String) -> String {
    volumeImages + SHA256.hex(volume).prefix(16)
  }

  static func container(
    reaching volume: String, for purpose: VolumeContents.Purpose
  ) -> String {
    (purpose == .filling ? filling : containers) + SHA256.hex(volume).prefix(16)
  }

  private static func holds(_ container: Container) -> Bool {
    container.name.hasPrefix(containers) && container.state == .created
      && container.image.hasPrefix(volumeImages)
  }

  private static func holds(_ reference: String) -> Bool {
    reference.hasPrefix(volumeImages) || reference.hasPrefix(committed)
  }

  /// What runs that were killed have left of them; never what is in use, and not a container that a
  /// volume is being filled through: it tells the next undo that this is not whole.
  static func leftovers(
    among containers: [Container], _ images: [Image]
  ) -> (containers: [ContainerID], references: [String]) {
    let going = containers.filter(holds).map(\.id)
    let used = Set(containers.filter { !going.contains($0.id) }.map(\.imageID))
    let references = images.filter { !used.contains($0.id) }.flatMap(\.references).filter(holds)
    return (going, references)
  }
}

extension Sweeper {
  /// Takes away what killed runs have left of their own on the engine, where a snapshot shows any.
  /// Answers whether there was any.
  package func removeLeftovers(
    seenIn snapshot: Snapshot, holding lock: borrowing SweepLock
  ) async throws(EngineError) -> Bool {
    let seen = SweepsOwn.leftovers(among: snapshot.containers, snapshot.images)
    guard !seen.containers.isEmpty || !seen.references.isEmpty else { return false }
    // As it is under the lock: the snapshot may show what a sweep was about to take away itself.
    let left = SweepsOwn.leftovers(
      among: try await client.containers(), try await client.images())
    for container in left.containers { _ = try await client.removeContainer(container) }
    for reference in left.references { _ = try await client.removeImage(reference) }
    return true
  }
}
