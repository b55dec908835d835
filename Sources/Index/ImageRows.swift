import GRDB
import Inventory

/// Images in the index.
struct ImageRows {
  /// A last use changes with every survey while a container runs: it is written for all such images
  /// at once, not row by row.
  static let table = ListedTable(
    "image", key: "imageId",
    columns: [
      "parent", "created", "size", "labels", "lastTagged", "layers", "packedSize", "lastUsed",
    ],
    uncompared: 1)

  private let survey: SurveyTime
  private let db: Database
  private let known: [String: KnownImage]
  private let rows: ListedTable.Known

  /// Reads what is known of a survey's images, and of those that its containers were made from.
  init(_ snapshot: Snapshot, for survey: SurveyTime, in db: Database) throws {
    self.survey = survey
    self.db = db
    let ids = snapshot.images.map(\.id) + snapshot.containers.map(\.imageID)
    rows = try Self.table.known(Set(ids.map(\.rawValue)).sorted(), of: survey.engine, in: db)
    known = try rows.mapValues(KnownImage.init(row:))
  }

  /// Writes the images of a survey and returns them with what only the index knows, and the departed
  /// ones.
  func record(
    _ snapshot: Snapshot, _ observed: ObservedUses, _ missed: MissedUses
  ) throws -> (images: [Image], departed: [Image]) {
    let events = try observed.byImage(
      images: snapshot.images, containers: snapshot.containers, of: survey.engine, in: db)
    let uses = try uses(in: snapshot, events, missed)
    var images = snapshot.images
    for index in images.indices {
      let known = known[images[index].id.rawValue]
      images[index].lastUsed = uses[images[index].id]
      images[index].lastTagged = [
        images[index].lastTagged, known?.image.lastTagged, events.arrived[images[index].id],
      ].compactMap { $0 }.max()
    }
    let places = try Self.table.write(
      images.map { (key: $0.id.rawValue, values: try values(of: $0)) }, over: rows, for: survey,
      in: db)
    try writeUses(uses)
    var ids: [ImageID: Int64] = [:]
    for index in images.indices {
      let place = places[images[index].id.rawValue]
      images[index].firstSeen = place?.firstSeen
      guard let id = place?.id, ids.updateValue(id, forKey: images[index].id) == nil,
        let content = images[index].content,
        known[images[index].id.rawValue]?.hasContent != true
      else { continue }
      try ImageContentRows.insert(content, of: id, in: db)
    }
    try ImageReferenceRows.record(images, ids: ids, for: survey, in: db)
    return try withContents(images, departed: departed(from: snapshot, uses: uses))
  }

  /// The last use of every image of the survey and of every departed one.
  private func uses(
    in snapshot: Snapshot, _ events: ImageTimes, _ missed: MissedUses
  ) throws -> [ImageID: Timestamp] {
    var uses = LastUse.byContainers(snapshot.containers, at: snapshot.takenAt)
    uses.merge(events.used, uniquingKeysWith: max)
    for (id, row) in rows where Self.table.isListed(row) {
      if missed.mayHaveUsed(image: ImageID(id)) { missed.raise(&uses, ImageID(id)) }
      if let time = events.unknown { uses.raise(ImageID(id), to: time) }
    }
    var parents: [ImageID: ImageID] = [:]
    var contents = try goneContents(of: Set(uses.keys).subtracting(snapshot.images.map(\.id)))
    for known in known.values {
      parents[known.image.id] = known.image.parent
      if let lastUsed = known.image.lastUsed { uses.raise(known.image.id, to: lastUsed) }
    }
    for image in snapshot.images {
      parents[image.id] = image.parent ?? parents[image.id]
      contents[image.id] = image.content
    }
    uses = LastUse.inheritedByLayers(
      LastUse.inherited(uses, parents: parents), contents: contents)
    return LastUse.inherited(uses, parents: parents)
  }

  /// What the index knows of images that are gone, but were used: they were built on some that are not.
  private func goneContents(of images: Set<ImageID>) throws -> [ImageID: ImageContent] {
    if images.isEmpty { return [:] }
    let rows = try Self.table.known(
      images.map(\.rawValue).sorted(), of: survey.engine, in: db
    ).filter { images.contains(ImageID($0.key)) }
    return try ImageContentRows.contents(
      of: rows.values.map { try $0.decode(Int64.self, forColumn: "id") }, in: db)
  }

