import Foundation
import TestSupport

/// A small store on a real engine that can be made anew in a second: what `keep…` is called stays in
/// every sweep, all else is to go.
struct FaultStore {
  static let policy = """
    version: 1
    grace: 0s
    keep: {images: [{reference: "keep*"}], containers: [{name: "keep*"}]}
    stop: {containers: [{all: true}]}
    remove:
      containers: [{all: true}]
      images: [{all: true}]
      volumes: [{name: "data*"}]
      networks: [{name: "net*"}]
    stop-timeout: 1s
    """

  /// What is on an engine, asked without anything between.
  struct Truth: Equatable {
    /// By id: whether it runs.
    var containers: [String: Bool] = [:]
    /// The image that a tag is on.
    var tags: [String: String] = [:]
    var images: Set<String> = []
    var volumes: Set<String> = []
    var networks: Set<String> = []

    /// Ids of containers, images and networks, names of volumes, and tags.
    var everything: Set<String> {
      images.union(volumes).union(networks).union(containers.keys).union(tags.keys)
    }
  }

  private let engine: EngineSocket

  init(on engine: RealEngine) async throws {
    self.engine = EngineSocket(engine.socketPath)
    try await StoreBuilder(filling: engine).base("keep:1")
    try create("keep", from: "keep:1")
    try call("POST", "/volumes/create", ["Name": "kept"])
    try fill()
  }

  func look() throws -> Truth {
    var truth = Truth()
    for container in try list("/containers/json?all=1") {
      guard let id = container["Id"] as? String else { continue }
      truth.containers[id] = container["State"] as? String == "running"
    }
    for image in try list("/images/json?all=1") {
      guard let id = image["Id"] as? String else { continue }
      truth.images.insert(id)
      for tag in image["RepoTags"] as? [String] ?? [] where tag != "<none>:<none>" {
        truth.tags[tag] = id
      }
    }
    let volumes = try call("GET", "/volumes").json as? [String: Any]
    for volume in volumes?["Volumes"] as? [[String: Any]] ?? [] {
      truth.volumes.insert(volume["Name"] as? String ?? "")
    }
    truth.networks = Set(try list("/networks").compactMap { $0["Id"] as? String })
    return truth
  }

  /// Takes away what a sweep left, and makes it all again.
  func refill() throws {
    let kept = try list("/containers/json?all=1").first {
      ($0["Names"] as? [String]) == ["/keep"]
    }
    for id in try look().containers.keys where id != kept?["Id"] as? String {
      try call("DELETE", "/containers/\(id)?force=1")
    }
    // Children first, and what has no tag any more too.
    for _ in 0..<3 {
      let truth = try look()
      for id in truth.images where truth.tags["keep:1"] != id {
        _ = try engine.call("DELETE", "/v1.41/images/\(id)?force=1")
      }
    }
    for name in ["data1"] { _ = try engine.call("DELETE", "/v1.41/volumes/\(name)") }
    for name in ["net1"] { _ = try engine.call("DELETE", "/v1.41/networks/\(name)") }
    try fill()
  }

  private func fill() throws {
    try call("POST", "/volumes/create", ["Name": "data1"])
    try call("POST", "/networks/create", ["Name": "net1", "Internal": true])
    try commit("app:1", from: "keep:1")
    try call("POST", "/images/app:1/tag?repo=app&tag=2")
    try commit("child:1", from: "app:1")
    try create("ended", from: "child:1", ["NetworkMode": "net1", "Binds": ["data1:/data"]])
    try create("runs", from: "app:1")
    try call("POST", "/containers/runs/start")
  }

  private func commit(_ name: String, from image: String) throws {
    try create("mould", from: image)
    let parts = name.split(separator: ":")
    try call("POST", "/commit?container=mould&repo=\(parts[0])&tag=\(parts[1])", [:])
    try call("DELETE", "/containers/mould")
  }

  private func create(
    _ name: String, from image: String, _ host: [String: Any] = ["NetworkMode": "none"]
  ) throws {
    try call(
      "POST", "/containers/create?name=\(name)",
      [
        "Image": image, "Cmd": ["sleep", "100000"], "StopSignal": "SIGKILL", "HostConfig": host,
      ])
  }

  private func list(_ target: String) throws -> [[String: Any]] {
    try call("GET", target).json as? [[String: Any]] ?? []
  }

  @discardableResult
  private func call(
    _ method: String, _ target: String, _ body: [String: Any]? = nil
  ) throws -> EngineSocket.Reply {
    let data = try body.map { try JSONSerialization.data(withJSONObject: $0) }
    let reply = try engine.call(method, "/v1.41" + target, body: data)
    guard (200..<400).contains(reply.status) else {
      throw RealEngineError(
        attempt: "\(method) \(target)", reason: String(decoding: reply.body, as: UTF8.self))
    }
    return reply
  }
}
