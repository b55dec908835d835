import Inventory

/// How an object is named in lists.
extension ObjectID {
  /// The 12 characters that Docker shows; a volume has only its name.
  var shortID: String {
    switch self {
    case .container(let id): id.short
    case .image(let id): id.short
    case .volume(let name): name
    case .network(let id), .buildCache(let id): String(id.prefix(12))
    }
  }

  /// Name and id, or the id alone where the name says no more.
  func label(_ name: String, id: String) -> String {
    name.isEmpty || name == id || name == shortID || name == self.id ? id : "\(name) (\(id))"
  }
}

/// A reference as Docker's lists show it: repository and tag apart.
struct TaggedName {
  let repository: String
  let tag: String

  static let none = TaggedName(repository: "<none>", tag: "<none>")

  init(repository: String, tag: String) {
    self.repository = repository
    self.tag = tag
  }

  /// Reads `repository:tag` or `repository@digest`; a registry's port is no tag.
  init(_ reference: String) {
    if let at = reference.firstIndex(of: "@") {
      self.init(repository: String(reference[..<at]), tag: "<none>")
      return
    }
    let nameStart = reference.lastIndex(of: "/") ?? reference.startIndex
    guard let colon = reference[nameStart...].lastIndex(of: ":") else {
      self.init(repository: reference, tag: "<none>")
      return
    }
    self.init(
      repository: String(reference[..<colon]), tag: String(reference[colon...].dropFirst()))
  }

  /// One for every tag; for an image without tags its repositories, and `<none>` for a dangling one.
  static func all(of image: Image) -> [TaggedName] {
    let names = image.references.isEmpty ? image.digests : image.references
    return names.isEmpty ? [.none] : names.map(TaggedName.init)
  }
}
