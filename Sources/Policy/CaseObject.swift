import Inventory
import Yams

/// Reads one object of a case: its keys are what policies ask about, its ages count back from now.
struct CaseObject {
  static let kinds = ["container", "image", "volume", "network", "build-cache"]

  /// The keys of each kind, in the order in which a message lists them.
  private static let keys: [String: [String]] = [
    "container": [
      "name", "image", "labels", "status", "created", "started", "finished", "auto-remove",
      "volumes", "networks",
    ],
    "image": [
      "id", "references", "digests", "parent", "labels", "created", "last-tagged", "first-seen",
      "last-used",
    ],
    "volume": [
      "name", "anonymous", "driver", "labels", "created", "first-seen", "last-used",
    ],
    "network": ["name", "driver", "scope", "labels", "created", "first-seen", "last-used"],
    "build-cache": ["id", "type", "parents", "in-use", "shared", "created", "last-used"],
  ]

  let kind: String
  let path: String
  let now: Timestamp
  private(set) var reader: PolicyReader
  private var values: [String: Node] = [:]

  init(kind: String, path: String, now: Timestamp, _ reader: PolicyReader) {
    self.kind = kind
    self.path = path
    self.now = now
    self.reader = reader
  }

  /// Puts the object on a host; nil, and a problem, where it cannot be read.
  mutating func read(
    _ node: Node, into host: inout CaseHost
  ) -> (object: ObjectID, title: String)? {
    guard let mapping = node.mapping else {
      reader.report("must be a mapping of keys, such as { name: web }", node, path)
      return nil
    }
    let known = Self.keys[kind] ?? []
    for (keyNode, value) in mapping {
      let key = reader.name(of: keyNode)
      if known.contains(key) {
        values[key] = value
      } else {
        reader.report(
          ValueError(unknown: "key", key, known: known), line: keyNode.mark?.line ?? 1, path)
      }
    }
    return switch kind {
    case "container": container(node, into: &host)
    case "image": image(node, into: &host)
    case "volume": volume(node, into: &host)
    case "network": network(node, into: &host)
    default: record(node, into: &host)
    }
  }

  private mutating func container(
    _ node: Node, into host: inout CaseHost
  ) -> (object: ObjectID, title: String) {
    let id = ContainerID(host.freshID)
    let name = text("name") ?? "container"
    let (started, finished) = (time("started"), time("finished"))
    let given = time("created") ?? [started, finished].compactMap(\.self).min()
    if given == nil {
      reader.report("has no age; say when it was created, started or finished", node, path)
    }
    let state: ContainerState = started != nil && finished == nil ? .running : .exited
    host.add(
      Container(
        id: id, name: name, image: text("image") ?? "", imageID: ImageID(""),
        labels: labels(), state: status() ?? state, created: given ?? now, startedAt: started,
        finishedAt: finished, autoRemove: flag("auto-remove") ?? false, volumes: texts("volumes"),
        networks: texts("networks")))
    return (.container(id), name)
  }

  private mutating func image(
    _ node: Node, into host: inout CaseHost
  ) -> (object: ObjectID, title: String)? {
    let references = texts("references").map { ReferencePattern.withTag($0) }.sorted()
    let digests = texts("digests").sorted()
    let written = text("id")
    let id = ImageID(written ?? host.freshID)
    guard isNew(.image(id), on: host, node) else { return nil }
    host.add(
      Image(
        id: id, references: references, digests: digests,
        parent: text("parent").map { ImageID($0) },
        created: time("created"), size: 0, labels: labels(), lastTagged: time("last-tagged"),
        firstSeen: firstSeen(), lastUsed: time("last-used")))
    return (.image(id), references.first ?? digests.first ?? written ?? "<none>")
  }

  private mutating func volume(
    _ node: Node, into host: inout CaseHost
  ) -> (object: ObjectID, title: String)? {
    var labels = labels()
    let name = text("name")
    // What gets no name is what an engine makes one up for.
    if flag("anonymous") ?? (name == nil) { labels["com.docker.volume.anonymous"] = "" }
    let volume = Volume(
      name: name ?? host.freshID, driver: text("driver") ?? "local", labels: labels,
      created: time("created"), firstSeen: firstSeen(), lastUsed: time("last-used"))
    guard isNew(.volume(volume.name), on: host, node) else { return nil }
    host.add(volume)
    return (.volume(volume.name), name ?? "<anonymous>")
  }

