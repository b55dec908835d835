import Engine
import Inventory

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

  /// Takes away what a run that was killed has left of them; never what is in use, and not a
  /// container that a volume is being filled through: it tells the next undo that this is not whole.
  static func removeLeftovers(on client: EngineClient) async throws(EngineError) {
    for container in try await client.containers()
    where container.name.hasPrefix(containers) && container.state == .created
      && container.image.hasPrefix(volumeImages)
    {
      _ = try await client.removeContainer(container.id)
    }
    for image in try await client.images() {
      for reference in image.references
      where reference.hasPrefix(volumeImages) || reference.hasPrefix(committed) {
        _ = try await client.removeImage(reference)
      }
    }
  }
}