  /// Uses of images and of all that the index knows to be their ancestors.
  static func withAncestors(
    of times: ImageTimes, engine: Int64, in db: Database
  ) throws -> [ImageID: Timestamp] {
    var uses = times.used
    if uses.isEmpty, times.unknown == nil { return uses }
    let rows = try table.known([], of: engine, in: db)
    var parents: [ImageID: ImageID] = [:]
    for (id, row) in rows {
      parents[ImageID(id)] = try row.decode(String?.self, forColumn: "parent").map { ImageID($0) }
      if let time = times.unknown { uses.raise(ImageID(id), to: time) }
    }
    let contents = try ImageContentRows.all(of: engine, in: db).filter {
      rows[$0.key.rawValue] != nil || uses[$0.key] != nil
    }
    return LastUse.inherited(
      LastUse.inheritedByLayers(uses, contents: contents), parents: parents)
  }

  /// Writes the last uses that have changed: one statement for each time, and there is one time for
  /// all images of active containers.
  private func writeUses(_ uses: [ImageID: Timestamp]) throws {
    var changed: [Timestamp: [Int64]] = [:]
    for known in known.values {
      guard let time = uses[known.image.id], time != known.image.lastUsed else { continue }
      changed[time, default: []].append(known.id)
    }
    for (time, ids) in changed { try Self.table.writeUse(at: time, of: ids, in: db) }
  }

  /// What the index remembers of images that the engine lists no more and a container still needs.
  /// They have no names: a tag that such an image had may be another one's now.
  private func departed(from snapshot: Snapshot, uses: [ImageID: Timestamp]) -> [KnownImage] {
    let listed = Set(snapshot.images.map(\.id))
    return Set(snapshot.containers.map(\.imageID)).subtracting(listed).sorted().compactMap { id in
      guard var departed = known[id.rawValue] else { return nil }
      departed.image.lastUsed = uses[id]
      return departed
    }
  }

  /// Gives images the contents that the index has and the engine was not asked for.
  private func withContents(
    _ images: [Image], departed: [KnownImage]
  ) throws -> (images: [Image], departed: [Image]) {
    let asked = departed + images.compactMap { $0.content == nil ? known[$0.id.rawValue] : nil }
    let contents = try ImageContentRows.contents(
      of: asked.compactMap { $0.hasContent ? $0.id : nil }, in: db)
    func complete(_ image: Image) -> Image {
      var image = image
      image.content = image.content ?? contents[image.id]
      return image
    }
    return (images.map(complete), departed.map { complete($0.image) })
  }

  private func values(of image: Image) throws -> [DatabaseValue] {
    let row = rows[image.id.rawValue]
    let layers = try row?.decode(Int?.self, forColumn: "layers")
    let packedSize = try row?.decode(Int64?.self, forColumn: "packedSize")
    return [
      image.parent?.rawValue.databaseValue ?? .null, image.created.databaseValue,
      image.size.databaseValue, try JSONColumn.text(image.labels).databaseValue,
      image.lastTagged.databaseValue, (layers ?? image.content?.diffs.count).databaseValue,
      (packedSize ?? image.content?.packedSize).databaseValue, image.lastUsed.databaseValue,
    ]
  }
}

/// An image's row: the image without names and content.
private struct KnownImage {
  let id: Int64
  var image: Image
  let hasContent: Bool

  init(row: Row) throws {
    id = try row.decode(forColumn: "id")
    hasContent = try row.decode(Int?.self, forColumn: "layers") != nil
    image = Image(
      id: ImageID(try row.decode(String.self, forColumn: "imageId")),
      parent: try row.decode(String?.self, forColumn: "parent").map { ImageID($0) },
      created: try row.decode(forColumn: "created"),
      size: try row.decode(forColumn: "size"),
      labels: try JSONColumn.labels(try row.decode(forColumn: "labels")),
      lastTagged: try row.decode(forColumn: "lastTagged"),
      firstSeen: try row.decode(forColumn: "firstSeen"),
      lastUsed: try row.decode(forColumn: "lastUsed"))
  }
}
