import ArgumentParser

/// The command line: flags and wiring. What is done stands in the rooms.
@main
struct Balai: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "balai",
    abstract:
      "Sweeps a container host: says to the byte what would be freed, then removes exactly that.",
    discussion: """
      Balai indexes the images and containers of a Docker engine, and removes what a policy selects: \
      first as a dry run (balai plan), then for real (balai prune). It never forces, never calls a \
      prune endpoint of the engine, and never touches what is in use.

      Exit status: 0 done; 1 could not run; 2 there is something to remove (with \
      --detailed-exitcode); 3 some removals, or cases of a policy test, failed; 4 refused by a brake \
      or guard; 5 the space target cannot be met; 6 the deadline came before the end; 11 another sweep is at work; 64 usage or policy error; \
      69 engine unavailable; 129, 130, 143 interrupted.
      """,
    version: "0.1.0",
    subcommands: [
      PlanCommand.self, PruneCommand.self, ExplainCommand.self, DfCommand.self, ImagesCommand.self,
      PsCommand.self,
      IndexCommand.self, HistoryCommand.self, UndoCommand.self, PolicyCommand.self,
    ])

  static func main() async {
    StandardStreams.openMissing()
    await main(ArgumentOrder.commandFirst(Array(CommandLine.arguments.dropFirst())))
  }
}
