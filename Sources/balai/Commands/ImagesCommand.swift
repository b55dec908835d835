import ArgumentParser
import Report

struct ImagesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract: "List images with last use, unique size and verdict.")

  @OptionGroup var engine: EngineOptions
  @OptionGroup var policy: PolicyOptions
  @OptionGroup var output: OutputOptions

  @Flag(name: .shortAndLong, help: "Also list the intermediate images of the classic builder.")
  var all = false

  @Flag(name: .shortAndLong, help: "Print only the ids.")
  var quiet = false

  func run() async throws {
    try await reporting(output) { console in
      let policy = try PolicySource.load(self.policy.policy ?? PolicySource.defaultName)
      var session = try await Session.open(engine, telling: console)
      if !quiet {
        try await session.askBuildCache()
        try await session.measureNew()
      }
      let rows = session.images(under: policy, at: .now, includingIntermediate: all)
      try console.write(output.presentation(on: console, idsOnly: quiet).images(rows))
      return .done
    }
  }
}
