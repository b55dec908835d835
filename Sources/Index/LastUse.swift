import Inventory

/// When images were last used.
enum LastUse {
  /// The use that a survey's containers make of their images: now while one is active, otherwise
  /// when one was last created, started or stopped.
  static func byContainers(
    _ containers: [Container], at now: Timestamp
  ) -> [ImageID: Timestamp] {
    var uses: [ImageID: Timestamp] = [:]
    for container in containers {
      let times = [
        container.created, container.startedAt, container.finishedAt,
        container.state.isActive ? now : nil,
      ]
      for case let time? in times { uses.raise(container.imageID, to: time) }
    }
    return uses
  }

  /// Makes the use of an image a use of its bases too: of every image all of whose layers, in their
  /// order, are the first ones of its own. Parent links say so only for what the classic builder made
  /// here.
  static func inheritedByLayers(
    _ uses: [ImageID: Timestamp], contents: [ImageID: ImageContent]
  ) -> [ImageID: Timestamp] {
    struct Edge: Hashable {
      let below: Int
      let diff: String
    }
    // Layers as a tree: one that is numbered higher never lies below one that is numbered lower.
    var numbers: [Edge: Int] = [:]
    var below: [Int] = [0]
    var tops: [ImageID: Int] = [:]
    for (image, content) in contents where !content.diffs.isEmpty {
      var top = 0
      for diff in content.diffs {
        let edge = Edge(below: top, diff: diff)
        top = numbers[edge] ?? below.count
        if top == below.count {
          numbers[edge] = top
          below.append(edge.below)
        }
      }
      tops[image] = top
    }
    var used: [Timestamp?] = Array(repeating: nil, count: below.count)
    func raise(_ layer: Int, to time: Timestamp) {
      if used[layer].map({ $0 < time }) ?? true { used[layer] = time }
    }
    for (image, top) in tops {
      if let time = uses[image] { raise(top, to: time) }
    }
    for layer in below.indices.dropFirst().reversed() {
      if let time = used[layer] { raise(below[layer], to: time) }
    }
    var inherited = uses
    for (image, top) in tops {
      if let time = used[top] { inherited.raise(image, to: time) }
    }
    return inherited
  }

  /// Makes the use of an image a use of all its ancestors too.
  ///
  /// Latest first: an ancestor that a later use has reached ends the climb of every earlier one, so
  /// each image is visited once, however long the chains, and a circle ends by itself.
  static func inherited(
    _ uses: [ImageID: Timestamp], parents: [ImageID: ImageID]
  ) -> [ImageID: Timestamp] {
    var inherited = uses
    for (image, time) in uses.sorted(by: { $0.value > $1.value }) {
      var next = parents[image]
      while let ancestor = next, inherited.raise(ancestor, to: time) { next = parents[ancestor] }
    }
    return inherited
  }
}

extension Dictionary where Value == Timestamp {
  /// Takes the later of what is known and `time`; false if that changes nothing.
  @discardableResult
  mutating func raise(_ image: Key, to time: Timestamp) -> Bool {
    if let known = self[image], known >= time { return false }
    self[image] = time
    return true
  }
}
