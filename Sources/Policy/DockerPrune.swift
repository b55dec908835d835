package import Inventory

/// `docker system prune` with its flags, as a policy.
///
/// What the flags mean follows Docker's client 28 and its engine's prune functions: stopped containers,
/// unused networks, dangling images and unused build cache; `-a` takes all unused images and all build
/// cache, `--volumes` anonymous volumes. There is no grace.
package struct DockerPrune: Hashable, Sendable {
  /// What such a policy is called.
  package static let policyName = "docker system prune"

  /// `-a`
  package var all: Bool
  /// `--volumes`
  package var volumes: Bool
  /// `--filter`, each as it was typed: `until=24h`, `label!=keep`.
  package var filters: [String]

  package init(all: Bool, volumes: Bool, filters: [String]) {
    self.all = all
    self.volumes = volumes
    self.filters = filters
  }

  /// The policy; it is read from YAML as every other, so that nothing is judged otherwise.
  ///
  /// - Parameters:
  ///   - now: what durations in `until` count back from.
  ///   - localOffset: seconds east of UTC at a time, for dates that name no zone.
  package func policy(
    at now: Timestamp, localOffset: (Timestamp) -> Int64
  ) throws(PolicyError) -> RetentionPolicy {
    let read = try PruneFilters(filters, at: now, localOffset: localOffset)
    if volumes, read.until != nil {
      throw .unusableFilter("until", reason: "does not go with --volumes, as with docker")
    }
    var policy = try RetentionPolicy(
      reading: text(with: read, at: now), from: Self.policyName, named: Self.policyName)
    policy.meansEveryImage = all
    policy.takesBuildSteps = true
    return policy
  }

  private func text(with filters: PruneFilters, at now: Timestamp) -> String {
    let labels = filters.labelKey
    let created = filters.until.map { ["created-before: \($0.text)"] } ?? []
    let unused = filters.until.map { ["unused-for: \(Age.text(max(.zero, now - $0.time)))"] } ?? []
    // What an engine keeps for images and for itself goes with -a only (`prune` in BuildKit's cache).
    let cache =
      all
      ? ["all: true"]
      : ["type: [regular, source.local, source.git.checkout, exec.cachemount]", "shared: false"]
    var removed = [
      ("containers", ["status: [created, exited, dead]"] + labels + created),
      ("images", [all ? "all: true" : "dangling: true"] + labels + created),
      ("networks", ["all: true"] + labels + created),
      // Build cache has no labels, and the engine's prune of it does not look at that filter.
      ("build-cache", cache + unused),
    ]
    if volumes { removed.append(("volumes", ["anonymous: true"] + labels)) }
    var lines = [
      "version: 1", "description: \(YAMLScalar.text(description))", "grace: 0s", "keep:",
    ]
    lines += filters.keepLines
    lines.append("remove:")
    for (kind, keys) in removed {
      lines += ["  \(kind):", "    - { \(keys.joined(separator: ", ")) }"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var description: String {
    ([Self.policyName] + (all ? ["-a"] : []) + (volumes ? ["--volumes"] : [])
      + filters.map { "--filter \($0)" }).joined(separator: " ")
  }
}
