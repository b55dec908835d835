import ArgumentParser
import Policy
import Report
import ShippedPolicies

struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "List, show and check policies.",
    subcommands: [List.self, Show.self, Check.self, Schema.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ls", abstract: "List the shipped policies.")

    @OptionGroup var output: OutputOptions

    @Flag(name: .shortAndLong, help: "Print only the names.")
    var quiet = false

    func run() async throws {
      try await reporting(output) { console in
        let summaries = try ShippedPolicies.all.map { name, text in
          let policy = try RetentionPolicy(reading: text, from: name, named: name)
          return PolicySummary(name: name, description: policy.description, source: "shipped")
        }
        try console.write(
          output.presentation(on: console, idsOnly: quiet).policies(summaries))
        return .done
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Print a policy as it was written, with its comments.",
      discussion: "A good start for your own: balai policy show workstation > mine.yaml")

    @Argument(help: "The name of a shipped policy, or a file.")
    var policy: String

    @Flag(help: "Print what it amounts to instead: every key, with the defaults filled in.")
    var effective = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
      try await reporting(output) { console in
        let text =
          effective
          ? try PolicySource.load(policy).effectiveText : try PolicySource.text(of: policy)
        try console.write(output.presentation(on: console).policy(named: policy, text: text))
        return .done
      }
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Name every mistake in policy files, each with its line.",
      discussion: "Exits with 64 if there is one.")

    @Argument(help: "Files, or names of shipped policies.")
    var policies: [String]

    @OptionGroup var output: OutputOptions

    func run() async throws {
      try await reporting(output) { console in
        var checks: [PolicyCheck] = []
        for name in policies {
          do {
            _ = try PolicySource.load(name)
            checks.append(PolicyCheck(file: name, problems: []))
          } catch PolicyError.invalid(let file, let problems) {
            checks.append(PolicyCheck(file: name, problems: problems.map { "\(file):\($0)" }))
          } catch let refusal as Refusal {
            checks.append(PolicyCheck(file: name, problems: ["\(refusal)"]))
          }
        }
        try console.write(output.presentation(on: console).policyChecks(checks))
        return checks.allSatisfy(\.problems.isEmpty) ? .done : .usage
      }
    }
  }
}
