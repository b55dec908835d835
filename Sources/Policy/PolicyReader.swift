import Inventory
import Yams

/// Walks through a policy's YAML and collects what is wrong with it.
struct PolicyReader {
  /// What a policy's text says.
  struct Content {
    var description: String?
    var grace: Duration = .seconds(3_600)
    var stopTimeout: Int?
    var rules = Rules()
    var space: SpaceBudget?
    var limits: PolicyLimits?
    var engine: EngineGuard?
    var archive: ArchiveRule?
  }

  /// After so many problems nobody reads on.
  static let mostProblems = 50
  static let keys = [
    "version", "description", "grace", "stop-timeout", "keep", "stop", "remove", "space",
    "limits", "archive", "engine",
  ]

  let file: String
  private(set) var problems: [PolicyProblem] = []

  init(file: String) { self.file = file }

  mutating func read(_ text: String) throws(PolicyError) -> Content {
    let root: Node
    do {
      root = try YAMLText.compose(text)
    } catch {
      throw .invalid(file: file, problems: [error])
    }
    let content = readRoot(root)
    guard problems.isEmpty else {
      throw .invalid(file: file, problems: problems.sorted { $0.line < $1.line })
    }
    return content
  }

  private mutating func readRoot(_ root: Node) -> Content {
    var content = Content()
    guard let mapping = root.mapping else {
      report(
        root.isNothing ? "is empty" : "is not a policy: it must be a mapping of keys", root, "")
      return content
    }
    for (keyNode, value) in mapping {
      let key = name(of: keyNode)
      switch key {
      case "version": readVersion(value)
      case "description": content.description = self.text(of: value, key)
      case "grace": content.grace = duration(of: value, key) ?? content.grace
      case "stop-timeout":
        content.stopTimeout = duration(of: value, key).map { Int($0.components.seconds) }
      case "keep": readSection(value, .keep, into: &content.rules)
      case "stop": readSection(value, .stop, into: &content.rules)
      case "remove": readSection(value, .remove, into: &content.rules)
      case "space": content.space = readSpace(value)
      case "limits": content.limits = readLimits(value)
      case "archive": content.archive = readArchive(value)
      case "engine": content.engine = readEngine(value)
      default: reportUnknown(key, of: Self.keys, keyNode, "")
      }
    }
    if mapping["version"] == nil {
      report("is missing; this balai reads version 1", root, "version")
    }
    if problems.isEmpty, content.rules.areIdle {
      report("has no stop rule and no remove rule: it could do nothing", root, "")
    }
    return content
  }

  private mutating func readVersion(_ node: Node) {
    guard let text = text(of: node, "version"), text != "1" else { return }
    report("\(text.inQuotes) is not known; this balai reads version 1", node, "version")
  }

  private mutating func readSection(
    _ node: Node, _ verb: RulePlace.Verb, into rules: inout Rules
  ) {
    let kinds = RulePlace.kinds(for: verb)
    let words = kinds.map(\.rawValue)
    guard let mapping = node.mapping, !mapping.isEmpty else {
      report("must be a mapping with \(words.joined(last: "or"))", node, verb.rawValue)
      return
    }
    for (keyNode, value) in mapping {
      let key = name(of: keyNode)
      guard let kind = kinds.first(where: { $0.rawValue == key }) else {
        reportUnknown(key, of: words, keyNode, verb.rawValue)
        continue
      }
      let place = RulePlace(verb: verb, kind: kind)
      switch kind {
      case .containers: readRules(of: value, at: place, into: &rules.containers)
      case .images: readRules(of: value, at: place, into: &rules.images)
      case .volumes: readRules(of: value, at: place, into: &rules.volumes)
      case .networks: readRules(of: value, at: place, into: &rules.networks)
      case .buildCache: readRules(of: value, at: place, into: &rules.buildCache)
      }
    }
  }

  private mutating func readRules<Condition>(
    of node: Node, at place: RulePlace, into lists: inout RuleLists<Condition>
  ) {
    lists[place.verb] = rawRules(of: node, at: place).map { Rule($0, at: place, &self) }
  }

  mutating func report(_ message: String, _ node: Node, _ path: String) {
    report(ValueError(message), line: node.mark?.line ?? 1, path)
  }

  mutating func report(_ error: ValueError, line: Int, _ path: String) {
    guard problems.count < Self.mostProblems else { return }
    problems.append(
      PolicyProblem(
        line: line, keyPath: path, message: error.message, suggestion: error.suggestion))
  }

  mutating func reportUnknown(
    _ key: String, of known: [String], _ node: Node, _ path: String
  ) {
    report(ValueError(unknown: "key", key, known: known), line: node.mark?.line ?? 1, path)
  }

  private mutating func duration(of node: Node, _ path: String) -> Duration? {
    guard let text = text(of: node, path) else { return nil }
    do {
      return try Age.read(text)
    } catch {
      report(error, line: node.mark?.line ?? 1, path)
      return nil
    }
  }
}
