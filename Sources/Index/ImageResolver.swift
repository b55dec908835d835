import GRDB
import Inventory

/// Tells which images an event may mean.
///
/// A container's own image where the index has the container, else every image that had the name at
/// some time since the survey before: more than one where the name moved, for a use that is taken for
/// another image's too makes that one look newer, and one that is missed would make it look older.
struct ImageResolver {
  private var containers: [ContainerID: ImageID]
  private let ids: Set<ImageID>
  /// Listed now, at the survey before, or given by an event since then.
  private var holders: [ImageName: Set<ImageID>] = [:]
  /// What arrived since then without a name that an event tells: it can have had any.
  private var nameless: Set<ImageID> = []
  private enum Move { case pull, tag }
  /// The events that gave a name to an image.
  private var moves: [ImageName: [Move]] = [:]
  /// Whether images were loaded, under any names.
  private var hasLoads = false
  /// All that the index knows the layers of, listed or gone.
  private let remembered: Set<ImageID>

  /// - Parameter images: those that the engine lists now; an engine out of reach lists none.
  init(
    _ events: [ImageEvent], images: [Image], containers: [Container], engine: Int64, in db: Database
  ) throws {
    self.containers = Dictionary(containers.map { ($0.id, $0.imageID) }) { first, _ in first }
    let unlisted = Set(events.compactMap(\.container)).subtracting(self.containers.keys)
    if !unlisted.isEmpty {
      self.containers.merge(try Self.images(of: unlisted, on: engine, in: db)) { now, _ in now }
    }
    remembered = Set(
      try String.fetchAll(
        db.cachedStatement(
          sql: "SELECT imageId FROM image WHERE engine = ? AND layers IS NOT NULL"),
        arguments: [engine]
      ).map { ImageID($0) })
    var ids = Set(images.map(\.id))
    for image in images {
      for name in image.references + image.digests {
        holders[ImageName(name), default: []].insert(image.id)
      }
    }
    for (name, image) in try Self.references(listedOn: engine, in: db) {
      holders[name, default: []].insert(image)
      ids.insert(image)
    }
    self.ids = ids
    for event in events where event.kind == .arrived {
      guard let id = Self.id(event.image) else {
        moves[ImageName(event.image), default: []].append(.pull)
        continue
      }
      if let name = event.newName, Self.id(name) == nil, !name.isEmpty {
        holders[ImageName(name), default: []].insert(id)
        moves[ImageName(name), default: []].append(.tag)
      } else {
        hasLoads = true
      }
      // A load tells its images and none of the names that they got.
      nameless.insert(id)
    }
    addPassing(images)
  }

  /// Adds what a pull may have brought under a name that another image has now: an image that was there
  /// already is known by nothing but its digest then.
  private mutating func addPassing(_ images: [Image]) {
    for (name, moves) in moves {
      let isPulled = moves.contains(.pull)
      if !isPulled || (moves.count == 1 && !hasLoads) { continue }
      let repository = name.repository
      for image in images {
        let isOfIt = image.digests.contains { ImageName($0).repository == repository }
        if isOfIt { holders[name, default: []].insert(image.id) }
      }
    }
  }

  /// Whether an event means what has its name now, or an image that it tells otherwise: the name did
  /// not move since the first event.
  func isCertain(_ event: ImageEvent) -> Bool {
    if let container = event.container, containers[container] != nil { return true }
    return Self.id(event.image) != nil || (moves[ImageName(event.image)] == nil && !hasLoads)
  }

  /// Whether the index or the engine can tell what an image was built on.
  func knows(_ image: ImageID) -> Bool { ids.contains(image) || remembered.contains(image) }

  /// The images that an event may mean; none where the index and the engine have none such.
  func images(meantBy event: ImageEvent) -> Set<ImageID> {
    if let container = event.container, let image = containers[container],
      !image.short.isEmpty
    {
      return [image]
    }
    if event.image.isEmpty { return [] }
    if let id = Self.id(event.image) { return [id] }
    var found = holders[ImageName(event.image)] ?? []
    let digits = event.image.lowercased()
    if digits.utf8.count >= 4, digits.allSatisfy(\.isHexDigit) {
      let known = ids.union(remembered)
      found.formUnion(known.filter { $0.rawValue.dropFirst("sha256:".count).hasPrefix(digits) })
    }
    // Nothing is known by this name: that a loaded image may have had it is no answer.
    if found.isEmpty || event.kind == .arrived { return found }
    return found.union(nameless)
  }

  /// A whole id, with its algorithm or without.
  private static func id(_ text: String) -> ImageID? {
    let digits = text.hasPrefix("sha256:") ? text.dropFirst("sha256:".count) : text[...]
    guard digits.utf8.count == 64, digits.allSatisfy(\.isHexDigit) else { return nil }
    return ImageID("sha256:\(digits)")
  }

  private static func references(
    listedOn engine: Int64, in db: Database
  ) throws -> [(ImageName, ImageID)] {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT r.reference, image.imageId FROM image
          JOIN imageReference r ON r.image = image.id
          WHERE image.engine = ? AND r.goneAfter IS NULL
          """), arguments: [engine])
    var references: [(ImageName, ImageID)] = []
    while let row = try rows.next() {
      references.append(
        (ImageName(try row.decode(atIndex: 0)), ImageID(try row.decode(String.self, atIndex: 1))))
    }
    return references
  }

  private static func images(
    of containers: Set<ContainerID>, on engine: Int64, in db: Database
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

/// What events come to, image by image.
struct ImageTimes {
  var used: [ImageID: Timestamp] = [:]
  var arrived: [ImageID: Timestamp] = [:]
  /// The last use of an image that came and went, and nobody knows what it was built on: that may be
  /// any other image.
  var unknown: Timestamp?
}

extension ObservedUses {
  /// When each image was last used and when it last arrived, by these events.
  func byImage(
    images listed: [Image], containers: [Container], of engine: Int64, in db: Database
  ) throws -> ImageTimes {
    var times = ImageTimes()
    if images.isEmpty { return times }
    let resolver = try ImageResolver(
      images, images: listed, containers: containers, engine: engine, in: db)
    for event in images {
      let meant = resolver.images(meantBy: event)
      for image in meant {
        switch event.kind {
        case .used: times.used.raise(image, to: event.time)
        case .arrived: times.arrived.raise(image, to: event.time)
        }
      }
      guard event.kind == .used, !event.image.isEmpty else { continue }
      // Before a stretch that was missed the name may have been any image's.
      let isLost = missed.map { !$0.onlyWhatRan } ?? false && !resolver.isCertain(event)
      if isLost || meant.isEmpty || !meant.allSatisfy(resolver.knows) {
        times.unknown = [times.unknown, event.time].compactMap(\.self).max()
      }
    }
    return times
  }
}
