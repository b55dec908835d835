import ArgumentParser
import Inventory
import Plan
import Report

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say why one object is kept or removed, what it frees, and what pins its layers.",
    discussion: """
      OBJECT is a name, a reference, an id or its beginning; put the kind before it where several fit: \
      container:web, image:web, volume:web, network:web, build-cache:…

      Examples:
        balai explain web
        balai explain -p workstation nginx:1
        balai explain volume:data
      """)

  @Argument(help: "What to explain.")
  var object: String

  @OptionGroup var engine: EngineOptions
  @OptionGroup var policy: PolicyOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    try await reporting(output) { console in
      let policy = try PolicySource.load(self.policy.policy ?? PolicySource.defaultName)
      var session = try await Session.open(engine, telling: console)
      try await session.askBuildCache(needed: object.hasPrefix("build-cache:"))
      let found = session.snapshot.objects(meantBy: object)
      guard let wanted = found.first else { throw Refusal.noSuchObject(object) }
      guard found.count == 1 else {
        throw Refusal.severalObjects(
          object, found.map { "\($0.kind):\(session.snapshot.name(of: $0))" })
      }
      let explanation = try await session.explain(wanted, under: policy, at: .now)
      guard let explanation else { throw Refusal.noSuchObject(object) }
      try console.write(output.presentation(on: console).explanation(explanation))
      return .done
    }
  }
}

extension Snapshot {
  /// What tells an object from others in a message.
  fileprivate func name(of object: ObjectID) -> String {
    let title = title(of: object)
    let short = String(object.id.drop { $0 != ":" }.dropFirst().prefix(12))
    return title.isEmpty ? (short.isEmpty ? String(object.id.prefix(12)) : short) : title
  }
}
