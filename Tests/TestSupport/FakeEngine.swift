import Foundation
import Synchronization

/// An engine in memory that stops, removes and untags as Docker 20.10 does with a graph driver, and
/// that a test can make fail where it wants.
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
    package var parent: String

    package init(tags: [String], parent: String = "") {
      self.tags = tags
      self.parent = parent
    }
  }

  package struct Contents: Sendable {
    package var containers: [String: Box] = [:]
    package var images: [String: Picture] = [:]
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
    switch (request.method, parts.first ?? "", parts.last ?? "") {
    case ("GET", "_ping", _): return .ping(apiVersion: "1.41")
    case ("GET", "info", _):
      return StubReply(200, #"{"ID":"FAKE","Name":"fake","DockerRootDir":"/fake"}"#)
    case ("GET", "containers", "json") where parts.count == 2: return contents.containerList
    case ("GET", "containers", "json"): return contents.inspect(container: parts[1])
    case ("POST", "containers", "stop"): return contents.stop(parts[1])
    case ("DELETE", "containers", _): return contents.remove(parts[1])
    case ("GET", "images", "json") where parts.count == 2: return contents.imageList
    case ("GET", "images", "json"):
      return contents.inspect(image: parts.dropFirst().dropLast().joined(separator: "/"))
    case ("DELETE", "images", _):
      return contents.delete(image: parts.dropFirst().joined(separator: "/"))
    default: return .error(404, "page not found")
    }
  }
}

extension FakeEngine.Contents {
  private func json(_ value: Any) -> StubReply {
    let data = (try? JSONSerialization.data(withJSONObject: value)) ?? Data()
    return StubReply(200, String(decoding: data, as: UTF8.self))
  }

  fileprivate var containerList: StubReply {
    json(
      containers.sorted { $0.key < $1.key }.map { id, box in
        [
          "Id": id, "Names": ["/" + box.name], "ImageID": box.image, "State": box.state,
          "Created": 5,
        ] as [String: Any]
      })
  }

  fileprivate var imageList: StubReply {
    json(
      images.sorted { $0.key < $1.key }.map { id, image in
        ["Id": id, "ParentId": image.parent, "RepoTags": image.tags, "Created": 5, "Size": 1]
          as [String: Any]
      })
  }

  fileprivate func inspect(container id: String) -> StubReply {
    guard let box = containers[id] else { return .error(404, "No such container: \(id)") }
    return json([
      "Id": id, "Name": "/" + box.name, "Image": box.image, "RestartCount": box.restartCount,
      "State": ["Status": box.state, "StartedAt": box.startedAt, "FinishedAt": box.finishedAt],
      "HostConfig": ["AutoRemove": box.autoRemove],
    ])
  }

  fileprivate mutating func stop(_ id: String) -> StubReply {
    guard let box = containers[id] else { return .error(404, "No such container: \(id)") }
    guard box.isActive else { return StubReply(304) }
    containers[id]?.state = "exited"
    containers[id]?.finishedAt = "2026-01-02T00:00:00Z"
    if box.autoRemove { containers[id] = nil }
    return StubReply(204)
  }

  fileprivate mutating func remove(_ id: String) -> StubReply {
    guard let box = containers[id] else { return .error(404, "No such container: \(id)") }
    guard !box.isActive else {
      return .error(409, "You cannot remove a \(box.state) container \(id)")
    }
    containers[id] = nil
    return StubReply(204)
  }

  private func id(of reference: String) -> String? {
    images[reference] != nil
      ? reference : images.first { $0.value.tags.contains(reference) }?.key
  }

  fileprivate func inspect(image reference: String) -> StubReply {
    guard let id = id(of: reference), let image = images[id] else {
      return .error(404, "No such image: \(reference)")
    }
    return json(["Id": id, "RepoTags": image.tags, "RepoDigests": [String](), "Size": 1])
  }

  fileprivate mutating func delete(image reference: String) -> StubReply {
    guard let id = id(of: reference), let image = images[id] else {
      return .error(404, "No such image: \(reference)")
    }
    let isLast = image.tags.count < 2
    if reference == id, !isLast {
      return .error(409, "image is referenced in multiple repositories")
    }
    if isLast, let user = containers.first(where: { $0.value.image == id }) {
      return .error(409, "image is being used by container \(user.key)")
    }
    let hasChild = images.contains { $0.value.parent == id }
    if hasChild, reference == id { return .error(409, "image has dependent child images") }
    images[id]?.tags.removeAll { $0 == reference || reference == id }
    guard isLast, !hasChild else { return json([["Untagged": reference]]) }
    images[id] = nil
    return json(image.tags.map { ["Untagged": $0] } + [["Deleted": id]])
  }
}
