import ArgumentParser
import Index
import Report

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
      let presentation = output.presentation(on: console, idsOnly: quiet)
      if let number {
        guard let run = try index.using({ (index) throws(IndexError) in try index.run(number) })
        else { throw Refusal.noSuchRun(number) }
        try console.write(presentation.run(run))
      } else {
        let runs = try index.using { (index) throws(IndexError) in try index.runs(limit: limit) }
        try console.write(presentation.history(runs))
      }
      return .done
    }
  }
}
