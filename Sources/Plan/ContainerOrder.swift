import Inventory

/// In which order containers are stopped and removed: those of a compose project before the services that
/// they depend on, and those that live in a namespace of another one before that one.
///
/// Docker Compose says in labels what depends on what (compose-spec `depends_on`; links, shared volumes and
/// namespaces of another service are in them too). What depends on itself in a circle goes together, at
/// the end.
struct ContainerOrder {
  /// What depends on something and is depended on: a service of a compose project with all of its
  /// containers, or a container of none.
  fileprivate enum Part: Hashable, Comparable {
    case service(project: String, name: String)
    case container(ContainerID)

    init(_ container: Container) {
      if let project = container.composeProject,
        let name = container.labels["com.docker.compose.service"]
      {
        self = .service(project: project, name: name)
      } else {
        self = .container(container.id)
      }
    }
  }

  /// How many parts depend on a part in the longest row.
  private var depth: [Part: Int] = [:]
  /// The number of a part's web: of all that depend on each other in whatever way.
  private var web: [Part: Int] = [:]

  /// The order follows from all containers of a snapshot, so that those between two that go count,
  /// though they stay or have stopped long ago.
  init(_ snapshot: Snapshot) {
    let parts = Dictionary(snapshot.containers.map { ($0.id, Part($0)) }) { first, _ in first }
    var needed: [Part: Set<Part>] = [:]
    for container in snapshot.containers {
      let part = Part(container)
      let hosts = (container.hosts ?? [:]).values.compactMap { parts[$0] }
      needed[part, default: []].formUnion(hosts + container.composeDependencies)
      needed[part]?.remove(part)
    }
    let order = Descent(needed.map { part, others in (part, others.sorted()) })
    let generations = order.generations(of: Set(needed.keys))
    for (number, generation) in generations.enumerated() {
      for part in generation { depth[part] = number }
    }
    for part in needed.keys where depth[part] == nil { depth[part] = generations.count }
    web = Self.webs(of: needed)
  }

  private static func webs(of needed: [Part: Set<Part>]) -> [Part: Int] {
    var neighbours = needed
    for (part, others) in needed {
      for other in others { neighbours[other, default: []].insert(part) }
    }
    var webs: [Part: Int] = [:]
    for (number, start) in neighbours.keys.enumerated() where webs[start] == nil {
      webs[start] = number
      var rest = [start]
      while let part = rest.popLast() {
        for other in neighbours[part] ?? [] where webs[other] == nil {
          webs[other] = number
          rest.append(other)
        }
      }
    }
    return webs
  }

  /// Some containers in waves, each in the order in which they were given. What does not depend on each
  /// other does not wait for each other: each web begins with the first wave.
  func waves(of containers: [Container]) -> [[Container]] {
    var depths: [Int: Set<Int>] = [:]
    for part in containers.map(Part.init) {
      depths[web[part] ?? 0, default: []].insert(depth[part] ?? 0)
    }
    let places = depths.mapValues { depths in
      Dictionary(uniqueKeysWithValues: depths.sorted().enumerated().map { ($1, $0) })
    }
    var waves: [[Container]] = []
    for container in containers {
      let part = Part(container)
      let wave = places[web[part] ?? 0]?[depth[part] ?? 0] ?? 0
      while waves.count <= wave { waves.append([]) }
      waves[wave].append(container)
    }
    return waves
  }
}

extension Container {
  fileprivate var composeProject: String? { labels["com.docker.compose.project"] }

  /// The services that it depends on. The label holds `service:condition:restart` of each, set apart by
  /// commas; older versions write the name alone.
  fileprivate var composeDependencies: [ContainerOrder.Part] {
    guard let project = composeProject else { return [] }
    let label = labels["com.docker.compose.depends_on"] ?? ""
    return label.split(separator: ",").compactMap { entry in
      let name = entry.prefix { $0 != ":" }.filter { $0 != " " }
      return name.isEmpty ? nil : .service(project: project, name: String(name))
    }
  }
}
