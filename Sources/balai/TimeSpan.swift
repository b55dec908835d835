import ArgumentParser
import Policy

/// A duration on the command line, written as in a policy: `30s`, `1d12h`.
struct TimeSpan: ExpressibleByArgument {
  let time: Duration

  init?(argument: String) {
    guard let time = Duration(policyText: argument) else { return nil }
    self.time = time
  }
}
