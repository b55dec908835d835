import Foundation
import Index
import Inventory

/// A directory for one test's index; remove it with `remove()`.
struct Scratch {
  let directory = NSTemporaryDirectory() + "index-" + UUID().uuidString
  var path: String { directory + "/state/index.db" }

  func remove() { try? FileManager.default.removeItem(atPath: directory) }

  /// Permission bits of a file or directory.
  func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? Int ?? 0) & 0o777
  }
}

enum Samples {
  static func engine(_ root: String = "/var/lib/docker") -> EngineIdentity {
    EngineIdentity(
      kind: .docker, id: "E", hostName: "host", rootDirectory: root, serverVersion: "20.10.24",
      apiVersion: "1.41", storageDriver: "overlay2", imageStore: .graphDriver)
  }

  static func image(
    _ name: String, references: [String] = [], parent: String? = nil, layers: Int = 2
  ) -> Image {
    Image(
      id: ImageID(name), references: references, digests: ["d/\(name)@sha256:1"],
      parent: parent.map { ImageID($0) }, created: Timestamp(seconds: 77), size: 5,
      labels: ["k": "v \(name)"],
      content: ImageContent(
        diffs: (0..<layers).map { "sha256:\(name)\($0)" },
        history: (0..<layers + 1).map {
          HistoryEntry(
            size: Int64($0), fingerprint: "\(name)\($0)", isMetadataOnly: $0 == 0,
            isBuildKit: $0 == 1)
        }))
  }

  static func container(
    _ name: String, of image: String, _ state: ContainerState, finishedAt: Int64? = nil
  ) -> Container {
    Container(
      id: ContainerID(name), name: name, image: image, imageID: ImageID(image),
      labels: ["a": "b"], state: state, status: "Up", command: "secret --password=x",
      created: Timestamp(seconds: 10), startedAt: Timestamp(seconds: 20),
      finishedAt: finishedAt.map { Timestamp(seconds: $0) }, writableSize: 9, rootSize: 99,
      autoRemove: true, restartCount: 2, restartPolicy: "always", volumes: ["v"],
      networks: ["n"])
  }

  static func survey(
    at seconds: Int64, images: [Image] = [], containers: [Container] = [],
    engine: EngineIdentity = engine(), mark: EventMark? = nil
  ) -> Survey {
    Survey(
      snapshot: Snapshot(
        engine: engine, takenAt: Timestamp(seconds: seconds), images: images,
        containers: containers, volumes: [Volume(name: "v")],
        networks: [Network(id: "n", name: "n", driver: "bridge")]), lastEvent: mark)
  }
}
