import ArgumentParser
import Plan
import Report

struct DfCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "df",
    abstract: "Show what uses the disk, and what of it is reclaimable.",
    discussion: """
      As 'docker system df', but with true figures: a layer counts once, and is reclaimable only if \
      everything that holds it can go. It walks all volumes and running containers, as that does.

      SIZE is content, as Docker counts it. With -v, ON DISK is what the disk gets back: blocks, the \
      engine's own records included, where its data root can be read.

      --by orders images by what removing them would free: each for itself, by repository, or by label.
      """)

  @OptionGroup var engine: EngineOptions
  @OptionGroup var policy: PolicyOptions
  @OptionGroup var output: OutputOptions

  @Flag(name: .shortAndLong, help: "List every object, and all of the engine's disk by kind.")
  var verbose = false

  @Option(help: "List groups of images instead: by image, repository or label.")
  var by: UsageGroup.Grouping?

  func run() async throws {
    try await reporting(output) { console in
      let policy = try PolicySource.load(self.policy.policy ?? PolicySource.defaultName)
      var session = try await Session.open(engine, telling: console)
      if let by {
        try await session.askBuildCache()
        try await session.measureNew()
        let groups = UsageGroup.all(of: session.snapshot, by: by)
        try console.write(output.presentation(on: console).groups(groups, by: by))
        return .done
      }
      try await session.measureAll(whole: verbose)
      let usage = DiskUsage(
        measuring: session.snapshot, under: policy, at: .now, runningIn: OwnContainer.id())
      try console.write(
        output.presentation(on: console, isVerbose: verbose).diskUsage(usage))
      return .done
    }
  }
}

extension UsageGroup.Grouping: ExpressibleByArgument {}
