import Inventory

/// What must go before what, among objects that go.
struct Dependencies {
  /// Directly; what an engine takes along by itself is none.
  private var needed: [ObjectID: [ObjectID]] = [:]
  private var dependents: [ObjectID: [ObjectID]] = [:]

  /// - Parameter going: what goes at most; nothing else comes up.
  init(_ snapshot: Snapshot, among going: Set<ObjectID>) {
    let networks = Dictionary(snapshot.networks.map { ($0.name, $0.id) }) { first, _ in first }
    for container in snapshot.containers where going.contains(.container(container.id)) {
      let object = ObjectID.container(container.id)
      for host in Set((container.hosts ?? [:]).values) {
        link(.container(host), after: object, going)
      }
      // Where an engine tells no id, it may be any image's.
      let images =
        container.imageID.short.isEmpty ? snapshot.images.map(\.id) : [container.imageID]
      for image in images { link(.image(image), after: object, going) }
      for volume in Set(container.volumes) { link(.volume(volume), after: object, going) }
      for name in Set(container.networks) {
        if let id = networks[name] { link(.network(id), after: object, going) }
      }
    }
    for image in snapshot.images {
      if let parent = image.parent { link(.image(parent), after: .image(image.id), going) }
    }
    for record in snapshot.buildCache ?? [] {
      for parent in Set(record.parents) {
        link(.buildCache(parent), after: .buildCache(record.id), going)
      }
    }
  }

  private mutating func link(
    _ object: ObjectID, after first: ObjectID, _ going: Set<ObjectID>
  ) {
    guard object != first, going.contains(object), going.contains(first) else { return }
    needed[object, default: []].append(first)
    dependents[first, default: []].append(object)
  }

  /// An object, and all that must go before it; without what is in `known`, and what that needs.
  func group(of object: ObjectID, beyond known: Set<ObjectID> = []) -> Set<ObjectID> {
    Self.reachable(from: object, by: needed, beyond: known)
  }

  /// An object, and all that cannot go without it.
  func groupNeeding(_ object: ObjectID, beyond known: Set<ObjectID> = []) -> Set<ObjectID> {
    Self.reachable(from: object, by: dependents, beyond: known)
  }

  /// Without recursion: chains can be thousands long.
  private static func reachable(
    from object: ObjectID, by links: [ObjectID: [ObjectID]], beyond known: Set<ObjectID>
  ) -> Set<ObjectID> {
    guard !known.contains(object) else { return [] }
    var found: Set<ObjectID> = [object]
    var rest = [object]
    while let next = rest.popLast() {
      for other in links[next] ?? []
      where !known.contains(other) && found.insert(other).inserted {
        rest.append(other)
      }
    }
    return found
  }
}
