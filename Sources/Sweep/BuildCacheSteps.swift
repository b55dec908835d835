import Engine
import Inventory
import Plan

extension StepContext {
  /// That no build has used the record since is for the engine to see: it is told with the request.
  func obstacle(toRemoving expected: ExpectedRecord) async -> Outcome? {
    if await buildCacheTrust.isLost {
      return .notTried("the engine removed other records than it was asked for")
    }
    for child in expected.children {
      guard let step = order.removal(of: .buildCache(child)), await journal.isOver(step) else {
        return .notTried("a record that was made from it stays")
      }
    }
    return nil
  }

  func removeBuildCache(
    _ id: String, _ expected: ExpectedRecord
  ) async throws(EngineError) -> Outcome {
    let reply: BuildCacheReply
    do throws(EngineError) {
      reply = try await client.removeBuildCache(
        id, unusedSince: expected.lastUsed, at: clock())
    } catch {
      guard case .removedOthers = error else { throw error }
      await buildCacheTrust.lose()
      return .failed("\(error)")
    }
    switch reply {
    case .removed: return .done
    case .refused(let message):
      // On Podman nothing was asked.
      guard client.identity.kind == .docker else { return .failed(message) }
      return try await client.buildCacheRecord(id) == nil ? .done : .failed(message)
    case .kept:
      // BuildKit does not say why it keeps one.
      guard let record = try await client.buildCacheRecord(id) else { return .gone }
      if record.inUse { return .inUse("a build uses it") }
      if (record.lastUsed ?? record.created) != expected.lastUsed {
        return .changed("a build has used it since")
      }
      return .inUse("the engine keeps it: something else was made from it")
    }
  }
}

extension EngineClient {
  /// One record as the engine lists it; nil: there is none. Below API 1.42 the engine walks its disk
  /// for it.
  func buildCacheRecord(_ id: String) async throws(EngineError) -> BuildCacheRecord? {
    var records = try await buildCache()
    if records == nil { records = try await usage().buildCache }
    return records?.first { $0.id == id }
  }
}
