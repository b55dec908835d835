import ArgumentParser
import Plan
import Report

struct DfCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "df",
    abstract: "Show what uses the disk, and what of it is reclaimable.",
    discussion: """
      As 'docker system df', but with true figures: a layer counts once, and is reclaimable only if \
      everything that holds it can go. It makes the engine walk its volumes, as that does.
      """)

  @OptionGroup var engine: EngineOptions
  @OptionGroup var policy: PolicyOptions
  @OptionGroup var output: OutputOptions

  @Flag(name: .shortAndLong, help: "List every object.")
  var verbose = false

  func run() async throws {
    try await reporting(output) { console in
      let policy = try PolicySource.load(self.policy.policy ?? PolicySource.defaultName)
      var session = try await Session.open(engine, telling: console)
      try await session.askUsage()
      try await session.measureRunning()
      let usage = DiskUsage(
        measuring: session.snapshot, under: policy, at: .now, runningIn: OwnContainer.id())
      try console.write(
        output.presentation(on: console, isVerbose: verbose).diskUsage(usage))
      return .done
    }
  }
}
