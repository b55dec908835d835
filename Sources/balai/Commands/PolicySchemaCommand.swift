import ArgumentParser
import Policy

extension PolicyCommand {
  struct Schema: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schema", abstract: "Print the JSON Schema of policies, for editors.",
      discussion: """
        balai policy schema > policy.schema.json, and as the first line of a policy:
        # yaml-language-server: $schema=policy.schema.json
        """)

    @OptionGroup var output: OutputOptions

    func run() async throws {
      try await reporting(output) { console in
        try console.write(PolicySchema.text)
        return .done
      }
    }
  }
}
