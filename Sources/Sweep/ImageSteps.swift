import Engine
import Inventory
import Plan

extension StepContext {
  func obstacle(
    to step: PlannedStep, on id: ImageID, _ expected: ExpectedImage
  ) async throws(EngineError) -> Outcome? {
    let removal = order.removal(of: step.object)
    var left = Set(expected.references)
    for tag in order.tagsTaken(before: step) {
      if await journal.isOver(tag.number) {
        if let reference = tag.reference { left.remove(reference) }
      } else if removal != nil {
        return .notTried("one of its tags could not be taken")
      }
    }
    if removal != nil {
      for child in expected.children {
        guard let step = order.removal(of: .image(child)), await journal.isOver(step) else {
          return .notTried("an image that was built from it stays")
        }
      }
      if let obstacle = preflight.obstacle(toRemoving: id) { return obstacle }
    }
    guard let current = try await client.image(id.rawValue) else { return .gone }
    guard Set(current.references) == left else {
      return .changed(
        current.references.isEmpty
          ? "it has no tag any more" : "its tags are \(current.references.joined(separator: ", "))")
    }
    if let obstacle = preflight.obstacle(toTaking: current, plannedAs: expected) { return obstacle }
    // The engine checks this itself where the image goes, but not where only a tag does.
    if removal != nil, step.action == .untag {
      let user = try await client.containers().first { $0.imageID == id }
      if let user { return .inUse("container '\(user.name)' uses it") }
      if order.tagsTaken(before: step).isEmpty { return try await newChild(of: id, expected) }
    }
    return nil
  }

  /// Whether an image was built from one since it was planned: the engine lets tags go all the same,
  /// and then keeps the image without them.
  private func newChild(
    of id: ImageID, _ expected: ExpectedImage
  ) async throws(EngineError) -> Outcome? {
    // Only the classic builder of graph drivers links an image to its parent.
    guard client.identity.imageStore == .graphDriver else { return nil }
    let child = try await client.images().first {
      $0.parent == id && !expected.children.contains($0.id)
    }
    return child.map { .changed("image '\($0.title)' was built from it") }
  }

  /// Takes one tag, never the last. The engine knows no "delete this name if it still means that
  /// image", and none "but not the image", so both are looked at in the last moment.
  func untag(_ id: ImageID, _ reference: String) async throws(EngineError) -> Outcome {
    guard let current = try await client.image(reference) else { return .gone }
    guard current.id == id else { return .changed("the tag is on another image now") }
    guard current.survives(losing: reference, on: client.identity) else {
      return .changed("it has no other tag any more")
    }
    let reply = try await client.removeImage(reference)
    if case .removed(_, let ids) = reply {
      await deleted.add(ids)
      if ids.contains(id.rawValue),
        try await client.image(id.rawValue, afterRemoval: true) == nil
      {
        return .failed("the whole image went with it: its other tags were taken in that moment")
      }
    }
    let left = try await client.image(reference, afterRemoval: reply.isRemoved)
    return Outcome(reply, isThere: left?.id == id)
  }

  /// Deletes an image that has one tag at most, by its id: a tag that was moved to another image in
  /// this moment can then do that one no harm, and a new tag or child makes the engine refuse.
  func remove(_ id: ImageID) async throws(EngineError) -> Outcome {
    let reply = try await client.removeImage(id.rawValue)
    if case .removed(_, let ids) = reply { await deleted.add(ids) }
    let left = try await client.image(id.rawValue, afterRemoval: reply.isRemoved)
    return Outcome(reply, isThere: left != nil)
  }
}

extension Image {
  /// Whether an engine keeps it when this one of its names is taken.
  ///
  /// With a graph driver a digest reference holds an image as a tag does, but those of a repository go
  /// with its last tag (moby `daemon/images/image_delete.go`). Elsewhere digests may be made up.
  fileprivate func survives(losing reference: String, on engine: EngineIdentity) -> Bool {
    let tags = references.filter { $0 != reference }
    guard engine.kind == .docker, engine.imageStore == .graphDriver else { return !tags.isEmpty }
    var digests = digests.filter { $0 != reference }
    let repository = Self.repository(reference)
    if !reference.contains("@"), !tags.contains(where: { Self.repository($0) == repository }) {
      digests.removeAll { Self.repository($0) == repository }
    }
    return !tags.isEmpty || !digests.isEmpty
  }

  /// A reference without its digest, or its tag, which every other one has.
  private static func repository(_ reference: String) -> Substring {
    if let at = reference.firstIndex(of: "@") { return reference[..<at] }
    return reference[..<(reference.lastIndex(of: ":") ?? reference.endIndex)]
  }
}
