package import Inventory

/// What shall be kept, stopped and removed on a host, as one YAML file says it.
///
/// Reading is strict: whatever this version does not know is an error, since a misspelt `keep` would
/// otherwise remove things. Judging is pure: the same snapshot and time give the same verdicts. Any
/// keep rule beats every remove rule and what no rule matches is kept, so the order of rules never
/// decides anything; it only decides which of several matching rules a reason names.
package struct RetentionPolicy: Hashable, Sendable {
  package let name: String
  /// The file it was read from, or its name where it is shipped.
  package let file: String
  package let description: String?
  /// SHA-256 of the text, in hex digits.
  package let digest: String
  /// Nothing younger is touched; zero turns this off.
  package internal(set) var grace: Duration
  /// Seconds that a container gets to stop; nil leaves it to the container's own setting.
  package let stopTimeout: Int?
  var rules: Rules
  /// Whether whoever gave it as Docker's flags said `-a`: removing every image is meant then too.
  var meansEveryImage = false
  /// Whether steps of the classic builder go with the last image built from them whatever rules say of
  /// them: an engine's own prune looks at no filter there.
  var takesBuildSteps = false
  /// When it acts, and how much goes then; nil: always, and all that its rules select.
  package let space: SpaceBudget?
  /// Nil: a plan may do any amount.
  package let limits: PolicyLimits?
  /// What is saved before it goes; nil: nothing.
  package internal(set) var archive: ArchiveRule?
  /// Nil: it may be used on any engine.
  package let engine: EngineGuard?

  /// Reads a policy's YAML, and throws all of its problems at once.
  package init(reading text: String, from file: String, named name: String) throws(PolicyError) {
    var reader = PolicyReader(file: file)
    let content = try reader.read(text)
    self.name = name
    self.file = file
    description = content.description
    digest = SHA256.hex(text)
    grace = content.grace
    stopTimeout = content.stopTimeout
    rules = content.rules
    space = content.space
    limits = content.limits
    archive = content.archive
    engine = content.engine
  }

  /// Judges every object of a snapshot.
  ///
  /// `runningIn` is the container that Balai itself runs in, by its id or the first 12 digits of it.
  package func verdicts(
    on snapshot: Snapshot, at now: Timestamp, runningIn own: ContainerID?
  ) -> Verdicts {
    let containers = ContainerJudge(policy: self, now: now, own: own).judge(snapshot)
    let images = ImageJudge(
      policy: self, now: now, own: own, snapshot: snapshot, containers: containers
    ).judge()
    let leftovers = LeftoverJudge(
      policy: self, now: now, snapshot: snapshot, containers: containers)
    return Verdicts(
      containers: containers, images: images, volumes: leftovers.judgeVolumes(),
      networks: leftovers.judgeNetworks(), buildCache: leftovers.judgeBuildCache())
  }

  /// Whether some rule removes images by `all: true` alone, so that removing every image is meant.
  package var removesAllImages: Bool {
    meansEveryImage || rules.images.remove.contains(where: \.selectsAll)
  }

  /// Whether some rule can remove volumes: only then their sizes matter to a plan.
  package var removesVolumes: Bool { !rules.volumes.remove.isEmpty }

  /// Whether some rule can remove networks.
  package var removesNetworks: Bool { !rules.networks.remove.isEmpty }

  /// Whether some rule can remove build-cache records: only then they need to be asked for.
  package var removesBuildCache: Bool { !rules.buildCache.remove.isEmpty }
}
