import Engine
import Inventory
import Plan

extension StepContext {
  /// A volume has no id: one of the same name can be another one.
  func obstacle(
    toRemoving name: String, _ expected: ExpectedVolume
  ) async throws(EngineError) -> Outcome? {
    for user in expected.users {
      guard let step = order.removal(of: .container(user)), await journal.isOver(step) else {
        return .notTried("a container that mounts it stays")
      }
    }
    if let obstacle = preflight.obstacle(toRemoving: name) { return obstacle }
    if preflight.countsAsEmpty(name), let content = await volumeContent(name), content > 0 {
      return Preflight.filled
    }
    guard let current = try await client.volume(name) else { return .gone }
    if current.driver != expected.driver { return .changed("it is another volume now") }
    guard await isTheOnePlanned(current, expected) else {
      return .changed("it was made anew or written to")
    }
    return nil
  }

  /// Whether the date of a volume can be that of the one planned.
  ///
  /// Since Docker 23.0 it is when the volume was made. Before, it is when its top directory was last
  /// changed (moby `volume/local`), in whole seconds: what the plan's own containers did until they
  /// stopped is in it, and nothing later may be. A clock of the engine's that goes ahead of ours keeps
  /// the volume.
  private func isTheOnePlanned(_ current: Volume, _ expected: ExpectedVolume) async -> Bool {
    if current.created == expected.created { return true }
    guard client.identity.datesOfVolumesMove, let created = current.created,
      let end = await endOfUse(by: expected.users)
    else { return false }
    return created <= end
  }

  /// When the last of the containers that ran for the plan can have written for the last time; nil
  /// where none ran, or where nobody can say.
  private func endOfUse(by users: [ContainerID]) async -> Timestamp? {
    var end: Timestamp?
    for user in users {
      let object = ObjectID.container(user)
      guard let stop = order.stop(of: object), let removal = order.removal(of: object) else {
        continue
      }
      let record = await journal.record(of: removal)
      let time: Timestamp?
      if let intended = record.intendedAt {
        time = intended
      } else if record.outcome == .done {
        // It removed itself (`--rm`).
        time = await journal.settled(stop)
      } else {
        time = nil
      }
      guard let time else { return nil }
      end = max(end ?? time, time)
    }
    return end
  }

  func removeVolume(_ name: String) async throws(EngineError) -> Outcome {
    let reply = try await client.removeVolume(name)
    let left = try await client.volume(name, afterRemoval: reply.isRemoved)
    return Outcome(reply, isThere: left != nil)
  }

  /// An engine lets go of a network that only stopped containers are attached to, and these could not
  /// be started again.
  func obstacle(
    toRemoving id: String, _ expected: ExpectedNetwork
  ) async throws(EngineError) -> Outcome? {
    guard let current = try await client.network(id) else { return .gone }
    if current.name != expected.name { return .changed("it is named '\(current.name)' now") }
    let user = try await client.containers().first { $0.networks.contains(current.name) }
    return user.map { .inUse("container '\($0.name)' is attached to it") }
  }

  func removeNetwork(_ id: String) async throws(EngineError) -> Outcome {
    let reply = try await client.removeNetwork(id)
    let left = try await client.network(id, afterRemoval: reply.isRemoved)
    return Outcome(reply, isThere: left != nil)
  }
}
