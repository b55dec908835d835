/// A fake engine's images.
extension FakeEngine.Contents {
  private func id(of reference: String) -> String? {
    images[reference] != nil
      ? reference
      : images.first { ($0.value.tags + $0.value.digests).contains(reference) }?.key
  }

  var imageList: StubReply {
    json(
      images.sorted { $0.key < $1.key }.map { id, image in
        [
          "Id": id, "RepoTags": image.tags, "RepoDigests": image.digests, "ParentId": image.parent,
          "Size": image.size,
        ] as [String: Any]
      })
  }

  func inspect(image reference: String) -> StubReply {
    guard let id = id(of: reference), let image = images[id] else {
      return .error(404, "No such image: \(reference)")
    }
    return json([
      "Id": id, "RepoTags": image.tags, "RepoDigests": image.digests, "Size": image.size,
      "RootFS": ["Layers": image.layers.map(\.diff)],
      "Metadata": ["LastTagTime": image.lastTagged],
    ])
  }

  func history(of reference: String) -> StubReply {
    guard let id = id(of: reference), let image = images[id] else {
      return .error(404, "No such image: \(reference)")
    }
    return json(
      image.layers.reversed().map {
        ["CreatedBy": $0.diff, "Created": 5, "Size": $0.size] as [String: Any]
      })
  }

  mutating func delete(image reference: String) -> StubReply {
    guard let id = id(of: reference), let image = images[id] else {
      return .error(404, "No such image: \(reference)")
    }
    let left = image.left(without: reference == id ? image.tags.first ?? "" : reference)
    if reference == id, image.tags.count > 1 || !image.tags.isEmpty && !left.digests.isEmpty {
      return .error(409, "image is referenced in multiple repositories")
    }
    let isLast = reference == id || left.tags.isEmpty && left.digests.isEmpty
    if isLast, let user = containers.first(where: { $0.value.image == id }) {
      return .error(409, "image is being used by container \(user.key)")
    }
    let hasChild = images.contains { $0.value.parent == id }
    if hasChild, reference == id { return .error(409, "image has dependent child images") }
    images[id]?.tags = left.tags
    images[id]?.digests = left.digests
    let names = image.tags + image.digests
    guard isLast, !hasChild else {
      let gone = names.filter { !(left.tags + left.digests).contains($0) }
      return json(gone.map { ["Untagged": $0] })
    }
    images[id] = nil
    return json(names.map { ["Untagged": $0] } + [["Deleted": id]])
  }

  /// The query is `repo=…&tag=…`.
  mutating func tag(image id: String, _ query: String) -> StubReply {
    let parts = query.split(separator: "&").compactMap {
      $0.split(separator: "=").last.flatMap { String($0).removingPercentEncoding }
    }
    guard images[id] != nil else { return .error(404, "No such image: \(id)") }
    images[id]?.tags.append(parts.joined(separator: ":"))
    return StubReply(201)
  }
}

extension FakeEngine.Picture {
  /// With the last tag of a repository its digests go too.
  fileprivate func left(without reference: String) -> (tags: [String], digests: [String]) {
    let tags = tags.filter { $0 != reference }
    let repository = reference.prefix { $0 != ":" && $0 != "@" }
    let takesDigests =
      !reference.contains("@") && !tags.contains { $0.prefix { $0 != ":" } == repository }
    let digests = digests.filter {
      $0 != reference && !(takesDigests && $0.prefix { $0 != "@" } == repository)
    }
    return (tags, digests)
  }
}