  private mutating func network(
    _ node: Node, into host: inout CaseHost
  ) -> (object: ObjectID, title: String) {
    let network = Network(
      id: host.freshID, name: text("name") ?? "network", driver: text("driver") ?? "bridge",
      scope: text("scope") ?? "local", labels: labels(), created: time("created"),
      firstSeen: firstSeen(), lastUsed: time("last-used"))
    host.add(network)
    return (.network(network.id), network.name)
  }

  private mutating func record(
    _ node: Node, into host: inout CaseHost
  ) -> (object: ObjectID, title: String)? {
    let id = text("id") ?? host.freshID
    guard isNew(.buildCache(id), on: host, node) else { return nil }
    let type = text("type") ?? "regular"
    host.add(
      BuildCacheRecord(
        id: id, type: type, parents: texts("parents"), inUse: flag("in-use") ?? false,
        isShared: flag("shared") ?? false, size: 0, created: time("created"),
        lastUsed: time("last-used")))
    return (.buildCache(id), type)
  }
}

/// The values of an object's keys.
extension CaseObject {
  private mutating func text(_ key: String) -> String? {
    values[key].flatMap { reader.text(of: $0, "\(path).\(key)") }
  }

  /// A list, or one value.
  private mutating func texts(_ key: String) -> [String] {
    guard let list = values[key]?.sequence else { return text(key).map { [$0] } ?? [] }
    return list.enumerated().compactMap { reader.text(of: $1, "\(path).\(key)[\($0)]") }
  }

  private mutating func flag(_ key: String) -> Bool? {
    guard let text = text(key), let node = values[key] else { return nil }
    if text != "true", text != "false" {
      reader.report("\(text.inQuotes) must be true or false", node, "\(path).\(key)")
    }
    return text == "true"
  }

  /// An age before now, or a time.
  private mutating func time(_ key: String) -> Timestamp? {
    guard let text = text(key), let node = values[key] else { return nil }
    do {
      return switch try CreationLimit(text) {
      case .age(let age): now - age
      case .date(let date): date
      }
    } catch {
      reader.report(error, line: node.mark?.line ?? 1, "\(path).\(key)")
      return nil
    }
  }

  /// Where a case does not say it, the earliest of its uses and tags, or else its creation: a host
  /// whose index knew it all along. `unknown` is a host without an index.
  private mutating func firstSeen() -> Timestamp? {
    guard let written = values["first-seen"] else {
      return [time("last-used"), time("last-tagged")].compactMap(\.self).min() ?? time("created")
    }
    return written.scalar?.string == "unknown" ? nil : time("first-seen")
  }

  private mutating func status() -> ContainerState? {
    guard let text = text("status"), let node = values["status"] else { return nil }
    let state = ContainerState(text)
    if case .unknown = state {
      reader.report(
        ValueError(unknown: "status", text, known: ContainerState.known.map(\.word)),
        line: node.mark?.line ?? 1, "\(path).status")
    }
    return state
  }

  /// A mapping, as compose files have it; a label without a value has an empty one.
  private mutating func labels() -> [String: String] {
    guard let node = values["labels"] else { return [:] }
    guard let mapping = node.mapping else {
      reader.report("must be a mapping, such as { ci: \"true\" }", node, "\(path).labels")
      return [:]
    }
    var labels: [String: String] = [:]
    for (keyNode, value) in mapping {
      let key = reader.name(of: keyNode)
      labels[key] = value.isNothing ? "" : reader.text(of: value, "\(path).labels.\(key)")
    }
    return labels
  }

  private mutating func isNew(_ object: ObjectID, on host: CaseHost, _ node: Node) -> Bool {
    if host.has(object) { reader.report("stands twice in this case", node, path) }
    return !host.has(object)
  }
}

extension ReferencePattern {
  /// A reference as an engine lists it: with `latest` where it has no tag.
  fileprivate static func withTag(_ reference: String) -> String {
    repository(of: reference).utf8.count == reference.utf8.count
      ? reference + ":latest" : reference
  }
}
