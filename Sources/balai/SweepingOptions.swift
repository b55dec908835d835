import ArgumentParser

/// How long a command that changes something may take, and may wait.
struct SweepingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Begin nothing new after this time (30m, 2h), finish what is in flight, and exit with 6.",
      valueName: "duration"))
  var deadline: TimeSpan?

  @Option(
    help: ArgumentHelp(
      "Where another sweep of the engine is at work: wait for its end for up to this long (30s, 2h).",
      valueName: "duration"))
  var wait: TimeSpan?
}
