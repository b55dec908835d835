import Inventory

/// One rule for images: all of its keys must match, of a key's values any one.
struct ImageRule: Hashable, Sendable {
  let reference: RuleReference
  /// How many images per repository a `keep` rule holds; nil: all that match.
  private(set) var newest: Int?
  private var all = false
  private var labels: [LabelPattern]?
  private var patterns: [ReferencePattern]?
  private var dangling: Bool?
  private var createdBefore: CreationLimit?
  private var unusedFor: Duration?

  init(_ raw: RawRule, at place: RulePlace, _ reader: inout PolicyReader) {
    reference = raw.reference
    for entry in raw.entries {
      switch entry.key {
      case .label: labels = reader.values(of: entry, LabelPattern.init)
      case .reference: patterns = reader.values(of: entry, ReferencePattern.init)
      case .dangling: dangling = reader.value(of: entry, Self.flag)
      case .createdBefore: createdBefore = reader.value(of: entry, CreationLimit.init)
      case .unusedFor: unusedFor = reader.value(of: entry, Age.read)
      case .newest: newest = reader.value(of: entry, Self.count)
      default:
        reader.requireTrue(entry)
        all = true
      }
    }
  }

  /// Whether it is `all: true` and nothing narrows it.
  var selectsAll: Bool {
    all && labels == nil && patterns == nil && dangling == nil && createdBefore == nil
      && unusedFor == nil && newest == nil
  }

  /// Whether it speaks of single references, not of whole images.
  var selectsReferences: Bool { patterns != nil }

  /// Whether every key but `newest` matches.
  func matches(_ image: ImageInUse, at now: Timestamp) -> Bool {
    if let labels, !labels.contains(where: { $0.matches(image.image.labels) }) { return false }
    if let dangling, dangling ? !image.isDangling : image.image.isUntagged { return false }
    if let createdBefore, !createdBefore.isAfter(image.image.created, at: now) { return false }
    if let unusedFor {
      guard !image.isInUse, let last = image.image.lastTouched, now - last >= unusedFor
      else { return false }
    }
    guard patterns != nil else { return true }
    return (image.image.references + image.image.digests).contains(where: names)
  }

  /// The references that it selects, of an image that it matches: its tags, or, where it has none,
  /// its digests. Without a `reference` key these are all.
  func selected(of image: Image) -> [String] {
    let references = image.isUntagged ? image.digests : image.references
    return patterns == nil ? references : references.filter(names)
  }

  /// A pattern for tags never takes an image that is only known by its digest.
  private func names(_ reference: String) -> Bool {
    let isDigest = reference.contains("@")
    return (patterns ?? []).contains { (!isDigest || $0.namesDigest) && $0.matches(reference) }
  }

  private static func flag(_ text: String) throws(ValueError) -> Bool {
    switch text {
    case "true": return true
    case "false": return false
    default: throw ValueError("\(text.inQuotes) must be true or false")
    }
  }

  private static func count(_ text: String) throws(ValueError) -> Int {
    guard let count = Int(text), (1...1_000_000).contains(count) else {
      throw ValueError("\(text.inQuotes) must be a whole number from 1")
    }
    return count
  }
}

/// An image with what only its neighbours tell.
struct ImageInUse {
  let image: Image
  /// Whether another image was built from it.
  let isParent: Bool
  /// Whether a container that stays uses it.
  let isInUse: Bool

  /// No tag, and no image built from it: Docker's own meaning.
  var isDangling: Bool { image.isUntagged && !isParent }
}

extension Image {
  /// When it was last used, tagged or pulled, as far as known. The build date says nothing of that.
  var lastTouched: Timestamp? { [lastUsed, lastTagged, firstSeen].compactMap(\.self).max() }
}
