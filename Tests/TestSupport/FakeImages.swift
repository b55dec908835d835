/// A fake engine's images.
extension FakeEngine.Contents {
  private func id(of reference: String) -> String? {
    images[reference] != nil
      ? reference : images.first { $0.value.tags.contains(reference) }?.key
  }

  var imageList: StubReply {
    json(
      images.sorted { $0.key < $1.key }.map { id, image in
        ["Id": id, "RepoTags": image.tags, "ParentId": image.parent, "Size": image.size]
          as [String: Any]
      })
  }

  func inspect(image reference: String) -> StubReply {
    guard let id = id(of: reference), let image = images[id] else {
      return .error(404, "No such image: \(reference)")
    }
    return json([
      "Id": id, "RepoTags": image.tags, "RepoDigests": [String](), "Size": image.size,
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
    let isLast = image.tags.count < 2
    if reference == id, !isLast {
      return .error(409, "image is referenced in multiple repositories")
    }
    if isLast, let user = containers.first(where: { $0.value.image == id }) {
      return .error(409, "image is being used by container \(user.key)")
    }
    let hasChild = images.contains { $0.value.parent == id }
    if hasChild, reference == id { return .error(409, "image has dependent child images") }
    images[id]?.tags.removeAll { $0 == reference || reference == id }
    guard isLast, !hasChild else { return json([["Untagged": reference]]) }
    images[id] = nil
    return json(image.tags.map { ["Untagged": $0] } + [["Deleted": id]])
  }
}
