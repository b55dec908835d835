import Engine
import Foundation
import Index
import Inventory
import Report
import Synchronization

/// Follows an engine's events, so that no use is missed between two looks at it, for as long as its
/// task is not cancelled; it goes on where the engine was started again.
struct Watch: Sendable {
  let endpoint: EngineEndpoint
  let indexPath: String
  let console: Console
  private let pending = Pending()

  init(_ endpoint: EngineEndpoint, indexPath: String, console: Console) {
    self.endpoint = endpoint
    self.indexPath = indexPath
    self.console = console
  }

  /// How long events may wait to be written: short of the time in which a busy host pushes 256 of
  /// them through the engine's memory.
  private static let batch = Duration.seconds(2)
  /// Between two attempts to reach the engine: too short for it to start, run something and end again
  /// unseen.
  private static let pause = Duration.seconds(1)

  /// Returns when its task is cancelled, with all that was seen written down.
  func run() async {
    var isWatched = false
    var trouble = ""
    while !Task.isCancelled {
      do {
        let client = try await EngineClient.connect(to: endpoint)
        let mark = try await survey(client, isWatched: isWatched)
        say("watching the events of \(client.identity.hostName)")
        trouble = ""
        isWatched = await follow(client, from: mark)
        // What came with the signal is in the engine's memory still.
        if Task.isCancelled {
          _ = try await Task { try await survey(client, isWatched: true) }.value
        }
      } catch {
        // As long as nobody listens nothing is missed; whatever else went wrong took its time.
        if case EngineError.unreachable = error {} else { isWatched = false }
        // The same trouble again is no news.
        if !Task.isCancelled, "\(error)" != trouble { say("\(error); trying again") }
        if case IndexError.damaged = error,
          let kept = try? HostIndex.setAside(indexPath, at: .now)
        {
          say("the damaged index is kept as \(kept); a new one is made")
        }
        trouble = "\(error)"
      }
      if Task.isCancelled { return }
      try? await Task.sleep(for: Self.pause)
    }
  }

  /// Looks at the engine, since events may have been missed; answers where to go on.
  private func survey(_ client: EngineClient, isWatched: Bool) async throws -> EventMark? {
    let index = try HostIndex(at: indexPath)
    let directory = URL(fileURLWithPath: indexPath).deletingLastPathComponent().path
    await KilledRuns(client, index, directory, telling: console).closeUnlessSwept()
    let known = try index.remembered(of: client.identity)
    let survey = try await client.survey(knowing: known, at: .now, isWatched: isWatched)
    _ = try index.record(survey)
    return survey.lastEvent
  }

  /// Follows the events until the connection ends; answers whether none was missed until then.
  private func follow(_ client: EngineClient, from mark: EventMark?) async -> Bool {
    let writer = Task {
      while !Task.isCancelled {
        await pending.wait(Self.batch)
        if !Task.isCancelled { await write(client) }
      }
    }
    var isGapless = true
    do {
      var isFirst = true
      for try await event in client.events(since: mark) {
        // The marked event comes again; another one in its place shows that some are missing. Podman
        // forgets none.
        if isFirst, let mark, client.identity.kind == .docker {
          isFirst = false
          if event.mark == mark { continue }
          isGapless = false
          break
        }
        pending.add(event)
      }
      if !Task.isCancelled, isGapless { say("the engine ended its events; connecting again") }
    } catch {
      if !Task.isCancelled { say("\(error); connecting again") }
    }
    writer.cancel()
    await writer.value
    // A task that is not cancelled, so that the engine can still be asked.
    let isWritten = await Task { await write(client) }.value
    return isGapless && isWritten
  }

  /// Writes what came since the last time; false where it could not be, and is tried again.
  @discardableResult
  private func write(_ client: EngineClient) async -> Bool {
    let events = pending.take()
    guard let last = events.last else { return true }
    do {
      let index = try HostIndex(at: indexPath)
      guard events.contains(where: { !$0.isRoutine }) else {
        try index.advance(to: last.mark, of: client.identity)
        return true
      }
      let known = try index.remembered(of: client.identity)
      if let survey = await look(client, knowing: known, events) {
        _ = try index.record(survey)
      } else {
        // The engine is out of reach: what its events told is kept all the same.
        try index.record(EngineClient.uses(in: events), of: client.identity)
        try index.advance(to: last.mark, of: client.identity)
      }
    } catch {
      pending.putBack(events)
      return false
    }
    return true
  }

  private func look(
    _ client: EngineClient, knowing known: Remembered, _ events: [EngineEvent]
  ) async -> Survey? {
    try? await client.survey(knowing: known, at: .now, telling: events)
  }

  private func say(_ text: String) { console.log("\(SafeText(text))\n") }
}

/// Events that wait to be written.
private final class Pending: Sendable {
  private let events = Mutex<[EngineEvent]>([])

  func add(_ event: EngineEvent) { events.withLock { $0.append(event) } }

  /// Waits for more; not for long where an image has come, that may be gone again soon.
  func wait(_ duration: Duration) async {
    for _ in 0..<8 {
      try? await Task.sleep(for: duration / 8)
      let isUrgent = events.withLock { $0.contains(where: \.isArrival) }
      if isUrgent || Task.isCancelled { return }
    }
  }

  func take() -> [EngineEvent] {
    events.withLock { events in
      defer { events = [] }
      return events
    }
  }

  func putBack(_ earlier: [EngineEvent]) { events.withLock { $0 = earlier + $0 } }
}
