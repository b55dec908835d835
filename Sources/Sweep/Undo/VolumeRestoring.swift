import Archive
import Engine
import Inventory

extension Restorer {
  /// - Parameter copy: what was in it; nil: it comes back empty.
  func createVolume(
    _ name: String, describedBy description: String, filledFrom copy: ArchivedCopy?
  ) async throws(EngineError) -> Outcome {
    if try await client.volume(name) != nil { return .gone }
    if let copy, let damage = Self.damage(of: copy) { return .failed(damage) }
    switch try await client.createVolume(describedBy: description) {
    case .created: break
    case .conflict: return .inUse("another volume has its name")
    case .refused(_, let message): return .failed(message)
    }
    guard let copy else { return .done }
    do {
      try await VolumeContents(client: client, volume: name).reached { container, path in
        try await client.writeFiles(fromFile: copy.file, to: container, at: path)
      }
      return .done
    } catch let error as EngineError {
      throw error
    } catch {
      return .failed("\(error)")
    }
  }

  func createNetwork(
    _ name: String, describedBy description: String
  ) async throws(EngineError) -> Outcome {
    switch try await client.createNetwork(describedBy: description) {
    case .created: .done
    case .conflict: .gone
    case .refused(_, let message): .failed(message)
    }
  }
}
