import Foundation
package import Inventory
import Synchronization

/// An engine in memory that lists, stops, removes and untags as Docker 20.10 does with a graph driver,
/// and that a test can make fail where it wants.
///
/// `Tests/IntegrationTests/FakeEngineTests.swift` asks it and a real engine the same things and
/// compares the answers.
package final class FakeEngine: Sendable {
  package struct Box: Sendable {
    package var name: String
    package var image: String
    package var state: String
    package var startedAt = "2026-01-01T00:00:00Z"
    package var finishedAt = "0001-01-01T00:00:00Z"
    package var restartCount = 0
    package var autoRemove = false
    /// Bytes in its writable layer.
    package var written: Int64 = 0
    /// The names of the volumes it mounts.
    package var volumes: [String] = []
    /// The names of the networks it is attached to.
    package var networks: [String] = []

    package init(name: String, image: String, state: String) {
      self.name = name
      self.image = image
      self.state = state
      if state == "exited" { finishedAt = "2026-01-01T00:01:00Z" }
      if state == "created" { startedAt = "0001-01-01T00:00:00Z" }
    }

    var isActive: Bool { ["running", "paused", "restarting"].contains(state) }
  }

  package struct Picture: Sendable {
    package var tags: [String]
    /// `repository@sha256:…`
    package var digests: [String] = []
    package var parent: String
    package var lastTagged = "0001-01-01T00:00:00Z"
    /// Base first; without any its size is 1.
    package var layers: [(diff: String, size: Int64)] = []

    package init(tags: [String], parent: String = "") {
      self.tags = tags
      self.parent = parent
    }

    var size: Int64 { layers.isEmpty ? 1 : layers.map(\.size).reduce(0, +) }
  }

  package struct Contents: Sendable {
    package var containers: [String: Box] = [:]
    package var images: [String: Picture] = [:]
    /// By name.
    package var volumes: [String: Volume] = [:]
    /// By id.
    package var networks: [String: Network] = [:]
    /// By id.
    package var buildCache: [String: BuildCacheRecord] = [:]
    /// What it answers where an image is to be saved, by its id.
    package var saved: [String: StubReply] = [:]
    package var apiVersion = "1.41"
    /// The engine's time, which ages are counted from.
    package var clock = Timestamp(seconds: 1_800_000_001)
    /// Answers instead of the usual one, by `DELETE /containers/id`.
    package var faults: [String: StubReply] = [:]
    /// What happens just before a call is answered, by `DELETE /containers/id`.
    package var meanwhile: [String: @Sendable (inout Contents) -> Void] = [:]

    package init() {}
  }

  private let contents: Mutex<Contents>

  package init(_ contents: Contents) { self.contents = Mutex(contents) }

  package func change(_ body: (inout Contents) -> Void) { contents.withLock { body(&$0) } }

  package var now: Contents { contents.withLock { $0 } }

  package func stub() throws -> StubEngine {
    try StubEngine { request in
      self.contents.withLock { contents in
        if let change = contents.meanwhile.removeValue(forKey: request.call) { change(&contents) }
        return contents.faults[request.call] ?? Self.answer(request, &contents)
      }
    }
  }

  private static func answer(_ request: StubRequest, _ contents: inout Contents) -> StubReply {
    let parts = request.unversionedPath.split(separator: "/").map(String.init)
    // An image's name can have slashes.
    let image = { (ending: Int) in parts.dropFirst().dropLast(ending).joined(separator: "/") }
    switch (request.method, parts.first ?? "", parts.last ?? "") {
    case ("GET", "_ping", _): return .ping(apiVersion: contents.apiVersion)
    case ("GET", "info", _):
      return StubReply(200, #"{"ID":"FAKE","Name":"fake","DockerRootDir":"/fake"}"#)
    case ("GET", "events", _): return StubReply(200)
    case ("GET", "system", "df"): return contents.usage
    case ("GET", "containers", "json") where parts.count == 2: return contents.containerList
    case ("GET", "containers", "json"): return contents.inspect(container: parts[1], request.query)
    case ("POST", "containers", "stop"): return contents.stop(parts[1])
    case ("DELETE", "containers", _): return contents.remove(parts[1])
    case ("GET", "images", "json") where parts.count == 2: return contents.imageList
    case ("GET", "images", "get") where parts.count == 2:
      let name = request.query.split(separator: "=").last.flatMap { $0.removingPercentEncoding }
      return contents.saved[name ?? ""] ?? .error(404, "no such image")
    case ("GET", "images", "json"): return contents.inspect(image: image(1))
    case ("GET", "images", "history"): return contents.history(of: image(1))
    case ("POST", "images", "tag"): return contents.tag(image: image(1), request.query)
    case ("DELETE", "images", _): return contents.delete(image: image(0))
    case ("GET", "volumes", "volumes"): return contents.volumeList
    case ("GET", "volumes", let name): return contents.inspect(volume: name)
    case ("DELETE", "volumes", let name): return contents.delete(volume: name)
    case ("GET", "networks", "networks"): return contents.networkList
    case ("GET", "networks", let id): return contents.inspect(network: id)
    case ("DELETE", "networks", let id): return contents.delete(network: id)
    case ("POST", "build", "prune"): return contents.prune(request.query)
    default: return .error(404, "page not found")
    }
  }
}

extension FakeEngine.Contents {
  func json(_ value: Any) -> StubReply {
    let data = (try? JSONSerialization.data(withJSONObject: value)) ?? Data()
    return StubReply(200, String(decoding: data, as: UTF8.self))
  }
}
