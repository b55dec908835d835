/// A fake engine's containers.
extension FakeEngine.Contents {
  var containerList: StubReply {
    json(
      containers.sorted { $0.key < $1.key }.map { id, box in
        [
          "Id": id, "Names": ["/" + box.name], "ImageID": box.image, "State": box.state,
          "Created": 5, "Mounts": Self.mounts(of: box), "NetworkSettings": Self.networks(of: box),
        ] as [String: Any]
      })
  }

  private static func mounts(of box: FakeEngine.Box) -> [Any] {
    box.volumes.map { ["Type": "volume", "Name": $0] }
  }

  private static func networks(of box: FakeEngine.Box) -> [String: Any] {
    ["Networks": Dictionary(box.networks.map { ($0, [String: String]()) }) { first, _ in first }]
  }

  func inspect(container id: String, _ query: String) -> StubReply {
    guard let box = containers[id] else { return .error(404, "No such container: \(id)") }
    // The engine leaves out a size of 0.
    let size = query.contains("size=1") && box.written > 0 ? ["SizeRw": box.written] : [:]
    let described: [String: Any] = [
      "Id": id, "Name": "/" + box.name, "Image": box.image, "RestartCount": box.restartCount,
      "State": [
        "Status": box.state, "StartedAt": box.startedAt, "FinishedAt": box.finishedAt,
        "ExitCode": 0,
      ] as [String: Any],
      "HostConfig": ["AutoRemove": box.autoRemove], "Mounts": Self.mounts(of: box),
      "NetworkSettings": Self.networks(of: box),
    ]
    return json(described.merging(size) { first, _ in first })
  }

  mutating func stop(_ id: String) -> StubReply {
    guard let box = containers[id] else { return .error(404, "No such container: \(id)") }
    guard box.isActive else { return StubReply(304) }
    containers[id]?.state = "exited"
    containers[id]?.finishedAt = "2026-01-02T00:00:00Z"
    if box.autoRemove {
      containers[id] = nil
      for name in box.volumes where volumes[name]?.isAnonymous == true {
        _ = delete(volume: name)
      }
    }
    return StubReply(204)
  }

  mutating func remove(_ id: String) -> StubReply {
    guard let box = containers[id] else { return .error(404, "No such container: \(id)") }
    guard !box.isActive else {
      return .error(409, "You cannot remove a \(box.state) container \(id)")
    }
    containers[id] = nil
    return StubReply(204)
  }
}
