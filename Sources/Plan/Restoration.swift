import Inventory
import Policy

/// What an undo could bring back of each object that goes, said before it goes.
///
/// Unknown means lost: a size that nobody measured may be any, and a digest is only worth something
/// where a registry is known to have it.
struct Restoration {
  /// What becomes of one step's object, and the bytes to set aside for its copy; nil: there is none.
  struct Forecast {
    let restorability: Restorability
    var saves: Bytes?

    static let restorable = Forecast(restorability: .restorable)
    static func lost(_ loss: Restorability.Loss) -> Forecast {
      Forecast(restorability: .lost(loss))
    }
    static func archived(_ size: Bytes) -> Forecast {
      Forecast(restorability: .archived, saves: size)
    }
  }

  private let archive: ArchiveRule?
  private let images: [ImageID: Image]
  /// Images that go.
  private let going: Set<ImageID>
  /// Volumes that something may write into until it is stopped.
  private let written: Set<String>
  private let registered: Set<String>?
  /// Bytes in volumes, by name, as far as anybody measured them.
  private let volumeSizes: [String: Int64]
  /// Whether a digest is only there after a pull or a push. The containerd image store and Podman make
  /// one up for every image that has a tag.
  private let digestsTell: Bool
  /// Whether the engine tells of a container all that it takes to create it again.
  private let describesContainers: Bool
  /// The names of all networks.
  private let networks: Set<String>
  /// All containers.
  private let containers: Set<ContainerID>

  init(_ snapshot: Snapshot, _ verdicts: Verdicts, _ archive: ArchiveRule?) {
    self.archive = archive
    images = Dictionary(snapshot.images.map { ($0.id, $0) }) { first, _ in first }
    going = Set(
      verdicts.images.compactMap { id, verdict in
        if case .remove = verdict { id } else { nil }
      })
    written = Set(snapshot.containers.filter(\.state.isActive).flatMap(\.volumes))
    registered = snapshot.registered
    volumeSizes = Dictionary(
      snapshot.volumes.compactMap { volume in
        (volume.size ?? snapshot.disk?.volumes[volume.name]?.content).map { (volume.name, $0) }
      }, uniquingKeysWith: { first, _ in first })
    networks = Set(snapshot.networks.map(\.name))
    containers = Set(snapshot.containers.map(\.id))
    describesContainers = snapshot.engine.kind == .docker
    digestsTell = snapshot.engine.kind == .docker && snapshot.engine.imageStore == .graphDriver
  }

  /// A stopped container can be started again, unless the engine removes it by itself.
  func stopping(_ container: Container) -> Forecast {
    container.autoRemove ? .lost(.container) : .restorable
  }

  /// A container is made again from its description and its image; what it wrote is not.
  func removing(_ container: Container) -> Forecast {
    if container.autoRemove || container.isTask || !describesContainers { return .lost(.container) }
    // Without its image it can be neither made again nor committed (500 on Docker 20.10, 404 since 28).
    guard let image = images[container.imageID] else { return .lost(.image) }
    let loss = lossOfSurroundings(of: container)
    let wroteNothing = !container.state.isActive && container.writableSize == 0
    let hasImage = !going.contains(image.id) || !removing(image).restorability.isLost
    if wroteNothing, hasImage { return loss.map(Forecast.lost) ?? .restorable }
    if archive?.savesWritableLayers ?? false {
      // A commit is saved as a whole image.
      let size =
        container.writableSize.map { image.archiveSize + .archive(of: $0) }
        ?? Bytes(orMore: image.archiveSize.atLeast)
      return Forecast(restorability: loss.map(Restorability.lost) ?? .archived, saves: size)
    }
    return .lost(hasImage ? .writableLayer : .image)
  }

  /// An engine lets go of a network that only stopped containers are attached to, and of a container
  /// whose namespaces others use.
  private func lossOfSurroundings(of container: Container) -> Restorability.Loss? {
    if !networks.isSuperset(of: container.networks) { return .network }
    let hosts = (container.hosts ?? [:]).values
    return hosts.allSatisfy(containers.contains) ? nil : .namespace
  }

  /// A tag is put back as long as its image is there, or comes back.
  func untagging(_ image: Image) -> Forecast {
    guard going.contains(image.id), removing(image).restorability.isLost else { return .restorable }
    return .lost(.image)
  }

  func removing(_ image: Image) -> Forecast {
    switch archive?.images {
    case .all: .archived(image.archiveSize)
    case .localOnly: canBePulled(image) ? .restorable : .archived(image.archiveSize)
    case .some(.none), nil: canBePulled(image) ? .restorable : .lost(.image)
    }
  }

  private func canBePulled(_ image: Image) -> Bool {
    guard let registered else { return digestsTell && !image.digests.isEmpty }
    return image.digests.contains { registered.contains($0) }
  }

  /// A volume is made again empty.
  func removing(_ volume: Volume) -> Forecast {
    let size = volumeSizes[volume.name]
    if size == 0, !written.contains(volume.name) { return .restorable }
    guard archive?.savesVolumes ?? false else { return .lost(.data) }
    return .archived(size.map { .archive(of: $0) } ?? Bytes(orMore: 0))
  }
}

extension Restorability {
  /// Whether something cannot be brought back.
  package var isLost: Bool {
    if case .lost = self { true } else { false }
  }
}

extension Bytes {
  /// Room for a tar of so much content. Each file in it has a header of 512 bytes and fills up its last
  /// block; how many files there are nobody tells, so a quarter is set aside for that.
  fileprivate static func archive(of content: Int64) -> Bytes {
    let most = content.addingReportingOverflow(content / 4 + 1_048_576)
    return Bytes(atLeast: content, atMost: most.overflow ? .max : most.partialValue)
  }
}

extension Image {
  /// Room for its saved copy, all of its layers included. An image of no size whose layers nobody told
  /// may have any.
  fileprivate var archiveSize: Bytes {
    size == 0 && content == nil ? Bytes(orMore: 0) : .archive(of: size)
  }
}

extension Container {
  /// Whether it is a task of a swarm, which makes its tasks itself.
  fileprivate var isTask: Bool { labels["com.docker.swarm.task.id"] != nil }
}
