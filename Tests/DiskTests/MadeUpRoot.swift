import Foundation
import Inventory
import TestSupport

@testable import Disk

/// A data root put together by hand, as an engine with overlay2 leaves it.
final class MadeUpRoot {
  let scratch: Scratch
  var random: SeededGenerator
  private(set) var snapshot: Snapshot
  /// The paths of each owner, for a check against `du`.
  private(set) var paths: [WalkPlan.Owner: [String]] = [:]
  private(set) var layers: [String: DiskReading.Layer] = [:]

  var database: String { "image/overlay2/layerdb" }

  init(seed: UInt64 = 1, driver: String = "overlay2", engineID: String? = "an-engine") throws {
    scratch = try Scratch()
    random = SeededGenerator(seed: seed)
    snapshot = Snapshot(
      engine: EngineIdentity(
        kind: .docker, id: "an-engine", hostName: "host", rootDirectory: scratch.directory,
        serverVersion: "28.5", apiVersion: "1.48", storageDriver: driver,
        imageStore: .graphDriver),
      takenAt: Timestamp(seconds: 0), images: [], containers: [])
    for folder in ["containers", "volumes", "tmp", "buildkit", "overlay2/l", database + "/tmp"] {
      try scratch.folder(folder)
    }
    try scratch.file("image/overlay2/repositories.json", "{}")
    if let engineID { try scratch.file("engine-id", engineID) }
  }

  /// A directory of the graph driver with its link; answers its paths.
  @discardableResult
  func directory(_ name: String, items: Int = 5) throws -> [String] {
    let link = random.hex(26).uppercased()
    try scratch.fill("overlay2/\(name)/diff", items: items, using: &random)
    try scratch.folder("overlay2/\(name)/work/work")
    try scratch.file("overlay2/\(name)/link", link)
    try scratch.link("overlay2/l/\(link)", to: "../\(name)/diff")
    return ["overlay2/\(name)", "overlay2/l/\(link)"]
  }

  /// A layer; its chain id.
  @discardableResult
  func layer(
    on parent: String? = nil, cacheID: String? = nil, items: Int = 5
  ) throws -> String {
    let diff = "sha256:" + random.hex(64)
    let digits = parent.map { SHA256.hex("\($0) \(diff)") } ?? String(diff.dropFirst(7))
    let folder = "\(database)/sha256/\(digits)"
    let cacheID = cacheID ?? random.hex(64)
    let size = Int64.random(in: 0..<1_000_000, using: &random)
    try scratch.file(folder + "/diff", diff)
    try scratch.file(folder + "/size", String(size))
    try scratch.file(folder + "/cache-id", cacheID)
    if let parent { try scratch.file(folder + "/parent", parent) }
    try scratch.file(
      folder + "/tar-split.json.gz", size: Int.random(in: 0..<9000, using: &random))
    let chain = "sha256:" + digits
    layers[chain] = .init(parent: parent, diff: diff, size: size, cacheID: cacheID, blocks: nil)
    let exists = scratch.exists("overlay2/" + cacheID)
    paths[.layer(chain)] = try (exists ? [] : directory(cacheID, items: items)) + [folder]
    return chain
  }

  @discardableResult
  func container(on parent: String? = nil, listed: Bool = true) throws -> ContainerID {
    let id = ContainerID(random.hex(64))
    let mount = random.hex(64)
    let folder = "\(database)/mounts/\(id)"
    try scratch.file(folder + "/mount-id", mount)
    try scratch.file(folder + "/init-id", mount + "-init")
    if let parent { try scratch.file(folder + "/parent", parent) }
    let written = try directory(mount) + directory(mount + "-init", items: 2)
    paths[.writable(id)] = written + [folder]
    try scratch.file("containers/\(id)/config.v2.json", size: 3000)
    try scratch.fill("containers/\(id)/checkpoints", items: 3, using: &random)
    var logs = ["\(id)-json.log", "\(id)-json.log.1", "\(id)-json.log.2.gz"]
    logs += ["container-cached.log", "local-logs/container.log"]
    for log in logs {
      try scratch.file(
        "containers/\(id)/" + log, size: Int.random(in: 0..<30_000, using: &random))
    }
    paths[.logs(id)] =
      logs.dropLast().map { "containers/\(id)/" + $0 }
      + ["containers/\(id)/local-logs"]
    if listed {
      snapshot.containers.append(
        Container(
          id: id, name: "c", image: "i", imageID: ImageID("1"), state: .exited,
          created: Timestamp(seconds: 0)))
    }
    return id
  }

  @discardableResult
  func image() throws -> ImageID {
    let digits = random.hex(64)
    let content = "image/overlay2/imagedb/content/sha256/" + digits
    let metadata = "image/overlay2/imagedb/metadata/sha256/" + digits
    try scratch.file(content, size: Int.random(in: 1..<9000, using: &random))
    try scratch.file(metadata + "/lastUpdated", size: 30)
    paths[.image(ImageID(digits))] = [content, metadata]
    snapshot.images.append(Image(id: ImageID(digits), size: 0))
    return ImageID(digits)
  }

  func volume(_ name: String) throws {
    try scratch.fill("volumes/\(name)/_data", items: 10, using: &random)
    try scratch.file("volumes/\(name)/opts.json", size: 50)
    paths[.volume(name)] = ["volumes/\(name)"]
    snapshot.volumes.append(Volume(name: name))
  }

  /// BuildKit's two databases; a snapshot has `chainid`, `committed` or `parent`.
  func buildCache(
    snapshots: [String: [String: String]], metadata: [String: [String: String]] = [:]
  ) throws {
    let snapshots = snapshots.mapValues { values in
      BoltWriter.Node.bucket(values.mapValues { .text($0) })
    }
    try scratch.write("buildkit/snapshots.db", Data(BoltWriter.file(snapshots)))
    let records = metadata.mapValues { values in
      BoltWriter.Node.bucket(values.mapValues { .text($0.isEmpty ? "" : #"{"value":"\#($0)"}"#) })
    }
    let main = ["_main": BoltWriter.Node.bucket(records), "_index": .bucket([:])]
    try scratch.write("buildkit/metadata_v2.db", Data(BoltWriter.file(main)))
  }

  /// Everything that is listed.
  func question(whole: Bool = false, buildCache: Set<String>? = nil) -> DiskQuestion {
    DiskQuestion(
      containers: Dictionary(uniqueKeysWithValues: snapshot.containers.map { ($0.id, .walk) }),
      images: snapshot.images.map(\.id), volumes: Set(snapshot.volumes.map(\.name)),
      buildCache: buildCache, whole: whole)
  }

  func read(_ question: DiskQuestion) async -> DiskReading? {
    await DataRoot(of: snapshot)?.read(question)
  }

  func change(_ body: (inout Snapshot) -> Void) { body(&snapshot) }
}

extension Scratch {
  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
}
