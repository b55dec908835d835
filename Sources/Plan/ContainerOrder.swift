import Inventory

/// In which order containers are stopped and removed: those that live in a namespace of another one before
/// that one, and those of a compose project before the services that they depend on.
///
/// Docker Compose says in labels what depends on what (compose-spec `depends_on`; links, shared volumes and
/// namespaces of another service are in them too). It labels the images that it builds with project and
/// service as well, so a container that was made of one by hand has these labels, and none of what it
/// depends on. What depends on itself in a circle goes at the end, in the order of the namespaces alone.
struct ContainerOrder {
  /// What depends on something or is depended on.
  fileprivate enum Part: Hashable, Comparable {
    case container(ContainerID)
    /// All containers of a service of a compose project.
    case service(project: String, name: String)
  }

  /// How many parts depend on a part in the longest row.
  private var depth: [Part: Int] = [:]
  /// The number of a part's web: of all that depend on each other in whatever way.
  private var web: [Part: Int] = [:]

  /// The order follows from all containers of a snapshot, so that those between two that go count,
  /// though they stay or have stopped long ago.
  init(_ snapshot: Snapshot) {
    var needed: [Part: Set<Part>] = [:]
    var hosts: [Part: Set<Part>] = [:]
    for container in snapshot.containers {
      let part = Part.container(container.id)
      hosts[part] = Set((container.hosts ?? [:]).values.map(Part.container)).subtracting([part])
      needed[part, default: []].formUnion(hosts[part] ?? [])
      needed[part]?.formUnion(container.composeDependencies)
      if let service = container.composeService { needed[service, default: []].insert(part) }
    }
    web = Self.webs(of: needed)
    number(needed)
    number(hosts.filter { depth[$0.key] == nil })
    let last = (depth.values.max() ?? 0) + 1
    for part in needed.keys where depth[part] == nil { depth[part] = last }
  }

  /// Gives parts their depth, after those that have one; what is in a circle, or needed by one, gets none.
  private mutating func number(_ needed: [Part: Set<Part>]) {
    let first = (depth.values.max() ?? -1) + 1
    let order = Descent(needed.map { part, others in (part, others.sorted()) })
    for (number, generation) in order.generations(of: Set(needed.keys)).enumerated() {
      for part in generation { depth[part] = first + number }
    }
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
    let parts = containers.map { Part.container($0.id) }
    var depths: [Int: Set<Int>] = [:]
    for part in parts { depths[web[part] ?? 0, default: []].insert(depth[part] ?? 0) }
    let places = depths.mapValues { depths in
      Dictionary(uniqueKeysWithValues: depths.sorted().enumerated().map { ($1, $0) })
    }
    var waves: [[Container]] = []
    for (container, part) in zip(containers, parts) {
      let wave = places[web[part] ?? 0]?[depth[part] ?? 0] ?? 0
      while waves.count <= wave { waves.append([]) }
      waves[wave].append(container)
    }
    return waves
  }
}

extension Container {
  fileprivate var composeService: ContainerOrder.Part? {
    guard let project = labels["com.docker.compose.project"],
      let name = labels["com.docker.compose.service"]
    else { return nil }
    return .service(project: project, name: name)
  }

  /// The other services that it depends on. The label holds `service:condition:restart` of each, set apart
  /// by commas; older versions write the name alone.
  fileprivate var composeDependencies: [ContainerOrder.Part] {
    guard case .service(let project, let own) = composeService else { return [] }
    let label = labels["com.docker.compose.depends_on"] ?? ""
    return label.split(separator: ",").compactMap { entry in
      let name = entry.prefix { $0 != ":" }.filter { $0 != " " }
      return name.isEmpty || name == own ? nil : .service(project: project, name: name)
    }
  }
}
