import ArgumentParser
import Policy
import Report
import ShippedPolicies

struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "List, show, check, compare and test policies.",
    subcommands: [
      List.self, Show.self, Check.self, PolicyDiffCommand.self, PolicyTestCommand.self, Schema.self,
    ])

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
      commandName: "show",
      abstract: "Print what a policy amounts to: every rule in a line, the defaults filled in.",
      discussion: """
        With --source as it was written, with its comments. A good start for your own:
          balai policy show --source workstation > mine.yaml
        """)

    @Argument(help: "The name of a shipped policy, or a file.")
    var policy: String

    @Flag(help: "Print it as it was written, with its comments.")
    var source = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
      try await reporting(output) { console in
        let text =
          source
          ? try PolicySource.text(of: policy) : try PolicySource.load(policy).effectiveText
        try console.write(output.presentation(on: console).policy(named: policy, text: text))
        return .done
      }
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Name every mistake in policy files, and every rule without effect, with its line.",
      discussion: """
        An error keeps a policy from being used. A warning names a rule that no object can match, or \
        that a keep rule leaves nothing; a note, a rule that stands twice. Exits with 64 if there is \
        any of them.
        """)

    @Argument(help: "Files, or names of shipped policies.")
    var policies: [String]

    @OptionGroup var output: OutputOptions

    func run() async throws {
      try await reporting(output) { console in
        var checks: [PolicyCheck] = []
        for name in policies {
          do {
            let policy = try PolicySource.load(name)
            checks.append(PolicyCheck(file: name, problems: [], findings: policy.findings))
          } catch PolicyError.invalid(let file, let problems) {
            checks.append(PolicyCheck(file: name, problems: problems.map { "\(file):\($0)" }))
          } catch let refusal as Refusal {
            checks.append(PolicyCheck(file: name, problems: ["\(refusal)"]))
          }
        }
        try console.write(output.presentation(on: console).policyChecks(checks))
        return checks.allSatisfy(\.isGood) ? .done : .usage
      }
    }
  }
}
