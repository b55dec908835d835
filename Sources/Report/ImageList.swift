import Inventory
package import Plan

extension Presentation {
  /// Images as `docker images` lists them, one row for every tag, with last use, unique size and
  /// verdict.
  package func images(_ images: [ImageUsage]) -> String {
    if format == .json {
      let json: JSON = ["formatVersion": JSON.formatVersion, "images": .list(images, shape)]
      return json.document
    }
    if idsOnly { return ids(images.map { .image($0.image.id) }) }
    var table = Table(
      "REPOSITORY", "TAG", "IMAGE ID", "LAST USED", "SIZE", "UNIQUE SIZE", "VERDICT")
    for usage in images {
      for name in TaggedName.all(of: usage.image) {
        table.add(
          .init(name.repository), .init(name.tag), .init(id(.image(usage.image.id))),
          .init(age(of: usage.image.lastUsed)), .init(HumanSize.text(usage.image.size)),
          .init(HumanSize.text(usage.unique.content)), verdict(usage.verdict, because: usage.reason)
        )
      }
    }
    return text(of: table)
  }

  func verdict(_ verdict: String, because reason: String) -> Table.Cell {
    let colour: Colour? =
      switch verdict {
      case "remove": .red
      case "stop", "untag": .yellow
      default: nil
      }
    return .init(reason.isEmpty ? verdict : "\(verdict): \(reason)", colour)
  }

  func shape(_ usage: ImageUsage) -> JSON {
    let image = usage.image
    return [
      "id": .string(image.id.rawValue),
      "references": .texts(image.references),
      "digests": .texts(image.digests),
      "createdAt": .time(image.created),
      "firstSeen": .time(image.firstSeen),
      "lastUsed": .time(image.lastUsed),
      "size": .size(image.size),
      "sharedSize": .bytes(usage.shared),
      "uniqueSize": .bytes(usage.unique.content),
      "uniqueSizeOnDisk": .bytes(usage.unique.disk),
      "containers": .texts(usage.containers),
      "verdict": .string(usage.verdict),
      "reason": .string(usage.reason),
    ]
  }
}
