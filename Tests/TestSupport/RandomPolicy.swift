/// Policies that a seed repeats, as lists of rules, so that tests can shuffle and add to them.
package struct RandomPolicy: Sendable {
  /// `grace: 1h`.
  package var grace: String
  /// Rules in flow style (`{label: ci=true}`), by the list they stand in.
  package var keepContainers: [String] = []
  package var keepImages: [String] = []
  package var stopContainers: [String] = []
  package var removeContainers: [String] = []
  package var removeImages: [String] = []
  package var keepVolumes: [String] = []
  package var removeVolumes: [String] = []
  package var keepNetworks: [String] = []
  package var removeNetworks: [String] = []
  package var keepBuildCache: [String] = []
  package var removeBuildCache: [String] = []

  package init(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    grace = random.pick(["0s", "0s", "30m", "1h", "2d"])
    if random.chance(oneIn: 2) { keepContainers = Self.containerRules(&random, Self.since) }
    if random.chance(oneIn: 2) { keepImages = Self.imageRules(&random, extra: Self.newest) }
    if random.chance(oneIn: 2) { stopContainers = Self.containerRules(&random, Self.running) }
    if !random.chance(oneIn: 4) { removeContainers = Self.containerRules(&random, Self.stopped) }
    removeImages = Self.imageRules(&random, extra: [])
    if random.chance(oneIn: 3) { removeImages.append("{all: true}") }
    if random.chance(oneIn: 3) { removeContainers.append("{all: true}") }
    addLeftoverRules(&random)
  }

  private mutating func addLeftoverRules(_ random: inout SeededGenerator) {
    if random.chance(oneIn: 3) { keepVolumes = Self.volumeRules(&random) }
    if !random.chance(oneIn: 4) { removeVolumes = Self.volumeRules(&random) }
    if random.chance(oneIn: 3) { removeVolumes.append("{name: \"*\"}") }
    if random.chance(oneIn: 3) { keepNetworks = Self.networkRules(&random) }
    if !random.chance(oneIn: 4) { removeNetworks = Self.networkRules(&random) }
    if random.chance(oneIn: 3) { removeNetworks.append("{all: true}") }
    if random.chance(oneIn: 3) { keepBuildCache = Self.buildCacheRules(&random) }
    if !random.chance(oneIn: 4) { removeBuildCache = Self.buildCacheRules(&random) }
    if random.chance(oneIn: 3) { removeBuildCache.append("{all: true}") }
  }

  /// The policy as YAML.
  package var text: String {
    let lists: [(verb: String, lists: [(String, [String])])] = [
      (
        "keep",
        [
          ("containers", keepContainers), ("images", keepImages), ("volumes", keepVolumes),
          ("networks", keepNetworks), ("build-cache", keepBuildCache),
        ]
      ),
      ("stop", [("containers", stopContainers)]),
      (
        "remove",
        [
          ("containers", removeContainers), ("images", removeImages), ("volumes", removeVolumes),
          ("networks", removeNetworks), ("build-cache", removeBuildCache),
        ]
      ),
    ]
    var lines = ["version: 1", "grace: \(grace)"]
    for (verb, lists) in lists {
      let filled = lists.filter { !$0.1.isEmpty }
      if !filled.isEmpty { lines.append("\(verb):") }
      for (kind, rules) in filled {
        lines.append("  \(kind):")
        lines += rules.map { "    - \($0)" }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The same rules in another order.
  package func shuffled(seed: UInt64) -> RandomPolicy {
    var random = SeededGenerator(seed: seed)
    var copy = self
    copy.keepContainers.shuffle(using: &random)
    copy.keepImages.shuffle(using: &random)
    copy.stopContainers.shuffle(using: &random)
    copy.removeContainers.shuffle(using: &random)
    copy.removeImages.shuffle(using: &random)
    copy.keepVolumes.shuffle(using: &random)
    copy.removeVolumes.shuffle(using: &random)
    copy.keepNetworks.shuffle(using: &random)
    copy.removeNetworks.shuffle(using: &random)
    copy.keepBuildCache.shuffle(using: &random)
    copy.removeBuildCache.shuffle(using: &random)
    return copy
  }

  /// One more rule for images to keep.
  package static func keepImageRule(seed: UInt64) -> String {
    var random = SeededGenerator(seed: seed)
    return imageRules(&random, extra: newest)[0]
  }

  /// One more rule for containers to keep.
  package static func keepContainerRule(seed: UInt64) -> String {
    var random = SeededGenerator(seed: seed)
    return containerRules(&random, since)[0]
  }

  /// One more rule each for volumes, networks and build-cache records to keep.
  package mutating func keepMoreLeftovers(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    keepVolumes.append(Self.volumeRules(&random)[0])
    keepNetworks.append(Self.networkRules(&random)[0])
    keepBuildCache.append(Self.buildCacheRules(&random)[0])
  }

  private static let newest = [
    "newest: 1", "newest: 2", "newest: 1, newest-by: version", "newest: 2, newest-by: last-tag",
  ]
  private static let since = [
    "stopped-for: 1d", "running-for: 10d", "status: [exited, paused]", "exit-code: [137, 1-2]",
  ]
  private static let running = [
    "running-for: 1d", "status: running", "status: [paused, restarting]",
  ]
  private static let stopped = [
    "stopped-for: 1d", "status: [exited, dead]", "status: created", "exit-code: 0",
    "exit-code: [0, 1-255]",
  ]
  private static let labels = ["label: ci=true", "label: [team, ci]", "label: team!=red"]

  private static func containerRules(
    _ random: inout SeededGenerator, _ keys: [String]
  ) -> [String] {
    rules(
      &random,
      [
        keys, labels,
        ["name: \"job-*\"", "name: [web-1*, db-?]", "name: \"/^(web|db)-[0-9]{2}$/\""],
        ["created-before: 20d"], ["ancestor: app", "ancestor: [\"team/*\", \"/base/\"]"],
        ["compose-project: shop", "compose-project: [\"/^sho/\", \"b*\"]"],
      ])
  }

  private static func imageRules(_ random: inout SeededGenerator, extra: [String]) -> [String] {
    let references = [
      "reference: app", "reference: \"*\"", "reference: [team/*, \"registry.example.com/*/*\"]",
      "reference: \"*:1*\"", "reference: \"*@*\"", "reference: \"/:v?1[.]/\"",
    ]
    let kinds = [
      "intermediate: true", "intermediate: false", "local-only: true", "local-only: false",
      "larger-than: 40MB", "larger-than: 1.5KiB",
    ]
    let ages = ["unused-for: 14d", "unused-for: 1h", "created-before: 100d", "dangling: true"]
    return rules(&random, [references, labels, ages, kinds, extra + ["dangling: false"]])
  }

  private static func volumeRules(_ random: inout SeededGenerator) -> [String] {
    rules(
      &random,
      [
        ["name: \"data-*\"", "name: [cache-1*, \"*\"]", "name: \"/^[a-z]+-\\\\d$/\""], labels, ages,
        drivers,
        ["anonymous: true"],
      ])
  }

  private static func networkRules(_ random: inout SeededGenerator) -> [String] {
    rules(&random, [["name: \"net-*\"", "name: [net-1, shop_?]"], labels, ages, drivers])
  }

  private static func buildCacheRules(_ random: inout SeededGenerator) -> [String] {
    rules(
      &random,
      [
        ["type: regular", "type: [source.local, exec.cachemount, internal]"],
        ["shared: true", "shared: false"], ages,
      ])
  }

  private static let ages = ["unused-for: 14d", "unused-for: 1h", "unused-for: 40d"]
  private static let drivers = ["driver: local", "driver: [bridge, \"over*\", local]"]

  /// One to three rules of one or two keys each.
  private static func rules(_ random: inout SeededGenerator, _ keys: [[String]]) -> [String] {
    (0..<Int.random(in: 1...3, using: &random)).map { _ in
      let groups = keys.shuffled(using: &random).prefix(random.chance(oneIn: 3) ? 2 : 1)
      var chosen: [String] = []
      for group in groups {
        let key = random.pick(group)
        let name = key.prefix { $0 != ":" }
        if !chosen.contains(where: { $0.hasPrefix(name) }) { chosen.append(key) }
      }
      return "{" + chosen.joined(separator: ", ") + "}"
    }
  }
}
