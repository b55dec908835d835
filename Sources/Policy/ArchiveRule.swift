import Yams

/// What is saved before a plan takes it away, and where: a policy's key `archive`.
package struct ArchiveRule: Hashable, Sendable {
  /// Which of the images that go are saved first.
  package enum Images: String, CaseIterable, Hashable, Sendable {
    case none
    /// Those that nothing is known to bring back.
    case localOnly = "local-only"
    case all
  }

  package internal(set) var images = Images.localOnly
  /// Whether what containers wrote outside of their volumes is saved before they go.
  package internal(set) var savesWritableLayers = false
  /// Whether what is in volumes is saved before they go.
  package internal(set) var savesVolumes = false
  /// Absolute; nil: `archive` in the state directory.
  package internal(set) var directory: String?
  /// How long copies are kept.
  package internal(set) var keepFor: Duration = .seconds(30 * 86_400)
  /// Bytes of all copies in the directory; nil: as many as fit.
  package internal(set) var maxSize: Int64?
  /// The lines of its keys in the file.
  var lines = KeyLines()

  /// Where the keys stand; two rules that say the same are equal wherever they say it.
  struct KeyLines: Hashable, Sendable {
    var byKey: [String: Int] = [:]

    static func == (_: Self, _: Self) -> Bool { true }
    func hash(into _: inout Hasher) {}
  }

  /// All that a policy can ask for.
  package static let everything: ArchiveRule = {
    var rule = ArchiveRule()
    rule.images = .all
    rule.savesWritableLayers = true
    rule.savesVolumes = true
    return rule
  }()
}

extension ArchiveRule {
  /// What it says, by its key and as a policy says it; defaults too, where they are values.
  package var texts: [(key: String, text: String)] {
    let all: [(key: String, text: String?)] = [
      ("images", images.rawValue), ("writable-layers", "\(savesWritableLayers)"),
      ("volumes", "\(savesVolumes)"), ("directory", directory.map { YAMLScalar.text($0) }),
      ("keep-for", Age.text(keepFor)), ("max-size", maxSize.map(ByteSize.text)),
    ]
    return all.compactMap { key, text in text.map { (key, $0) } }
  }
}

extension PolicyReader {
  private static let archiveKeys = [
    "images", "writable-layers", "volumes", "directory", "keep-for", "max-size",
  ]

  /// What is to be saved, as far as it can be read.
  mutating func readArchive(_ node: Node) -> ArchiveRule? {
    guard let mapping = node.mapping, !mapping.isEmpty else {
      report("must be a mapping of keys, such as 'images: local-only'", node, "archive")
      return nil
    }
    var rule = ArchiveRule()
    let before = problems.count
    for (keyNode, value) in mapping {
      let key = name(of: keyNode)
      let path = "archive.\(key)"
      rule.lines.byKey[key] = keyNode.mark?.line
      switch key {
      case "images": rule.images = read(value, path, Self.archivedImages) ?? rule.images
      case "writable-layers":
        rule.savesWritableLayers = read(value, path, Self.yesOrNo) ?? rule.savesWritableLayers
      case "volumes": rule.savesVolumes = read(value, path, Self.yesOrNo) ?? rule.savesVolumes
      case "directory": rule.directory = read(value, path, Self.directory)
      case "keep-for": rule.keepFor = read(value, path, Age.read) ?? rule.keepFor
      case "max-size": rule.maxSize = read(value, path, ByteSize.read)
      default: reportUnknown(key, of: Self.archiveKeys, keyNode, "archive")
      }
    }
    let savesNothing =
      rule.images == .none && !rule.savesWritableLayers && !rule.savesVolumes
    if problems.count == before, savesNothing {
      report("saves nothing: it must save images, writable-layers or volumes", node, "archive")
    }
    return rule
  }

  private static func archivedImages(_ text: String) throws(ValueError) -> ArchiveRule.Images {
    guard let images = ArchiveRule.Images(rawValue: text) else {
      let known = ArchiveRule.Images.allCases.map(\.rawValue)
      throw ValueError(unknown: "kind of image", text, known: known)
    }
    return images
  }

  private static func yesOrNo(_ text: String) throws(ValueError) -> Bool {
    switch text {
    case "true": true
    case "false": false
    default: throw ValueError("\(text.inQuotes) must be true or false")
    }
  }

  /// A relative path would mean another place with every caller's own directory.
  private static func directory(_ text: String) throws(ValueError) -> String {
    guard text.hasPrefix("/") else {
      throw ValueError(
        "\(text.inQuotes) must be an absolute path, such as /var/backups/balai",
        suggestion: text.isEmpty ? nil : "/" + text)
    }
    guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
      throw ValueError("must be a path without control characters")
    }
    return text
  }
}

extension RetentionPolicy {
  /// What its archive is to save although no rule takes it away.
  var archiveFindings: [PolicyFinding] {
    guard let archive else { return [] }
    let idle = [
      (
        "writable-layers", archive.savesWritableLayers && rules.containers.remove.isEmpty,
        "containers"
      ),
      ("volumes", archive.savesVolumes && rules.volumes.remove.isEmpty, "volumes"),
    ]
    return idle.filter(\.1).map { key, _, kind in
      PolicyFinding(
        kind: .neverMatches,
        rule: RuleReference(
          file: file, line: archive.lines.byKey[key] ?? 1, keyPath: "archive.\(key)",
          text: "\(key): true"),
        message: "can never save anything: no rule removes \(kind)",
        suggestion: "add such a rule, or take this key away")
    }
  }
}
