import ArgumentParser
import Engine
import Foundation
import Report

struct IndexCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Bring the index up to date.",
    discussion: """
      Every other command does this too. Run it from a timer so that last uses are known: an image \
      that is used between two looks is known to be used as far as the engine remembers its last 256 \
      events; where it does not, everything counts as used. With --watch it goes on until it is \
      ended, as a service, and nothing is missed. See docs/last-used.md.
      """)

  @OptionGroup var engine: EngineOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Go on, and follow the engine's events until SIGTERM or SIGINT.")
  var watch = false

  func validate() throws {
    if engine.noIndex { throw ValidationError("'balai index' is about the index: it needs one.") }
  }

  func run() async throws {
    if watch { return try await follow() }
    try await reporting(output) { console in
      var session = try await Session.open(engine, telling: console)
      if let obstacle = session.index.obstacle { throw obstacle }
      try await session.measureNew()
      try console.write(
        output.presentation(on: console).index(session.snapshot, knowing: session.before))
      return .done
    }
  }

  private func follow() async throws {
    try await reporting(output) { console in
      let endpoint = try EngineEndpoint.resolve(
        host: engine.host, context: engine.context,
        environment: ProcessInfo.processInfo.environment)
      let path = engine.state.indexPath
      // What is wrong with the index is said now, not again and again.
      let index = try WorkingIndex(at: path, telling: console)
      if let obstacle = index.obstacle { throw obstacle }
      let watch = Watch(endpoint, indexPath: path, console: console)
      let work = Task { await watch.run() }
      let signals = EndSignals { work.cancel() }
      await work.value
      withExtendedLifetime(signals) {}
      return .done
    }
  }
}
