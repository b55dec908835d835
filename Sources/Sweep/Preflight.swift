import Inventory
import Plan

/// What has come up since the plan was made, seen in one look at the whole engine: containers and
/// images that need what the plan removes.
///
/// The engine refuses to delete an image in use, but lets its tags go one by one until the last; and
/// it takes the last tag of an image that others were built from without deleting it. So this is
/// looked at before the first tag goes.
struct Preflight {
  private var users: [ImageID: String] = [:]
  private var children: [ImageID: String] = [:]

  init(_ plan: RemovalPlan, _ snapshot: Snapshot) {
    let removed = Set(plan.steps.filter { $0.action == .removeContainer }.map(\.object))
    let deleted = Set(plan.steps.filter { $0.action == .removeImage }.map(\.object))
    for container in snapshot.containers where !removed.contains(.container(container.id)) {
      users[container.imageID] = container.name
    }
    for image in snapshot.images where !deleted.contains(.image(image.id)) {
      if let parent = image.parent { children[parent] = image.title }
    }
  }

  func obstacle(toRemoving image: ImageID) -> Outcome? {
    if let user = users[image] { return .inUse("container '\(user)' uses it") }
    if let child = children[image] { return .changed("image '\(child)' was built from it") }
    return nil
  }
}
