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
    guard let current = try await client.volume(name) else { return .gone }
    if current.driver != expected.driver { return .changed("it is another volume now") }
    if expected.users.isEmpty, current.created != expected.created {
      return .changed("it was made anew or written to")
    }
    return nil
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
