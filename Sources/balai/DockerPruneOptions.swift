import ArgumentParser
import Foundation
import Inventory
import Policy

/// The flags of `docker system prune`, which stand for a policy of their own.
struct DockerPruneOptions: ParsableArguments {
  @Flag(
    name: .shortAndLong,
    help: "As 'docker system prune -a': all unused images and all build cache.")
  var all = false

  @Flag(help: "As 'docker system prune --volumes': anonymous volumes too.")
  var volumes = false

  @Option(
    help: ArgumentHelp(
      "As 'docker system prune --filter': until=24h, label=key[=value], label!=key[=value].",
      valueName: "filter"))
  var filter: [String] = []

  var areGiven: Bool { all || volumes || !filter.isEmpty }

  /// What these flags mean; where none is given, the policy that is named.
  func policy(instead named: PolicyOptions, at now: Timestamp) throws -> RetentionPolicy {
    guard areGiven else {
      return try PolicySource.loadToAct(by: named.policy ?? PolicySource.defaultName)
    }
    guard named.policy == nil else { throw Refusal.policyAndFlags }
    let prune = DockerPrune(all: all, volumes: volumes, filters: filter)
    return try prune.policy(at: now) { time in
      let date = Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
      return Int64(TimeZone.current.secondsFromGMT(for: date))
    }
  }
}
