import ArgumentParser
import Inventory
import Plan
import Report

struct PolicyDiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Show what one policy removes from this host and another keeps. Changes nothing.",
    discussion: """
      Examples:
        balai policy diff default workstation
        balai policy diff workstation mine.yaml
      """)

  @Argument(help: "A file, or the name of a shipped policy.")
  var first: String

  @Argument(help: "Another one.")
  var second: String

  @OptionGroup var engine: EngineOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    try await reporting(output) { console in
      let (one, other) = (try PolicySource.load(first), try PolicySource.load(second))
      var session = try await Session.open(engine, telling: console)
      if output.format == .table { session.tellIfFirst(console) }
      let now = Timestamp.now
      try await session.askBuildCache(needed: one.removesBuildCache || other.removesBuildCache)
      let plans = (try await session.plan(one, at: now), try await session.plan(other, at: now))
      let difference = PolicyDifference(
        (one, plans.0), (other, plans.1), on: session.snapshot, at: now,
        runningIn: OwnContainer.id())
      try console.write(output.presentation(on: console).difference(difference))
      return .done
    }
  }
}
