import Foundation
import TestSupport
import Testing

/// Every command that README and docs show is run as it stands there.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct GuideTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The indented command lines of a guide, without comments.
  static func commands(in guide: String) throws -> [String] {
    let text = try String(contentsOf: root.appendingPathComponent(guide), encoding: .utf8)
    return text.split(separator: "\n").compactMap { line -> String? in
      guard line.hasPrefix("    "), let start = line.firstRange(of: "balai "),
        !line.trimmingCharacters(in: .whitespaces).hasPrefix("sudo make")
      else { return nil }
      let before = line[..<start.lowerBound].trimmingCharacters(in: .whitespaces)
      // A command of its own, or the end of a crontab line.
      guard before.isEmpty || before.hasSuffix("/bin/") else { return nil }
      return line[start.lowerBound...].components(separatedBy: " # ")[0]
        .trimmingCharacters(in: .whitespaces)
    }
  }

  @Test(arguments: ["README.md", "docs/scripting.md", "docs/policy-reference.md"])
  func everyCommandShownDoesWhatItSays(guide: String) async throws {
    let commands = try Self.commands(in: guide)
    #expect(guide != "README.md" || commands.count >= 8, "\(commands)")
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      try await store.image("app:1", from: "base:1", [.file("/a", size: 10)])
      try await store.container(.exited, of: "app:1")
      let directory = engine.directory + "/guide"
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: directory + "/balai", withDestinationPath: BalaiCommand.binary.path)
      for command in commands {
        let run = try await ProcessRun.of(
          "/bin/sh", ["-c", "cd '\(directory)' && \(command)"],
          environment: [
            "PATH": directory + ":/usr/bin:/bin", "DOCKER_HOST": engine.host,
            "BALAI_STATE_DIR": engine.directory + "/state",
          ])
        // Nobody is there to answer a question.
        let asks =
          command.hasPrefix("balai prune") && !command.contains(" -f")
          && !command.contains(" -n") && !command.contains("--dry-run")
        #expect(run.status == (asks ? 4 : 0), "\(command): \(run.output)\(run.errors)")
      }
    }
  }

  @Test func guideToUndoDoesWhatItSays() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      try await store.container(.exited, of: "base:1", named: "web")
      let policy = engine.directory + "/policy.yaml"
      let directory = engine.directory + "/backups"
      let archive = try Self.section("archive", in: "docs/undo.md")
        .replacing("/var/backups/balai", with: directory)
      try """
      version: 1
      grace: 0s
      remove: {containers: [{all: true}], images: [{all: true}], volumes: [{name: data}]}
      \(archive)
      """.write(toFile: policy, atomically: true, encoding: .utf8)
      let checked = try await balai("policy", "check", policy)
      #expect(checked.status == 0, "\(checked.errors)")
      let swept = try await balai("prune", "-f", "-p", policy, "--require-restorable")
      #expect(swept.status == 0, "\(swept.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count > 0)

      let commands = try Self.commands(in: "docs/undo.md")
      #expect(commands.count >= 4, "\(commands)")
      for command in commands {
        let words = command.replacing(" 7", with: " 1").split(separator: " ").map(String.init)
        let asks = words[1] == "undo" && !words.contains("-n")
        let run = try await BalaiCommand.run(
          words.dropFirst() + (asks ? ["-f"] : []),
          environment: ["DOCKER_HOST": engine.host, "BALAI_STATE_DIR": balai.stateDirectory])
        #expect(run.status == 0, "\(command): \(run.output)\(run.errors)")
      }
      #expect(try await engine.docker("ps", "-aq", "--filter", "name=web").isEmpty == false)
    }
  }

  /// An indented block of YAML in a guide, by its first key.
  private static func section(_ key: String, in guide: String) throws -> String {
    let text = try String(contentsOf: root.appendingPathComponent(guide), encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { $0 != "    \(key):" }.prefix { $0.hasPrefix("    ") }
    try #require(lines.count > 1, "no \(key) in \(guide)")
    return lines.map { $0.dropFirst(4) }.joined(separator: "\n")
  }

  /// cron looks for commands in /usr/bin and /bin only.
  @Test func crontabLinesNameWhereBalaiIsInstalled() throws {
    let readme = try String(
      contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
    let lines = readme.split(separator: "\n").filter { $0.firstMatch(of: /^ +\d+ \d+ \*/) != nil }
    #expect(lines.count == 2)
    for line in lines { #expect(line.contains("  /usr/local/bin/balai "), "\(line)") }
    #expect(try Self.commands(in: "README.md").count { $0 == "balai prune -f -p workstation" } == 2)
  }

  @Test func commandsOfTheHelpAreThoseOfTheReadme() async throws {
    let help = try await BalaiCommand.run(["--help"]).output
    let readme = try String(
      contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
    let names =
      help.components(separatedBy: "SUBCOMMANDS:").last?.split(separator: "\n")
      .compactMap { line in
        line.hasPrefix("  ") && !line.hasPrefix("   ") ? line.split(separator: " ").first : nil
      }.filter { $0 != "See" && $0 != "help" } ?? []
    #expect(names.count >= 8)
    for name in names { #expect(readme.contains("`balai \(name)"), "\(name)") }
  }

  @Test func answerAtATerminalDecides() async throws {
    try await RealEngine.with { engine in
      let balai = BalaiCommand(engine: engine)
      try await StoreBuilder(filling: engine).base("base:1")
      let command =
        "'\(BalaiCommand.binary.path)' prune -p stop-rm-rmi -H \(engine.host) "
        + "--state-dir '\(balai.stateDirectory)'"
      for (answer, isRemoved) in [("n", false), ("", false), ("y", true)] {
        // `script` gives the command a terminal of its own.
        let run = try await ProcessRun.of(
          "/bin/sh", ["-c", "echo \(answer) | script -qec \"\(command)\" /dev/null"])
        #expect(run.status == 0)
        #expect(run.output.contains("[y/N]"))
        #expect(try await engine.everything().isEmpty == isRemoved, "answer '\(answer)'")
      }
    }
  }
}
