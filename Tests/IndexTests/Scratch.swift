import Foundation
import Inventory

@testable import Index

/// A directory that goes when the test that made it ends.
final class Scratch {
  let directory: String

  init() throws {
    directory = NSTemporaryDirectory() + "balai-index-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  var indexPath: String { directory + "/index.db" }

  func bytes(of name: String = "index.db") -> Data? {
    FileManager.default.contents(atPath: directory + "/" + name)
  }

  func mode(of name: String) throws -> Int? {
    let path = name.isEmpty ? directory : directory + "/" + name
    return try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }
}

/// Repeatable random numbers (SplitMix64), so that a failing sequence can be seen again.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}

let start = Timestamp(seconds: 1_700_000_000)

func hour(_ number: Int) -> Timestamp { start + .seconds(number * 3_600) }

func makeEngine(_ id: String = "AAAA", version: String = "28.0") -> EngineIdentity {
  EngineIdentity(
    kind: .docker, id: id, hostName: "host-\(id)", rootDirectory: "/var/lib/docker",
    serverVersion: version, apiVersion: "1.48", storageDriver: "overlay2", imageStore: .graphDriver)
}

func imageID(_ number: Int) -> ImageID { ImageID(SHA256.hex("image \(number)")) }

func containerID(_ number: Int) -> ContainerID { ContainerID(SHA256.hex("container \(number)")) }

func makeContent(_ number: Int) -> ImageContent {
  ImageContent(
    diffs: (0...number % 4).map { "sha256:" + SHA256.hex("layer \(min($0, 1)) \(number * $0)") },
    history: (0..<number % 6).map {
      HistoryEntry(
        size: Int64(number * $0), fingerprint: "f\($0)", isMetadataOnly: $0 == 2,
        isBuildKit: number % 2 == 0)
    }, packedSize: number % 3 == 0 ? nil : Int64(number))
}

func makeImage(
  _ number: Int, tags: [String]? = nil, parent: Int? = nil, content: ImageContent? = nil
) -> Image {
  Image(
    id: imageID(number), references: tags ?? ["app:\(number)"], parent: parent.map(imageID),
    created: hour(-number), size: Int64(1_000 + number), labels: ["n": "\(number)", "é/\"": "\n"],
    content: content ?? makeContent(number))
}

func makeContainer(
  _ number: Int, of image: Int, state: ContainerState = .exited, created: Timestamp = hour(-9),
  startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil, exitCode: Int? = nil,
  writableSize: Int64? = nil
) -> Container {
  Container(
    id: containerID(number), name: "c\(number)", image: "app:\(image)", imageID: imageID(image),
    labels: ["ci": "true"], state: state, status: "Up", command: "sleep 1", created: created,
    startedAt: startedAt, finishedAt: finishedAt, exitCode: exitCode, writableSize: writableSize,
    autoRemove: number % 2 == 0, restartPolicy: "always", volumes: ["v\(number)"],
    networks: ["bridge"])
}

func makeSurvey(
  at time: Timestamp, of engine: EngineIdentity = makeEngine(), images: [Image] = [],
  containers: [Container] = [], volumes: [Volume] = [], networks: [Network] = [],
  lastEvent: EventMark? = nil
) -> Survey {
  Survey(
    snapshot: Snapshot(
      engine: engine, takenAt: time, images: images, containers: containers, volumes: volumes,
      networks: networks),
    lastEvent: lastEvent)
}

/// What a body throws of the index's errors; nil if it throws none.
func indexError<Value>(of body: () throws(IndexError) -> Value) -> IndexError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

extension Snapshot {
  func image(_ number: Int) -> Image? { images.first { $0.id == imageID(number) } }

  func container(_ number: Int) -> Container? { containers.first { $0.id == containerID(number) } }
}
