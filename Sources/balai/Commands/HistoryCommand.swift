import ArgumentParser
import Engine
import Foundation
import Index
import Inventory
import Report
import Sweep

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Show past runs, or what came of each step of one.")

  @Argument(help: ArgumentHelp("The number of a run.", valueName: "run"))
  var number: Int64?

  @OptionGroup var state: StateOptions
  @OptionGroup var output: OutputOptions

  @Option(name: .shortAndLong, help: "How many runs to show.")
  var limit = 20

  @Flag(name: .shortAndLong, help: "Print only the numbers of the runs.")
  var quiet = false

  func validate() throws {
    if number != nil, quiet {
      throw ValidationError("-q prints the numbers of runs; it makes no sense with one of them.")
    }
  }

  func run() async throws {
    try await reporting(output) { console in
      var index = try WorkingIndex(at: state.indexPath, telling: console)
      var runs = try runs(in: &index)
      if runs.contains(where: isKilled) {
        await closeKilledRuns(index, console)
        runs = try self.runs(in: &index)
      }
      for place in runs.indices where isKilled(runs[place]) { runs[place].end = .killed }
      let presentation = output.presentation(on: console, idsOnly: quiet)
      if let number {
        guard let run = runs.first else { throw Refusal.noSuchRun(number) }
        try console.write(presentation.run(run))
      } else {
        try console.write(presentation.history(runs))
      }
      return .done
    }
  }

  private func runs(in index: inout WorkingIndex) throws -> [RunRecord] {
    try index.using { (index) throws(IndexError) in
      guard let number else { return try index.runs(limit: limit) }
      return try [index.run(number)].compactMap(\.self)
    }
  }

  /// Whether a run has not ended, and no sweep of its engine is at work.
  private func isKilled(_ run: RunRecord) -> Bool {
    run.end == .running
      && !SweepLock.isHeld(
        on: run.engineKey, in: state.directory, sharedIn: SweepLock.places())
  }

  /// Closes the journals of those of the engine that Docker's variables and contexts name, where it
  /// answers quickly: nobody waits for an engine to read a journal.
  private func closeKilledRuns(_ index: WorkingIndex, _ console: Console) async {
    let environment = ProcessInfo.processInfo.environment
    var limits = RequestLimits.standard
    limits.instant = .seconds(2)
    limits.quick = .seconds(2)
    guard !index.isInMemory,
      let endpoint = try? EngineEndpoint.resolve(
        host: nil, context: nil, environment: environment),
      let client = try? await EngineClient.connect(to: endpoint, limits: limits)
    else { return }
    await KilledRuns(client, index.now, state.directory, telling: console).closeUnlessSwept()
  }
}
