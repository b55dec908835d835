import ArgumentParser
import Inventory
import Policy
import Report

struct PolicyTestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Hold a policy against a table of cases: given this object, expect this verdict.",
    discussion: """
      Asks no engine. Exits with 3 if a case fails, with 64 if a file cannot be used.

      Example:
        balai policy test mine.test.yaml
      """)

  @Argument(help: "Tables of cases, '-' for stdin.")
  var files: [String]

  @OptionGroup var output: OutputOptions

  func run() async throws {
    try await reporting(output) { console in
      let runs = try files.map { file in
        let table = try CaseTable(
          reading: try PolicySource.text(ofFile: file), from: file, at: .now)
        let policy = try PolicySource.load(table.policy, besides: file)
        return CaseRun(file: file, policy: policy.name, results: table.results(under: policy))
      }
      try console.write(output.presentation(on: console).caseRuns(runs))
      return runs.allSatisfy(\.passes) ? .done : .someFailed
    }
  }
}
