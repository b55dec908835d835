import Archive
import Engine
import Inventory

extension Restorer {
  /// Any of its digests will do: of two registries one may be gone, or have lost it.
  func pull(
    _ id: ImageID, by digests: [String], keepsake: Keepsake?, tags: [String]
  ) async throws(EngineError) -> Outcome {
    if let image = try await client.image(id.rawValue) {
      // A digest that was taken alone comes back by a pull alone.
      guard tags.isEmpty, !digests.allSatisfy(image.digests.contains) else {
        return try await tag(id, as: tags, regaining: keepsake)
      }
    }
    var reasons: [String] = []
    for digest in digests {
      do throws(EngineError) {
        try await client.pull(
          digest, for: keepsake?.platform, authorization: try await authorization(digest))
        if try await client.image(id.rawValue) != nil {
          try await regainDigests(of: id, keepsake)
          return try await tagged(id, tags)
        }
        reasons.append("the registry has another image for \(digest)")
      } catch {
        if error.meansEngineLost { throw error }
        await silent.note(digest)
        reasons.append("\(error)")
      }
    }
    return .failed(reasons.joined(separator: "; "))
  }

  /// Loads an image from its copy; where that cannot be done, a registry may still have it.
  func load(
    _ id: ImageID, from copy: ArchivedCopy, keepsake: Keepsake?, tags: [String]
  ) async throws(EngineError) -> Outcome {
    if try await client.image(id.rawValue) != nil { return try await tag(id, as: tags) }
    let loaded = try await load(id, from: copy)
    guard case .failed(let reason) = loaded else {
      return loaded == .done ? try await tagged(id, tags) : loaded
    }
    let digests = await askable(keepsake)
    if digests.isEmpty { return loaded }
    let pulled = try await pull(id, by: digests, keepsake: keepsake, tags: tags)
    guard case .failed(let other) = pulled else { return pulled }
    return .failed("\(reason); \(other)")
  }

  /// A copy is saved without tags: loading one with tags would take these from another image.
  private func load(_ id: ImageID, from copy: ArchivedCopy) async throws(EngineError) -> Outcome {
    do throws(EngineError) {
      return try await relying(on: copy) { (proven) async throws(EngineError) in
        try await client.load(proven.file, named: copy.file)
        guard try await client.image(id.rawValue) != nil else {
          return .failed("the engine loaded \(copy.file), and does not have the image")
        }
        return .done
      }
    } catch {
      if error.meansEngineLost { throw error }
      return .failed("\(error)")
    }
  }

  /// The digests of an image whose registries have not failed yet.
  private func askable(_ keepsake: Keepsake?) async -> [String] {
    var digests: [String] = []
    for digest in keepsake?.digests ?? [] where await !silent.knows(digest) {
      digests.append(digest)
    }
    return digests
  }

  /// Puts a tag on its image again, which comes back first where it went with the tag.
  func tag(
    _ id: ImageID, as references: [String], bringingBackFrom keepsake: Keepsake?
  ) async throws(EngineError) -> Outcome {
    let why = "its image is not there"
    if try await client.image(id.rawValue) != nil {
      return try await tag(id, as: references, regaining: keepsake, otherwise: why)
    }
    if let copy = keepsake?.archive {
      return try await load(id, from: copy, keepsake: keepsake, tags: references)
    }
    let digests = await askable(keepsake)
    if digests.isEmpty { return .failed(why) }
    return try await pull(id, by: digests, keepsake: keepsake, tags: references)
  }

  /// Puts tags on an image that is there; `why`: it is not.
  func tag(
    _ id: ImageID, as references: [String], regaining keepsake: Keepsake? = nil,
    otherwise why: String = "its image is not there"
  ) async throws(EngineError) -> Outcome {
    guard let image = try await client.image(id.rawValue) else { return .failed(why) }
    let missing = references.filter { !image.references.contains($0) }
    let outcome: Outcome = missing.isEmpty ? .gone : try await tagged(id, missing)
    try await regainDigests(of: id, keepsake)
    return outcome
  }

  /// Asks registries for the digests that an image lacks, by which it is known not to be local only. The
  /// layers are there, so nothing of them is fetched. A registry that fails is not asked again, and
  /// the image is none the worse.
  private func regainDigests(of id: ImageID, _ keepsake: Keepsake?) async throws(EngineError) {
    guard let keepsake, !keepsake.digests.isEmpty,
      let image = try await client.image(id.rawValue)
    else { return }
    for digest in keepsake.digests where !image.digests.contains(digest) {
      guard await !silent.knows(digest) else { continue }
      do throws(EngineError) {
        try await client.pull(
          digest, for: keepsake.platform, authorization: try await authorization(digest))
      } catch {
        if error.meansEngineLost { throw error }
        await silent.note(digest)
      }
    }
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

/// The registries that failed during this undo.
actor SilentRegistries {
  private var names: Set<Substring> = []

  func note(_ reference: String) { names.insert(Self.name(in: reference)) }
  func knows(_ reference: String) -> Bool { names.contains(Self.name(in: reference)) }

  private static func name(in reference: String) -> Substring {
    reference.firstIndex(of: "/").map { reference[..<$0] } ?? ""
  }
}
