import Engine
import Inventory
import Plan

extension StepContext {
  func obstacle(
    to step: PlannedStep, on id: ContainerID, _ expected: ExpectedContainer
  ) async throws(EngineError) -> Outcome? {
    if let obstacle = preflight.obstacle(toAny: id) { return obstacle }
    let stop = step.action == .removeContainer ? order.stop(of: step.object) : nil
    if let stop, await !journal.isOver(stop) { return .notTried("it was not stopped") }
    guard let current = try await client.container(id) else {
      return await hasGoneByStopping(stop, expected) ? .done : .gone
    }
    if let difference = expected.difference(from: current, afterStop: stop != nil) {
      return .changed(difference)
    }
    if step.action == .stop, !current.state.isActive { return .gone }
    if let obstacle = await obstacleByGuests(to: step, on: id) { return obstacle }
    return step.action == .removeContainer ? try await loss(by: step, of: id) : nil
  }

  /// Whether an engine has removed a container because it was stopped here (`--rm`).
  private func hasGoneByStopping(_ stop: Int?, _ expected: ExpectedContainer) async -> Bool {
    guard let stop, expected.autoRemove else { return false }
    return [.done, .unknown].contains(await journal.record(of: stop).outcome)
  }

  /// A container whose namespaces others use is left as it is while one of these stays: without it they
  /// can never be started again, and while it is stopped those that run have no network. One that is
  /// only to be stopped is there for them to be started again.
  private func obstacleByGuests(to step: PlannedStep, on id: ContainerID) async -> Outcome? {
    guard order.removal(of: step.object) != nil else { return nil }
    if let obstacle = preflight.obstacle(toTaking: id) { return obstacle }
    for guest in preflight.guestsThatGo(of: id).sorted() {
      let object = ObjectID.container(guest)
      let number = step.action == .stop ? order.stop(of: object) : order.removal(of: object)
      guard let number, await !journal.isOver(number) else { continue }
      let record = await journal.record(of: number)
      // In each other's namespaces, one of the two has to be the first.
      if record.outcome == nil, preflight.isGuest(id, of: guest) { continue }
      return Preflight.inUse(by: record.title)
    }
    return nil
  }

  /// Files can be copied into a container that does not run. One that the plan calls restorable for
  /// holding nothing of its own is left alone where it holds something by now.
  private func loss(
    by step: PlannedStep, of id: ContainerID
  ) async throws(EngineError) -> Outcome? {
    guard step.restorability == .restorable else { return nil }
    guard let size = try await client.writableSizes(of: [id])[id] else {
      return try await client.container(id) == nil
        ? .gone : .failed("the engine does not say whether anything was written into it")
    }
    return size > 0 ? .changed("something was written into it, which no undo brings back") : nil
  }

  func stop(
    _ id: ContainerID, _ expected: ExpectedContainer
  ) async throws(EngineError) -> Outcome {
    let reply = try await client.stop(id, timeout: stopTimeout)
    let current = try await client.container(id)
    guard let current, current.state.isKnownToRun else {
      switch reply {
      case .stopped: return .done
      case .alreadyStopped: return .gone
      case .gone: return .unknown
      case .refused(let status, let message):
        // A word for a state that is not known here says nothing against the engine's own answer.
        if let current, current.state.isActive { return .failed(Self.refusal(status, message)) }
        return .done
      }
    }
    if current.startedAt != expected.startedAt { return .changed("it was started again") }
    switch reply {
    case .stopped, .alreadyStopped: return .failed("the engine says it is stopped, but it runs")
    case .gone: return .failed("the engine says there is none, but it runs")
    case .refused(let status, let message): return .failed(Self.refusal(status, message))
    }
  }

  private static func refusal(_ status: Int, _ message: String) -> String {
    "the engine answered \(status): \(message)"
  }

  func remove(_ id: ContainerID, autoRemove: Bool) async throws(EngineError) -> Outcome {
    let reply = try await client.removeContainer(id)
    // A container that is being removed already (`--rm`, or another client) is refused like one that
    // runs again: look which of the two it is.
    let left = try await waitForRemoval(of: id, after: reply)
    guard let left else {
      let outcome = Outcome(reply, isThere: false)
      return outcome == .unknown && autoRemove ? .done : outcome
    }
    switch reply {
    case .conflict(let message), .refused(_, let message):
      return left.state.isActive ? .inUse(message) : .failed(message)
    case .removed, .gone: return Outcome(reply, isThere: true)
    }
  }

  /// Looks until a container that is being removed is gone, for a few seconds at most.
  private func waitForRemoval(
    of id: ContainerID, after reply: RemovalReply
  ) async throws(EngineError) -> Container? {
    var current = try await client.container(id, afterRemoval: reply.isRemoved)
    for _ in 0..<25 {
      guard current?.state == .removing || current?.autoRemove == true else { break }
      try? await Task.sleep(for: .milliseconds(200))
      current = try await client.container(id, afterRemoval: reply.isRemoved)
    }
    return current
  }
}

extension ExpectedContainer {
  /// What is not as planned, as a phrase; nil where everything that matters is.
  ///
  /// A container that the engine's own restart policy started again is still the one that was
  /// planned: its restart count has grown, which no start by hand does (moby `daemon/start.go` sets
  /// it back to 0). It grows when the container ends, so one that was planned while it waited for its
  /// next start has that start still to come. One that ended by itself is the same too.
  fileprivate func difference(from current: Container, afterStop: Bool) -> String? {
    if current.name != name { return "it is named '\(current.name)' now" }
    if current.imageID != imageID { return "it has another image now" }
    let expectedCount = state == .restarting ? restartCount : restartCount + 1
    let restartedByPolicy = state.isActive && current.restartCount >= expectedCount
    if current.startedAt != startedAt, !restartedByPolicy { return "it was started again" }
    if afterStop {
      return current.state.isActive ? "it was started again" : nil
    }
    if !state.isActive {
      if current.state.isActive { return "it is \(current.state.word) now" }
      return current.finishedAt == finishedAt ? nil : "it was started again"
    }
    switch (state, current.state) {
    case (_, state), (_, .exited), (_, .dead): return nil
    case (.running, .restarting), (.restarting, .running): return nil
    default: return "it is \(current.state.word) now"
    }
  }
}

extension ContainerState {
  /// Less than `isActive`, which takes words of other engines that are not known here for running.
  fileprivate var isKnownToRun: Bool { [.running, .paused, .restarting].contains(self) }
}
