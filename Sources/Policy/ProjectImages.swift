import Inventory

/// The images that compose projects and swarm services need, as long as a container of theirs stays:
/// those that their containers name, though the tag may have moved on, and those that compose built for
/// the project.
struct ProjectImages {
  private var ids: [ImageID: String] = [:]
  private var names: [ImageName: String] = [:]
  private var projects: [String: String] = [:]

  init(of snapshot: Snapshot, _ verdicts: [ContainerID: ContainerVerdict]) {
    for container in snapshot.containers {
      guard let project = container.project, verdicts[container.id]?.decision != .remove else {
        continue
      }
      if let id = container.labels["com.docker.compose.image"], !id.isEmpty {
        ids[ImageID(id)] = project
      }
      if !container.image.isEmpty { names[ImageName(container.image)] = project }
      if let name = container.labels[Container.composeProject] { projects[name] = project }
    }
  }

  /// The project or service that needs an image; nil: none does.
  func needing(_ image: Image) -> String? {
    if let project = ids[image.id] { return project }
    if names.isEmpty { return nil }
    for name in image.references + image.digests {
      if let project = names[ImageName(name)] { return project }
    }
    guard !image.isUntagged, let built = image.labels[Container.composeProject] else { return nil }
    return projects[built]
  }
}

extension Container {
  static let composeProject = "com.docker.compose.project"

  /// The compose project or swarm service that it belongs to, for people; nil: neither.
  var project: String? {
    if let name = labels[Self.composeProject] { return "the compose project \(name)" }
    return labels["com.docker.swarm.service.name"].map { "the swarm service \($0)" }
  }

  /// Whether swarm keeps it running, and would start another one in its place.
  var isSwarmTask: Bool { labels["com.docker.swarm.task.id"] != nil }
}
