package import Engine
package import Inventory

/// The images and containers that a sweep makes for itself while it saves copies, and takes away
/// again. Their names say whose they are; `.invalid` is nobody's domain (RFC 2606).
enum SweepsOwn {
  private static let volumeImages = "balai.invalid/volume-files:"
  private static let committed = "balai.invalid/saved-container:"
  private static let containers = "balai-volume-files-"

  static func committedImage(of container: ContainerID) -> String { committed + container.short }

  /// One for each volume, as the container: several are read at the same time.
  static func image(reaching volume: String) -> String {
    volumeImages + SHA256.hex(volume).prefix(16)
  }

  static func container(reaching volume: String) -> String {
    containers + SHA256.hex(volume).prefix(16)
  }

  static func holds(_ container: Container) -> Bool {
    container.name.hasPrefix(containers) && container.state == .created
      && container.image.hasPrefix(volumeImages)
  }

  static func holds(_ reference: String) -> Bool {
    reference.hasPrefix(volumeImages) || reference.hasPrefix(committed)
  }
}

extension Sweeper {
  /// Takes away what killed runs have left of their own on the engine, where a snapshot shows any;
  /// never what is in use. Answers whether there was any.
  package func removeLeftovers(
    seenIn snapshot: Snapshot, holding lock: borrowing SweepLock
  ) async throws(EngineError) -> Bool {
    guard
      snapshot.containers.contains(where: SweepsOwn.holds)
        || snapshot.images.contains(where: { $0.references.contains(where: SweepsOwn.holds) })
    else { return false }
    // As it is under the lock: the snapshot may show what a sweep was about to take away itself.
    for container in try await client.containers() where SweepsOwn.holds(container) {
      _ = try await client.removeContainer(container.id)
    }
    for image in try await client.images() {
      for reference in image.references where SweepsOwn.holds(reference) {
        _ = try await client.removeImage(reference)
      }
    }
    return true
  }
}
