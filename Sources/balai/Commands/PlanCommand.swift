import ArgumentParser
import Plan
import Report

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what a policy would remove, how much that frees, and why. Changes nothing.",
    discussion: """
      The plan is the very one that 'balai prune' with the same policy carries out. Saved with -o, it \
      can be carried out later ('balai prune FILE'); what has changed by then is left alone.

      Examples:
        balai plan
        balai plan -p workstation -v
        balai plan -a --volumes --filter label!=keep
        balai plan -p stop-rm-rmi -o plan.json
      """)

  @OptionGroup var engine: EngineOptions
  @OptionGroup var policy: PolicyOptions
  @OptionGroup var docker: DockerPruneOptions
  @OptionGroup var output: OutputOptions

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("Also save the plan to this file; '-' is stdout.", valueName: "file"))
  var destination: String?

  @OptionGroup var undo: UndoOptions

  @Flag(name: .shortAndLong, help: "Also list everything that stays, and why.")
  var verbose = false

  @Flag(name: .shortAndLong, help: "Print the ids of what would be removed, nothing else.")
  var quiet = false

  @Flag(
    help: """
      Exit with 2 if there is something to remove, with 5 if that is less than the policy's space \
      target.
      """)
  var detailedExitcode = false

  func run() async throws {
    try await reporting(output) { console in
      let policy = try docker.policy(instead: self.policy, at: .now)
      var session = try await Session.open(engine, telling: console)
      if output.format == .table { session.tellIfFirst(console) }
      let plan = try await session.plan(
        policy, at: .now, askingRegistries: undo.requireRestorable)
      if let destination { try plan.save(to: destination) }
      let presentation = output.presentation(on: console, idsOnly: quiet, isVerbose: verbose)
      // Standard output is the plan's then, for 'balai prune -' to read.
      if destination == "-" {
        console.log(presentation.plan(plan))
      } else {
        try console.write(presentation.plan(plan))
      }
      return plan.statusOfDryRun(
        detailed: detailedExitcode, losingNothing: undo.requireRestorable)
    }
  }
}
