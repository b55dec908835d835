import Engine
import Inventory

/// What lists say of steps that a journal knows no intent of: on a disk that took no more, the run may
/// have gone on without its journal.
struct TracesOfSteps {
  private let client: EngineClient

  init(_ client: EngineClient) { self.client = client }

  /// The numbers of the steps whose object is as if they had been carried out; who did it, nobody can say.
  /// One call for each kind of object. A record of the build cache is looked for only where the engine need
  /// not walk its disk for it.
  func done(among steps: [StepRecord]) async throws(EngineError) -> Set<Int> {
    var done: Set<Int> = []
    for (kind, steps) in Dictionary(grouping: steps, by: \.object.kind) {
      do throws(EngineError) {
        let isDone = try await look(kind)
        done.formUnion(steps.filter(isDone).map(\.number))
      } catch {
        if error.meansEngineLost { throw error }
        done.formUnion(steps.map(\.number))
      }
    }
    return done
  }

  private func look(_ kind: String) async throws(EngineError) -> (StepRecord) -> Bool {
    switch kind {
    case "container":
      let containers = try await client.containers()
      let there = Set(containers.map { ObjectID.container($0.id) })
      let active = Set(
        containers.filter(\.state.isActive).map { ObjectID.container($0.id) })
      return { !($0.action == .stop ? active : there).contains($0.object) }
    case "image":
      let images = try await client.images()
      let names = Dictionary(
        images.map { (ObjectID.image($0.id), Set($0.references + $0.digests)) },
        uniquingKeysWith: { first, _ in first })
      return { step in
        guard let left = names[step.object] else { return true }
        return step.action == .untag && !left.contains(step.title)
      }
    case "volume":
      let there = Set(try await client.volumes().map(\.name))
      return { !there.contains($0.object.id) }
    case "network":
      let there = Set(try await client.networks().map(\.id))
      return { !there.contains($0.object.id) }
    default:
      guard let records = try await client.buildCache() else { return { _ in false } }
      let there = Set(records.map(\.id))
      return { !there.contains($0.object.id) }
    }
  }
}
