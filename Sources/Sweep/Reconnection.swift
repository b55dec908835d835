import Engine
import Inventory

/// Waits for an engine that went away in the middle of a run, once for all steps that lost it.
actor Reconnection {
  private let client: EngineClient
  private let patience: Duration
  private let interruption: Interruption
  private var waiting: Task<Bool, Never>?
  /// An engine that was given up once is not waited for again.
  private var isGivenUp = false

  init(_ client: EngineClient, patience: Duration, interruption: Interruption) {
    self.client = client
    self.patience = patience
    self.interruption = interruption
  }

  /// Whether the same engine answers, at once or before this run's patience is at its end. A run that
  /// is to end asks for a sixth of that: it may be the connection that was cut, and not the engine that
  /// went away.
  func isBack() async -> Bool {
    if isGivenUp { return false }
    let task =
      waiting
      ?? Task { [client, patience, interruption] in
        await Self.wait(for: client, patience, unless: interruption)
      }
    waiting = task
    let isBack = await task.value
    waiting = nil
    if !isBack { isGivenUp = true }
    return isBack
  }

  private static func wait(
    for client: EngineClient, _ patience: Duration, unless interruption: Interruption
  ) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { await client.waitUntilBack(within: patience) }
      group.addTask {
        while !interruption.isRequested, !Task.isCancelled {
          try? await Task.sleep(for: .milliseconds(100))
        }
        return Task.isCancelled ? false : await client.waitUntilBack(within: patience / 6)
      }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }
}
