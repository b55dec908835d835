package import Inventory

extension Snapshot {
  /// Every object that a person may mean by a text: a name, a reference (`:latest` may be left out),
  /// an id or the beginning of one (four characters at least), each also with its kind before it
  /// (`image:web`). What fits whole wins over what only begins so.
  package func objects(meantBy text: String) -> [ObjectID] {
    for kind in ["container", "image", "volume", "network", "build-cache"]
    where text.hasPrefix(kind + ":") {
      let rest = String(text.dropFirst(kind.count + 1))
      let found = allObjects(meantBy: rest).filter { $0.kind == kind }
      if !found.isEmpty { return found }
    }
    return allObjects(meantBy: text)
  }

  /// What a person calls an object; its id where the snapshot does not have it.
  package func title(of object: ObjectID) -> String {
    switch object {
    case .container(let id): containers.first { $0.id == id }?.name ?? id.short
    case .image(let id):
      (images + departedImages).first { $0.id == id }?.title ?? id.short
    case .volume(let name): name
    case .network(let id): networks.first { $0.id == id }?.name ?? String(id.prefix(12))
    case .buildCache(let id): String(id.prefix(12))
    }
  }

  /// The same of many objects, with one look at each list.
  func titles(of objects: Set<ObjectID>) -> [ObjectID: String] {
    var titles: [ObjectID: String] = [:]
    for container in containers { titles[.container(container.id)] = container.name }
    for image in departedImages + images { titles[.image(image.id)] = image.title }
    var wanted: [ObjectID: String] = [:]
    for object in objects { wanted[object] = titles[object] ?? title(of: object) }
    return wanted
  }

  private func allObjects(meantBy text: String) -> [ObjectID] {
    let names = namedObjects
    let whole = names.filter { $0.names.contains(text) || $0.object.id == text }.map(\.object)
    if !whole.isEmpty { return unique(whole) }
    guard text.count >= 4 else { return [] }
    return unique(
      names.map(\.object).filter { object in
        object.id.hasPrefix(text) || object.id.hasPrefix("sha256:" + text)
      })
  }

  private func unique(_ objects: [ObjectID]) -> [ObjectID] { Set(objects).sorted() }

  /// Volumes have no id that could be cut.
  private var namedObjects: [(object: ObjectID, names: [String])] {
    containers.map { (.container($0.id), [$0.name]) }
      + images.map { image in
        let latest = image.references.filter { $0.hasSuffix(":latest") }
          .map { String($0.dropLast(":latest".count)) }
        return (.image(image.id), image.references + image.digests + latest)
      } + volumes.map { (.volume($0.name), [$0.name]) }
      + networks.map { (.network($0.id), [$0.name]) }
      + (buildCache ?? []).map { (.buildCache($0.id), []) }
  }
}
