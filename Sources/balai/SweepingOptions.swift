import ArgumentParser

/// How long a command that changes something may take.
struct SweepingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Begin nothing new after this time (30m, 2h), finish what is in flight, and exit with 6.",
      valueName: "duration"))
  var deadline: TimeSpan?
}
