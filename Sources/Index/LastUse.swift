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

extension [ImageID: Timestamp] {
  /// Takes the later of what is known and `time`; false if that changes nothing.
  @discardableResult
  mutating func raise(_ image: ImageID, to time: Timestamp) -> Bool {
    if let known = self[image], known >= time { return false }
    self[image] = time
    return true
  }
}
