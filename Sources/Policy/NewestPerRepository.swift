import Inventory

/// The images that a `keep` rule with `newest: N` holds: N per repository.
enum NewestPerRepository {
  /// Newest is what was last tagged; where that is unknown (a pull says nothing), last built; else
  /// first seen. Equally new images are ordered by id. An image without a tag has no repository.
  static func images(_ images: [Image], chosenBy rule: ImageRule, count: Int) -> Set<ImageID> {
    var repositories: [Substring: [Image]] = [:]
    for image in images where !image.isUntagged {
      let names = rule.selected(of: image).map {
        ReferencePattern.repository(of: ReferencePattern.familiar($0))
      }
      for name in Set(names) { repositories[name, default: []].append(image) }
    }
    var chosen: Set<ImageID> = []
    for members in repositories.values {
      chosen.formUnion(members.sorted(by: isNewer).prefix(count).map(\.id))
    }
    return chosen
  }

  private static func isNewer(_ left: Image, _ right: Image) -> Bool {
    switch (left.date, right.date) {
    case (let one?, let other?) where one != other: one > other
    case (.some, .none): true
    case (.none, .some): false
    default: left.id < right.id
    }
  }
}

extension Image {
  fileprivate var date: Timestamp? { lastTagged ?? created ?? firstSeen }
}
