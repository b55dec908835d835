import Inventory
import Plan

/// What has come up since the plan was made, seen in one look at the whole engine: containers and
/// images that need what the plan removes, and volumes that are not empty any more. An engine removes a
/// container whose namespaces another one uses without a word.
///
/// The engine refuses to delete an image in use, but lets its tags go one by one until the last; and
/// it takes the last tag of an image that others were built from without deleting it. So this is
/// looked at before the first tag goes.
struct Preflight {
  private var users: [ImageID: String] = [:]
  private var guests: [ContainerID: String] = [:]
  private var children: [ImageID: String] = [:]
  /// Volumes that hold something by now, though the plan counts on their being empty.
  private var filled: Set<String> = []

  init(_ plan: RemovalPlan, _ snapshot: Snapshot) {
    let removed = Set(plan.steps.filter { $0.action == .removeContainer }.map(\.object))
    let deleted = Set(plan.steps.filter { $0.action == .removeImage }.map(\.object))
    for container in snapshot.containers where !removed.contains(.container(container.id)) {
      users[container.imageID] = container.name
      for host in (container.hosts ?? [:]).values { guests[host] = container.name }
    }
    for image in snapshot.images where !deleted.contains(.image(image.id)) {
      if let parent = image.parent { children[parent] = image.title }
    }
    let empty = Set(
      plan.steps.filter { $0.action == .removeVolume && $0.restorability == .restorable }
        .map(\.object))
    for volume in snapshot.volumes where empty.contains(.volume(volume.name)) {
      let size = volume.size ?? snapshot.disk?.volumes[volume.name]?.content ?? 0
      if size > 0 { filled.insert(volume.name) }
    }
  }

  func obstacle(toRemoving container: ContainerID) -> Outcome? {
    guests[container].map { .inUse("container '\($0)' uses a namespace of it") }
  }

  func obstacle(toRemoving volume: String) -> Outcome? {
    filled.contains(volume) ? .changed("something was written into it") : nil
  }

  func obstacle(toRemoving image: ImageID) -> Outcome? {
    if let user = users[image] { return .inUse("container '\(user)' uses it") }
    if let child = children[image] { return .changed("image '\(child)' was built from it") }
    return nil
  }
}
