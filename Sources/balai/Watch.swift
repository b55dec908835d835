import Engine
import Foundation
import Index
import Inventory
import Report

/// Follows an engine's events, so that no use is missed between two looks at it, for as long as its
/// task is not cancelled; it goes on where the engine was started again.
struct Watch: Sendable {
  let endpoint: EngineEndpoint
  let indexPath: String
  let console: Console
  private let pending = PendingEvents()

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
        setAside(after: error)
        trouble = "\(error)"
      }
      if Task.isCancelled { return }
      try? await Task.sleep(for: Self.pause)
    }
  }

  private func setAside(after error: any Error) {
    if case IndexError.damaged = error, let kept = try? HostIndex.setAside(indexPath, at: .now) {
      say("the damaged index is kept as \(kept); a new one is made")
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
    let reader = Task { await read(client, from: mark) }
    let writer = Task {
      var trouble = ""
      while !Task.isCancelled {
        await pending.wait(Self.batch)
        if Task.isCancelled { break }
        do {
          try await write(client)
          trouble = ""
        } catch {
          if "\(error)" != trouble { say("\(error); trying again") }
          trouble = "\(error)"
          // A new index knows nothing of this engine, and memory is no place for events without end.
          if case IndexError.damaged = error {
            setAside(after: error)
          } else if !pending.isTooMuch {
            continue
          }
          pending.forget()
          reader.cancel()
          return false
        }
      }
      return true
    }
    let isGapless = await withTaskCancellationHandler {
      await reader.value
    } onCancel: {
      reader.cancel()
    }
    writer.cancel()
    guard await writer.value else { return false }
    // A task that is not cancelled, so that the engine can still be asked.
    let isWritten = await Task { (try? await write(client)) != nil }.value
    return isGapless && isWritten
  }

  /// Takes in events until the connection ends; answers whether they are without a gap.
  private func read(_ client: EngineClient, from mark: EventMark?) async -> Bool {
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
    return isGapless
  }

  /// Writes what came since the last time; what could not be written comes again with the next time.
  private func write(_ client: EngineClient) async throws {
    let events = pending.take()
    guard let last = events.last else { return }
    do {
      let index = try HostIndex(at: indexPath)
      guard events.contains(where: { !$0.isRoutine }) else {
        try index.advance(to: last.mark, of: client.identity)
        return
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
      throw error
    }
  }

  private func look(
    _ client: EngineClient, knowing known: Remembered, _ events: [EngineEvent]
  ) async -> Survey? {
    try? await client.survey(knowing: known, at: .now, telling: events)
  }

  private func say(_ text: String) { console.log("\(SafeText(text))\n") }
}
