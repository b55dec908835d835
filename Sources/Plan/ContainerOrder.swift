import Inventory

/// In which order containers are stopped and removed: those of a compose project before the services that
/// they depend on.
///
/// Docker Compose says so in labels (compose-spec `depends_on`; links, shared volumes and namespaces of
/// another service are in them too). What depends on itself in a circle goes together, at the end.
struct ContainerOrder {
  /// A service of a compose project.
  private struct Service: Hashable, Comparable {
    let project: String
    let name: String

    static func < (left: Self, right: Self) -> Bool {
      (left.project, left.name) < (right.project, right.name)
    }
  }

  /// How many services depend on a service in the longest row.
  private var depth: [Service: Int] = [:]

  /// The order follows from all containers of a snapshot, so that those between two that go count,
  /// though they stay or have stopped long ago.
  init(_ snapshot: Snapshot) {
    var needed: [Service: Set<Service>] = [:]
    for container in snapshot.containers {
      guard let service = Self.service(of: container) else { continue }
      needed[service, default: []].formUnion(
        container.composeDependencies.map { Service(project: service.project, name: $0) })
    }
    let services = Descent(needed.map { id, others in (id, others.subtracting([id]).sorted()) })
    let generations = services.generations(of: Set(needed.keys))
    for (number, generation) in generations.enumerated() {
      for service in generation { depth[service] = number }
    }
    for service in needed.keys where depth[service] == nil { depth[service] = generations.count }
  }

  /// Some containers in waves, each in the order in which they were given. Projects do not wait for each
  /// other: each begins with the first wave.
  func waves(of containers: [Container]) -> [[Container]] {
    var depths: [String: Set<Int>] = [:]
    for service in containers.compactMap(Self.service) {
      depths[service.project, default: []].insert(depth[service] ?? 0)
    }
    let places = depths.mapValues { depths in
      Dictionary(uniqueKeysWithValues: depths.sorted().enumerated().map { ($1, $0) })
    }
    var waves: [[Container]] = []
    for container in containers {
      let service = Self.service(of: container)
      let wave = service.flatMap { places[$0.project]?[depth[$0] ?? 0] } ?? 0
      while waves.count <= wave { waves.append([]) }
      waves[wave].append(container)
    }
    return waves
  }

  private static func service(of container: Container) -> Service? {
    guard let project = container.labels["com.docker.compose.project"],
      let name = container.labels["com.docker.compose.service"]
    else { return nil }
    return Service(project: project, name: name)
  }
}

extension Container {
  /// The services that it depends on. The label holds `service:condition:restart` of each, set apart by
  /// commas; older versions write the name alone.
  fileprivate var composeDependencies: [String] {
    (labels["com.docker.compose.depends_on"] ?? "").split(separator: ",").compactMap { entry in
      let name = entry.prefix { $0 != ":" }.filter { $0 != " " }
      return name.isEmpty ? nil : name
    }
  }
}
