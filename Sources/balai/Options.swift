import ArgumentParser
import Foundation
import Index
import Report

/// Where Balai keeps its state.
struct StateOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Directory of the index, instead of /var/lib/balai or $XDG_STATE_HOME/balai.",
      valueName: "dir"))
  var stateDir: String?

  var indexPath: String {
    HostIndex.defaultPath(
      environment: ProcessInfo.processInfo.environment, isRoot: geteuid() == 0,
      stateDirectory: stateDir)
  }

  var directory: String { URL(fileURLWithPath: indexPath).deletingLastPathComponent().path }
}

/// Which engine, as `docker` understands it.
struct EngineOptions: ParsableArguments {
  @Option(
    name: [.customShort("H"), .long],
    help: ArgumentHelp(
      "The engine's socket, unix:///path (default: $DOCKER_HOST).", valueName: "url"))
  var host: String?

  @Option(name: .shortAndLong, help: "The Docker context (default: $DOCKER_CONTEXT).")
  var context: String?

  @OptionGroup var state: StateOptions

  @Flag(
    help: """
      Remember nothing and read nothing of before: ages by use count from now, and a sweep leaves no \
      journal.
      """)
  var noIndex = false
}

/// How results look.
struct OutputOptions: ParsableArguments {
  @Option(help: "'table', or 'json': one document on standard output.")
  var format: Presentation.Format = .table

  @Flag(help: "Do not cut ids, command lines and long lines.")
  var noTrunc = false
}

/// Which policy.
struct PolicyOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help:
      "The policy: the name of a shipped one (balai policy ls), or a file, '-' for stdin (default: default)."
  )
  var policy: String?
}

extension Presentation.Format: ExpressibleByArgument {}
