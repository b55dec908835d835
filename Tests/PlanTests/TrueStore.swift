import Inventory

/// A made-up layer store whose true sizes are known, and the images that an engine would list for it.
///
/// Sizes are few and small, zero among them, so that histories are as ambiguous as they can be.
struct TrueStore {
  private struct Recipe {
    var diffs: [String] = []
    var history: [HistoryEntry] = []
    var size: Int64 = 0
  }

  private(set) var images: [Image] = []
  private(set) var containers: [Container] = []
  private(set) var departed: [Image] = []
  /// Bytes of each layer, by its whole chain.
  private(set) var layerSize: [[String]: Int64] = [:]

  init(seed: inout some RandomNumberGenerator, images count: Int = 25) {
    var recipes: [Recipe] = []
    for number in 0..<count {
      var recipe =
        recipes.isEmpty || Int.random(in: 0..<4, using: &seed) == 0
        ? Recipe() : recipes[Int.random(in: 0..<recipes.count, using: &seed)]
      for step in 0..<Int.random(in: (recipe.diffs.isEmpty ? 1 : 0)...5, using: &seed) {
        append("\(number).\(step)", to: &recipe, using: &seed, isFirst: recipe.diffs.isEmpty)
      }
      recipes.append(recipe)
      let id = ImageID(SHA256.hex("image \(number)"))
      images.append(
        Image(
          id: id, references: ["store/\(number):1"], size: recipe.size,
          content: ImageContent(diffs: recipe.diffs, history: recipe.history)))
      for instance in 0..<max(0, Int.random(in: -2..<3, using: &seed)) {
        containers.append(
          Container(
            id: ContainerID("c\(number).\(instance)"), name: "c\(number).\(instance)",
            image: "store/\(number):1", imageID: id, state: .exited,
            created: Timestamp(seconds: 1), writableSize: Int64.random(in: 0..<50, using: &seed)))
      }
    }
    let (gone, kept) = images.reduce(into: ([Image](), [Image]())) { split, image in
      let isPinned = containers.contains { $0.imageID == image.id }
      if isPinned, Int.random(in: 0..<4, using: &seed) == 0 {
        split.0.append(image)
      } else {
        split.1.append(image)
      }
    }
    (departed, images) = (gone, kept)
  }

  private mutating func append(
    _ name: String, to recipe: inout Recipe, using seed: inout some RandomNumberGenerator,
    isFirst: Bool
  ) {
    let kind = isFirst ? 9 : Int.random(in: 0..<10, using: &seed)
    let size: Int64 = kind < 6 ? 0 : Int64.random(in: 1...3, using: &seed)
    let hasLayer = kind >= 4
    recipe.history.append(
      HistoryEntry(
        size: size, fingerprint: name, isMetadataOnly: kind < 2, isBuildKit: false))
    guard hasLayer else { return }
    recipe.diffs.append(kind == 4 ? "empty" : "diff \(name)")
    recipe.size += size
    layerSize[recipe.diffs] = size
  }

  var snapshot: Snapshot {
    Snapshot(
      engine: .sample, takenAt: Timestamp(seconds: 1), images: images, containers: containers,
      departedImages: departed)
  }

  /// Every layer of some images, by its whole chain.
  func chains(of images: [Image]) -> Set<[String]> {
    var chains: Set<[String]> = []
    for diffs in images.compactMap(\.content?.diffs) {
      for end in diffs.indices { chains.insert(Array(diffs[...end])) }
    }
    return chains
  }

  /// The name of a layer in an engine's store.
  static func chainID(_ chain: [String]) -> String {
    chain.dropFirst().reduce(chain[0]) { "sha256:" + SHA256.hex("\($0) \($1)") }
  }

  /// What is on disk while these hold it.
  func bytes(heldBy images: Set<ImageID>, _ containers: Set<ContainerID>) -> Int64 {
    let users = self.containers.filter { containers.contains($0.id) }
    let holding = (self.images + departed).filter { image in
      images.contains(image.id) || users.contains { $0.imageID == image.id }
    }
    return chains(of: holding).reduce(0) { $0 + (layerSize[$1] ?? 0) }
      + users.reduce(0) { $0 + ($1.writableSize ?? 0) }
  }
}

extension EngineIdentity {
  static let sample = EngineIdentity(
    kind: .docker, id: "E1", hostName: "host", rootDirectory: "/var/lib/docker",
    serverVersion: "20.10.24", apiVersion: "1.41", storageDriver: "overlay2",
    imageStore: .graphDriver)
}
