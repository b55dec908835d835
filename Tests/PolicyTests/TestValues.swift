import Inventory

@testable import Policy

/// The time at which the examples of these tests play.
let now = Timestamp(seconds: 1_800_000_000)

func ago(_ text: String) throws -> Timestamp { now - (try Age.read(text)) }

/// A policy of `version: 1`, no grace unless it says one, and what it is given.
func policy(_ body: String) throws -> RetentionPolicy {
  let grace = body.contains("grace:") ? "" : "grace: 0s\n"
  return try RetentionPolicy(
    reading: "version: 1\n\(grace)\(body)", from: "test.yaml", named: "test")
}

/// The problems of a text that cannot be read, one per line.
func problems(of text: String) -> String {
  do {
    _ = try RetentionPolicy(reading: text, from: "ci.yaml", named: "ci")
    return ""
  } catch {
    return error.description
  }
}

func snapshot(_ images: [Image] = [], _ containers: [Container] = []) -> Snapshot {
  Snapshot(
    engine: EngineIdentity(
      kind: .docker, id: "", hostName: "", rootDirectory: "", serverVersion: "", apiVersion: "",
      storageDriver: "", imageStore: .graphDriver),
    takenAt: now, images: images, containers: containers)
}

/// An image whose id is as short as a test wants it.
func image(
  _ name: String, _ references: [String] = [], digests: [String] = [], parent: String? = nil,
  created: Timestamp? = nil, labels: [String: String] = [:], lastTagged: Timestamp? = nil,
  firstSeen: Timestamp? = nil, lastUsed: Timestamp? = nil
) -> Image {
  Image(
    id: ImageID(name), references: references, digests: digests, parent: parent.map { ImageID($0) },
    created: created, size: 1, labels: labels, lastTagged: lastTagged, firstSeen: firstSeen,
    lastUsed: lastUsed)
}

func container(
  _ name: String, of image: String = "none", labels: [String: String] = [:],
  state: ContainerState = .exited, created: Timestamp = now - .seconds(8_640_000),
  startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil, autoRemove: Bool = false,
  volumes: [String] = [], networks: [String] = []
) -> Container {
  Container(
    id: ContainerID(name), name: name, image: image, imageID: ImageID(image), labels: labels,
    state: state, created: created, startedAt: startedAt, finishedAt: finishedAt,
    autoRemove: autoRemove, volumes: volumes, networks: networks)
}

/// A volume with a name that an engine makes up.
func anonymous(_ digit: Character, lastUsed: Timestamp? = nil) -> Volume {
  Volume(name: String(repeating: digit, count: 64), lastUsed: lastUsed)
}

/// A network whose id is its name.
func network(_ name: String, scope: String = "local", lastUsed: Timestamp? = nil) -> Network {
  Network(id: name, name: name, driver: "bridge", scope: scope, lastUsed: lastUsed)
}

func record(
  _ id: String, _ type: String = "regular", from parents: [String] = [], inUse: Bool = false,
  isShared: Bool = false, created: Timestamp? = nil, lastUsed: Timestamp? = nil
) -> BuildCacheRecord {
  BuildCacheRecord(
    id: id, type: type, parents: parents, inUse: inUse, isShared: isShared, size: 1,
    created: created, lastUsed: lastUsed)
}

extension RetentionPolicy {
  /// The names of the containers that it removes.
  func removed(_ containers: [Container]) -> [String] {
    let verdicts = verdicts(on: snapshot([], containers), at: now, runningIn: nil).containers
    return containers.map(\.name).filter { verdicts[ContainerID($0)]?.isRemoval == true }
  }

  /// The ids of the images that it removes, without their algorithm.
  func removed(_ images: [Image], _ containers: [Container] = []) -> [String] {
    let verdicts = verdicts(on: snapshot(images, containers), at: now, runningIn: nil).images
    return images.map(\.id.short).filter { verdicts[ImageID($0)]?.isRemoval == true }
  }

  func verdict(
    on image: Image, among others: [Image] = [], _ containers: [Container] = [],
    runningIn own: ContainerID? = nil
  ) -> ImageVerdict? {
    verdicts(on: snapshot([image] + others, containers), at: now, runningIn: own).images[image.id]
  }

  func verdict(on container: Container, runningIn own: ContainerID? = nil) -> ContainerVerdict? {
    verdicts(on: snapshot([], [container]), at: now, runningIn: own).containers[container.id]
  }
}

extension Snapshot {
  /// An engine with what containers and builds leave behind.
  static func with(
    _ containers: [Container] = [], volumes: [Volume] = [], networks: [Network] = [],
    buildCache: [BuildCacheRecord]? = nil
  ) -> Snapshot {
    var host = snapshot([], containers)
    (host.volumes, host.networks, host.buildCache) = (volumes, networks, buildCache)
    return host
  }
}

extension ObjectVerdict {
  var isRemoval: Bool { if case .remove = self { true } else { false } }
}

extension ImageVerdict {
  var isRemoval: Bool { if case .remove = self { true } else { false } }
}

extension ContainerVerdict {
  var isRemoval: Bool { if case .remove = self { true } else { false } }
}
