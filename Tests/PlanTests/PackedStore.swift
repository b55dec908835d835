import Inventory
import TestSupport

/// A made-up containerd image store whose every blob and snapshot is known: packed layers by digest,
/// unpacked ones by chain, and a configuration and a manifest for each image.
struct PackedStore {
  private(set) var snapshot: Snapshot
  /// Bytes of each packed layer by its diff, of each unpacked one by its whole chain, and of each
  /// image's own blobs.
  private var packed: [String: Int64] = [:]
  private var unpacked: [[String]: Int64] = [:]
  private var own: [ImageID: Int64] = [:]
  private var diffs: [ImageID: [String]] = [:]

  init(seed: UInt64, images count: Int = 14) {
    var random = SeededGenerator(seed: seed)
    var engine = EngineIdentity.sample
    engine.imageStore = .containerd
    engine.storageDriver = "overlayfs"
    snapshot = Snapshot(
      engine: engine, takenAt: Timestamp(seconds: 1), images: [], containers: [])
    for number in 0..<count {
      let base = random.chance(oneIn: 3) ? nil : snapshot.images.randomElement(using: &random)
      var chain = base.flatMap { diffs[$0.id] } ?? []
      // Some children begin in the middle of another image, where only a container can end.
      if random.chance(oneIn: 4) { chain = Array(chain.prefix(chain.count / 2)) }
      for _ in 0..<Int.random(in: chain.isEmpty ? 1...3 : 0...3, using: &random) {
        // And some layers lie on different bases.
        let reuse =
          random.chance(oneIn: 8) ? packed.keys.sorted().randomElement(using: &random) : nil
        let diff = reuse ?? "sha256:" + random.hex(64)
        if chain.contains(diff) { continue }
        chain.append(diff)
        packed[diff] = packed[diff] ?? Int64.random(in: 100...50_000, using: &random)
        unpacked[chain] = unpacked[chain] ?? Int64.random(in: 8...200, using: &random) * 512
      }
      add(ImageID(random.hex(64)), chain, named: "image\(number):1", &random)
    }
  }

  private mutating func add(
    _ id: ImageID, _ chain: [String], named name: String, _ random: inout SeededGenerator
  ) {
    own[id] = Int64.random(in: 400...4_000, using: &random)
    diffs[id] = chain
    let blobs = Set(chain).reduce(own[id] ?? 0) { $0 + (packed[$1] ?? 0) }
    let snapshots = chain.indices.reduce(0) { $0 + (unpacked[Array(chain[...$1])] ?? 0) }
    snapshot.images.append(
      Image(
        id: id, references: [name], size: blobs + snapshots,
        content: ImageContent(diffs: chain, history: [], packedSize: blobs)))
  }

  /// All that is on the disk while these images are there.
  func bytes(of left: Set<ImageID>) -> Int64 {
    let chains = left.compactMap { diffs[$0] }
    let blobs = Set(chains.flatMap(\.self)).reduce(0) { $0 + (packed[$1] ?? 0) }
    let snapshots = Set(chains.flatMap { chain in chain.indices.map { Array(chain[...$0]) } })
      .reduce(0) { $0 + (unpacked[$1] ?? 0) }
    return blobs + snapshots + left.reduce(0) { $0 + (own[$1] ?? 0) }
  }

  /// Whether no other image has one of its layers.
  func isAlone(_ id: ImageID, among left: Set<ImageID>) -> Bool {
    let others = left.subtracting([id]).flatMap { diffs[$0] ?? [] }
    return Set(diffs[id] ?? []).isDisjoint(with: others)
  }
}
