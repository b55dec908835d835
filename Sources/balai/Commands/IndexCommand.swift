import ArgumentParser
import Report

struct IndexCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Bring the index up to date.",
    discussion: """
      Every other command does this too. Run it from a timer so that last uses are known: an image \
      that is used between two looks is seen as used only if a container of it is still there.
      """)

  @OptionGroup var engine: EngineOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    try await reporting(output) { console in
      var session = try await Session.open(engine, telling: console)
      if let obstacle = session.index.obstacle { throw obstacle }
      try await session.measureNew()
      try console.write(
        output.presentation(on: console).index(session.snapshot, knowing: session.before))
      return .done
    }
  }
}
