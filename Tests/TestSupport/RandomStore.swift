/// What a random store is to hold, drawn before any of it is made: one seed gives one shape.
package struct RandomStore: Hashable, Sendable {
  /// An image and how it comes about; parents come before their children.
  struct Image: Hashable, Sendable {
    enum Origin: Hashable, Sendable {
      case imported(size: Int)
      case built(from: Int, [StoreBuilder.BuildStep])
      case committed(from: Int, size: Int, changes: [String])
    }
    let origin: Origin
    /// Without a name it is dangling.
    let names: [String]
  }

  struct Container: Hashable, Sendable {
    let image: Int
    let life: StoreBuilder.ContainerLife
    let size: Int
    let volumes: [String]
  }

  let images: [Image]
  let containers: [Container]
  /// Images removed in the end with their untagged parents left behind, where nothing uses them.
  let removedLeavingParents: [Int]
  /// Images whose names are taken by force in the end.
  let untaggedByForce: [Int]

  /// Draws a store.
  ///
  /// - Parameter force: Whether some names are taken by force: a stopped container may then hold
  ///   layers of an image that the engine no longer knows.
  package init(
    images imageCount: Int = 20, containers containerCount: Int = 6, force: Bool = false,
    using generator: inout some RandomNumberGenerator
  ) {
    let images = (0..<imageCount).map { Self.image(number: $0, using: &generator) }
    let containers = (0..<containerCount).map { number in
      Self.container(number: number, imageCount: imageCount, using: &generator)
    }
    let parents = Set(
      images.compactMap { image -> Int? in
        switch image.origin {
        case .imported: nil
        case .built(let parent, _), .committed(let parent, _, _): parent
        }
      })
    let used = parents.union(containers.map(\.image))
    let idle = images.indices.filter {
      !used.contains($0) && !images[$0].names.isEmpty && images[$0].isBuilt
    }
    self.images = images
    self.containers = containers
    removedLeavingParents = idle.filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
    untaggedByForce =
      force
      ? Set(containers.map(\.image)).sorted().filter { _ in Bool.random(using: &generator) } : []
  }

  private static func image(number: Int, using generator: inout some RandomNumberGenerator) -> Image
  {
    // Every second child goes on the newest image, so that some chains get deep.
    let parent =
      number > 0 && Bool.random(using: &generator)
      ? number - 1 : Int.random(in: 0..<max(number, 1), using: &generator)
    let names: [String]
    switch Int.random(in: 0..<10, using: &generator) {
    case 0, 1: names = []
    case 2: names = ["app\(number):1", "app\(number):latest"]
    case 3: names = ["app\(number):1", "registry.test/app\(number):1", "mirror/app\(number):x"]
    default: names = ["app\(number):1"]
    }
    let origin: Image.Origin
    switch number == 0 ? 9 : Int.random(in: 0..<10, using: &generator) {
    case 9: origin = .imported(size: Int.random(in: 1...50_000, using: &generator))
    case 7, 8:
      origin = .committed(
        from: parent, size: Int.random(in: 1...50_000, using: &generator),
        changes: Bool.random(using: &generator) ? ["ENV COMMITTED=\(number)"] : [])
    default:
      let steps = (0..<Int.random(in: 1...5, using: &generator)).map { step in
        Self.step("\(number)x\(step)", using: &generator)
      }
      origin = .built(from: parent, steps)
    }
    return Image(origin: origin, names: names)
  }

  private static func step(
    _ unique: String, using generator: inout some RandomNumberGenerator
  ) -> StoreBuilder.BuildStep {
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<3: return .environment("KEY\(unique)", "value")
    case 3..<5: return .label("key\(unique)", "value")
    case 5..<7: return .workingDirectory("/work/\(unique)")
    case 7..<9: return .file("/empty/\(unique)", size: 0)
    case 9: return .run("rm -f /data/*")
    default:
      // Few paths: a child often replaces its parent's file, and both layers keep their bytes.
      let path = "/data/\(Int.random(in: 0..<4, using: &generator))"
      return .file(path, size: Int.random(in: 1...100_000, using: &generator))
    }
  }

  private static func container(
    number: Int, imageCount: Int, using generator: inout some RandomNumberGenerator
  ) -> Container {
    let lives: [StoreBuilder.ContainerLife] = [
      .created, .created, .exited, .exited, .exited, .running, .paused, .restartedAlways,
    ]
    let volumes = [[], [], ["/cache"], ["data\(number):/data"]]
    return Container(
      image: Int.random(in: 0..<imageCount, using: &generator),
      life: lives[Int.random(in: lives.indices, using: &generator)],
      size: Bool.random(using: &generator) ? Int.random(in: 1...200_000, using: &generator) : 0,
      volumes: volumes[Int.random(in: volumes.indices, using: &generator)])
  }
}

extension RandomStore.Image {
  fileprivate var isBuilt: Bool {
    if case .built = origin { true } else { false }
  }
}

extension StoreBuilder {
  /// Makes a random store on the engine.
  package func fill(_ store: RandomStore) async throws {
    var ids: [String] = []
    for image in store.images {
      let id =
        switch image.origin {
        case .imported(let size): try await base(image.names.first, size: size)
        case .built(let parent, let steps):
          try await self.image(image.names.first, from: ids[parent], steps)
        case .committed(let parent, let size, let changes):
          try await commit(image.names.first, from: ids[parent], size: size, changes: changes)
        }
      ids.append(id.rawValue)
      for name in image.names.dropFirst() { try await tag(id.rawValue, as: name) }
    }
    for container in store.containers {
      try await self.container(
        container.life, of: ids[container.image], writing: container.size,
        volumes: container.volumes)
    }
    for index in store.removedLeavingParents {
      for name in store.images[index].names { try await removeLeavingParents(name) }
    }
    for index in store.untaggedByForce {
      for name in store.images[index].names { try await untagByForce(name) }
    }
  }
}
