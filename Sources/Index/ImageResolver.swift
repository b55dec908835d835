import GRDB
import Inventory

/// Tells which images an event may mean.
///
/// A container's own image where the index has the container, else every image that had the name at
/// some time since the survey before: more than one where the name moved, for a use that is taken for
/// another image's too makes that one look newer, and one that is missed would make it look older.
struct ImageResolver {
  private let survey: Int64
  private let db: Database
  private var containers: [ContainerID: ImageID]
  private let ids: Set<ImageID>
  /// Listed now, at the survey before, or given by an event since then.
  private var holders: [ImageName: Set<ImageID>] = [:]
  /// What arrived since then without a name that an event tells: it can have had any.
  private var nameless: Set<ImageID> = []

  /// - Parameter images: those that the engine lists now; an engine out of reach lists none.
  init(
    _ events: [ImageEvent], images: [Image], containers: [Container], engine: Int64, in db: Database
  ) throws {
    survey = engine
    self.db = db
    self.containers = Dictionary(containers.map { ($0.id, $0.imageID) }) { first, _ in first }
    let unlisted = Set(events.compactMap(\.container)).subtracting(self.containers.keys)
    if !unlisted.isEmpty {
      self.containers.merge(try Self.remembered(unlisted, of: engine, in: db)) { now, _ in now }
    }
    var ids = Set(images.map(\.id))
    for image in images {
      for name in image.references + image.digests {
        holders[ImageName(name), default: []].insert(image.id)
      }
    }
    for (name, image) in try Self.references("AND r.goneAfter IS NULL", [engine], in: db) {
      holders[name, default: []].insert(image)
      ids.insert(image)
    }
    self.ids = ids
    let pulls = Dictionary(
      grouping: events.filter { $0.kind == .arrived && Self.id($0.image) == nil },
      by: { ImageName($0.image) })
    for (name, pulls) in pulls where pulls.count > 1 {
      // What one of them brought and the next one took the name from is known by its digest alone.
      let digests = name.repository + "@"
      for image in images where image.digests.contains(where: { ImageName($0).text.hasPrefix(digests) }) {
        holders[name, default: []].insert(image.id)
      }
    }
    for event in events where event.kind == .arrived {
      guard let id = Self.id(event.image) else { continue }
      if let name = event.newName, Self.id(name) == nil, !name.isEmpty {
        holders[ImageName(name), default: []].insert(id)
      }
      // A load tells its images and none of the names that they got.
      nameless.insert(id)
    }
  }

  /// The images that an event may mean; none where the index and the engine have none such.
  func images(meantBy event: ImageEvent) throws -> Set<ImageID> {
    if let container = event.container, let image = containers[container],
      !image.short.isEmpty
    {
      return [image]
    }
    if event.image.isEmpty { return [] }
    if let id = Self.id(event.image) { return [id] }
    let name = ImageName(event.image)
    var found = holders[name] ?? []
    if event.kind == .used { found.formUnion(nameless) }
    let digits = event.image.lowercased()
    if digits.utf8.count >= 4, digits.allSatisfy(\.isHexDigit) {
      found.formUnion(ids.filter { $0.rawValue.dropFirst("sha256:".count).hasPrefix(digits) })
    }
    if found.isEmpty {
      for (other, image) in try Self.references("", [survey], in: db) where other == name {
        found.insert(image)
      }
    }
    return found
  }

  /// A whole id, with its algorithm or without.
  private static func id(_ text: String) -> ImageID? {
    let digits = text.hasPrefix("sha256:") ? text.dropFirst("sha256:".count) : text[...]
    guard digits.utf8.count == 64, digits.allSatisfy(\.isHexDigit) else { return nil }
    return ImageID("sha256:\(digits)")
  }

  private static func references(
    _ condition: String, _ arguments: StatementArguments, in db: Database
  ) throws -> [(ImageName, ImageID)] {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT r.reference, image.imageId FROM image
          JOIN imageReference r ON r.image = image.id
          WHERE image.engine = ? \(condition)
          """), arguments: arguments)
    var references: [(ImageName, ImageID)] = []
    while let row = try rows.next() {
      references.append(
        (ImageName(try row.decode(atIndex: 0)), ImageID(try row.decode(String.self, atIndex: 1))))
    }
    return references
  }

  private static func remembered(
    _ containers: Set<ContainerID>, of engine: Int64, in db: Database
  ) throws -> [ContainerID: ImageID] {
    let rows = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT containerId, imageId FROM container
          WHERE engine = ? AND containerId IN (SELECT value FROM json_each(?))
          """), arguments: [engine, try JSONColumn.text(containers.map(\.rawValue).sorted())])
    return Dictionary(
      try rows.map {
        (
          ContainerID(try $0.decode(String.self, atIndex: 0)),
          ImageID(try $0.decode(String.self, atIndex: 1))
        )
      }
    ) { first, _ in first }
  }
}

extension ObservedUses {
  /// When each image was last used and when it last arrived, by these events.
  func byImage(
    images listed: [Image], containers: [Container], of engine: Int64, in db: Database
  ) throws -> (used: [ImageID: Timestamp], arrived: [ImageID: Timestamp]) {
    var (used, arrived): ([ImageID: Timestamp], [ImageID: Timestamp]) = ([:], [:])
    if images.isEmpty { return (used, arrived) }
    let resolver = try ImageResolver(
      images, images: listed, containers: containers, engine: engine, in: db)
    for event in images {
      for image in try resolver.images(meantBy: event) {
        switch event.kind {
        case .used: used.raise(image, to: event.time)
        case .arrived: arrived.raise(image, to: event.time)
        }
      }
    }
    return (used, arrived)
  }
}
