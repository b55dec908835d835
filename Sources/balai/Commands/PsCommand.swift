import ArgumentParser
import Report

struct PsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ps",
    abstract: "List containers with size and verdict.")

  @OptionGroup var engine: EngineOptions
  @OptionGroup var policy: PolicyOptions
  @OptionGroup var output: OutputOptions

  @Flag(name: .shortAndLong, help: "List all containers, not only running ones.")
  var all = false

  @Flag(name: .shortAndLong, help: "Print only the ids.")
  var quiet = false

  func run() async throws {
    try await reporting(output) { console in
      let policy = try PolicySource.load(self.policy.policy ?? PolicySource.defaultName)
      var session = try await Session.open(engine, telling: console)
      if !quiet { try await session.measureContainers() }
      let rows = session.containers(under: policy, at: .now)
        .filter { all || $0.container.state.isActive }
      try console.write(output.presentation(on: console, idsOnly: quiet).containers(rows))
      return .done
    }
  }
}
