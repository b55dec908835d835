import Archive
import Engine
import Inventory

extension Restorer {
  /// Any of its digests will do: of two registries one may be gone, or have lost it.
  func pull(
    _ id: ImageID, by digests: [String], for platform: String?, tags: [String]
  ) async throws(EngineError) -> Outcome {
    if let image = try await client.image(id.rawValue) {
      // A digest that was taken alone comes back by a pull alone.
      guard tags.isEmpty, !digests.allSatisfy(image.digests.contains) else {
        return try await tag(id, as: tags)
      }
    }
    var reasons: [String] = []
    for digest in digests {
      do throws(EngineError) {
        try await client.pull(
          digest, for: platform, authorization: try await authorization(digest))
        if try await client.image(id.rawValue) != nil { return try await tagged(id, tags) }
        reasons.append("the registry has another image for \(digest)")
      } catch {
        if error.meansEngineLost { throw error }
        reasons.append("\(error)")
      }
    }
    return .failed(reasons.joined(separator: "; "))
  }

  /// A copy is saved without tags: loading one with tags would take these from another image.
  func load(
    _ id: ImageID, from copy: ArchivedCopy, tags: [String]
  ) async throws(EngineError) -> Outcome {
    if try await client.image(id.rawValue) != nil { return try await tag(id, as: tags) }
    return try await relying(on: copy) { (proven) async throws(EngineError) in
      try await client.load(proven.file, named: copy.file)
      guard try await client.image(id.rawValue) != nil else {
        return .failed("the engine loaded \(copy.file), and does not have the image")
      }
      return try await tagged(id, tags)
    }
  }

  /// Puts tags on an image that is there.
  func tag(_ id: ImageID, as references: [String]) async throws(EngineError) -> Outcome {
    guard let image = try await client.image(id.rawValue) else {
      return .failed("its image is not there")
    }
    let missing = references.filter { !image.references.contains($0) }
    return missing.isEmpty ? .gone : try await tagged(id, missing)
  }

  private func tagged(_ id: ImageID, _ references: [String]) async throws(EngineError) -> Outcome {
    for reference in references {
      // The engine would move it.
      if let other = try await client.image(reference), other.id != id {
        return .inUse("the tag '\(reference)' is on another image now")
      }
      try await client.tag(id, as: reference)
    }
    return .done
  }
}
