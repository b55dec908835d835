import Inventory

/// The images that a `keep` rule with `newest: N` holds: N per repository.
enum NewestPerRepository {
  /// What makes an image newer than another one: the values of `newest-by`.
  enum Order: String, CaseIterable, Sendable {
    /// Newest is what last came under a tag (an index sees pulls and loads too); where that is unknown,
    /// what was last built; else first seen.
    case lastTag = "last-tag"
    /// Newest is what has the highest version among its tags in the repository. An image without one
    /// does not count.
    case version
  }

  /// Equally new images are ordered by id. An image without a tag has no repository.
  static func images(_ images: [Image], chosenBy rule: ImageRule, count: Int) -> Set<ImageID> {
    let order = rule.newestOrder
    var repositories: [Substring: [Member]] = [:]
    for image in images where !image.isUntagged {
      let names = rule.selected(of: image).map { ReferencePattern.familiar($0) }
      for (name, tags) in Dictionary(grouping: names, by: { ReferencePattern.repository(of: $0) }) {
        let versions = tags.compactMap { VersionTag($0.dropFirst(name.count + 1)) }
        if order == .version, versions.isEmpty { continue }
        let version = order == .version ? versions.max() : nil
        repositories[name, default: []].append(Member(image: image, version: version))
      }
    }
    var chosen: Set<ImageID> = []
    for members in repositories.values {
      chosen.formUnion(members.sorted(by: isNewer).prefix(count).map(\.image.id))
    }
    return chosen
  }

  /// An image of one repository.
  private struct Member {
    let image: Image
    /// Its highest; nil where versions do not matter.
    let version: VersionTag?
  }

  private static func isNewer(_ left: Member, _ right: Member) -> Bool {
    if let one = left.version, let other = right.version, one != other { return one > other }
    switch (left.image.date, right.image.date) {
    case (let one?, let other?) where one != other: return one > other
    case (.some, .none): return true
    case (.none, .some): return false
    default: return left.image.id < right.image.id
    }
  }
}

extension Image {
  fileprivate var date: Timestamp? { lastTagged ?? created ?? firstSeen }
}
