import Inventory

/// What a key asks of an image.
enum ImageCondition: RuleCondition {
  case all
  case label([LabelPattern])
  /// `reference` in `keep`: any of its references keeps an image.
  case named([ReferencePattern])
  /// `reference` in `remove`: speaks of single references, not of whole images.
  case taken([ReferencePattern])
  case dangling(Bool)
  case intermediate(Bool)
  /// Where nobody knows whether an image can be pulled again, a rule that keeps holds and one that
  /// removes does not.
  case localOnly(Bool, isKeeping: Bool)
  /// In bytes.
  case largerThan(Int64)
  case createdBefore(CreationLimit)
  case unusedFor(Duration)
  /// How many images per repository a `keep` rule holds. Only `NewestPerRepository` can tell which:
  /// so it holds for any.
  case newest(Int)
  /// How `newest` tells what is newer; holds for any.
  case newestBy(NewestPerRepository.Order)

  init?(_ entry: RawEntry, at place: RulePlace, _ reader: inout PolicyReader) {
    let condition: Self? =
      switch entry.key {
      case .label: .label(reader.values(of: entry, LabelPattern.init))
      case .reference where place.verb == .keep:
        .named(reader.values(of: entry, ReferencePattern.init))
      case .reference: .taken(reader.values(of: entry, ReferencePattern.init))
      case .dangling: reader.flag(entry).map(Self.dangling)
      case .intermediate: reader.flag(entry).map(Self.intermediate)
      case .localOnly:
        reader.flag(entry).map { .localOnly($0, isKeeping: place.verb == .keep) }
      case .largerThan: reader.value(of: entry, ByteSize.read).map(Self.largerThan)
      case .createdBefore: reader.value(of: entry, CreationLimit.init).map(Self.createdBefore)
      case .unusedFor: reader.value(of: entry, Age.read).map(Self.unusedFor)
      case .newest: reader.value(of: entry, Self.count).map(Self.newest)
      case .newestBy: reader.value(of: entry, Self.order).map(Self.newestBy)
      default: reader.requireTrue(entry) ? .all : nil
      }
    guard let condition else { return nil }
    self = condition
  }

  func holds(for image: ImageInUse, at now: Timestamp) -> Bool {
    switch self {
    case .all, .newest, .newestBy: true
    case .label(let patterns): patterns.contains { $0.matches(image.image.labels) }
    case .named(let patterns):
      (image.image.references + image.image.digests).contains { patterns.name($0) }
    case .taken(let patterns): image.image.removableReferences.contains { patterns.name($0) }
    case .dangling(let isMeant): isMeant ? image.isDangling : !image.image.isUntagged
    case .intermediate(let isMeant): image.isIntermediate == isMeant
    case .localOnly(let isMeant, let isKeeping):
      image.isLocalOnly.map { $0 == isMeant } ?? isKeeping
    case .largerThan(let bytes): image.image.size > bytes
    case .createdBefore(let limit): limit.isAfter(image.image.created, at: now)
    case .unusedFor: beginning(for: image).map { now >= $0 } ?? false
    }
  }

  func beginning(for image: ImageInUse) -> Timestamp? {
    switch self {
    case .createdBefore(let limit): limit.beginning(for: image.image.created)
    case .unusedFor(let age): image.isInUse ? nil : image.image.lastTouched.map { $0 + age }
    case .all, .label, .named, .taken, .dangling, .intermediate, .localOnly, .largerThan, .newest,
      .newestBy:
      nil
    }
  }

  /// `newest-by` says how, and needs something to say it of.
  static func unwritten(
    in raw: RawRule, at place: RulePlace, _ reader: inout PolicyReader
  ) -> ImageRule.Clause? {
    if let entry = raw.entries.first(where: { $0.key == .newestBy }),
      !raw.entries.contains(where: { $0.key == .newest })
    {
      reader.report(
        ValueError("needs newest beside it, such as newest: 3"), line: entry.line, entry.keyPath)
    }
    return nil
  }

  private static func order(_ text: String) throws(ValueError) -> NewestPerRepository.Order {
    guard let order = NewestPerRepository.Order(rawValue: text) else {
      throw ValueError(
        unknown: "order", text, known: NewestPerRepository.Order.allCases.map(\.rawValue))
    }
    return order
  }

  private static func count(_ text: String) throws(ValueError) -> Int {
    guard let count = Int(text), (1...1_000_000).contains(count) else {
      throw ValueError("\(text.inQuotes) must be a whole number from 1")
    }
    return count
  }
}

extension ImageRule {
  /// How many images per repository it keeps; nil: all that match.
  var newest: Int? {
    for case .newest(let count) in clauses.lazy.map(\.condition) { return count }
    return nil
  }

  /// How it tells what is newest.
  var newestOrder: NewestPerRepository.Order {
    for case .newestBy(let order) in clauses.lazy.map(\.condition) { return order }
    return .lastTag
  }

  /// Whether it is `all: true` and nothing narrows it.
  var selectsAll: Bool { clauses.allSatisfy { $0.condition == .all } }

  /// Whether it takes single references away, not whole images.
  var takesReferences: Bool {
    clauses.contains { if case .taken = $0.condition { true } else { false } }
  }

  /// The references that it selects, of an image that it matches: its tags, or, where it has none,
  /// its digests. Without a `reference` key these are all.
  func selected(of image: Image) -> [String] {
    var references = image.removableReferences
    for clause in clauses {
      switch clause.condition {
      case .named(let patterns), .taken(let patterns):
        references = references.filter { patterns.name($0) }
      default: break
      }
    }
    return references
  }
}

extension [ReferencePattern] {
  /// A pattern for tags never takes an image that is only known by its digest.
  fileprivate func name(_ reference: String) -> Bool {
    let isDigest = reference.contains("@")
    return contains { (!isDigest || $0.namesDigest) && $0.matches(reference) }
  }
}

/// An image with what only its neighbours tell.
struct ImageInUse {
  let image: Image
  /// Whether another image was built from it.
  let isParent: Bool
  /// Whether a container that stays uses it.
  let isInUse: Bool
  /// Whether there is nothing to pull it back from; nil where nobody knows.
  let isLocalOnly: Bool?

  /// No tag, and no image built from it: Docker's own meaning.
  var isDangling: Bool { image.isUntagged && !isParent }

  /// A step that a build left: neither tag nor digest, and another image was built from it.
  var isIntermediate: Bool { image.isNameless && isParent }
}

extension EngineIdentity {
  /// Whether an image has nothing to pull it back from; nil where nobody knows.
  ///
  /// A graph driver of Docker notes a digest when it pulls or pushes, and only then. The containerd
  /// image store and Podman make one up for every image that has a tag.
  func isLocalOnly(_ image: Image) -> Bool? {
    if image.digests.isEmpty { return true }
    return kind == .docker && imageStore == .graphDriver ? false : nil
  }
}

extension Image {
  /// When it was last used, tagged or pulled, as far as known. The build date says nothing of that.
  var lastTouched: Timestamp? { [lastUsed, lastTagged, firstSeen].compactMap(\.self).max() }

  /// What can be taken away from it: its tags, or, where it has none, its digests.
  var removableReferences: [String] { isUntagged ? digests : references }
}
