import Inventory

/// What a key asks of a volume, a network or a build-cache record.
enum LeftoverCondition: RuleCondition {
  case all
  case anonymous(Bool)
  case name([NamePattern])
  case label([LabelPattern])
  case driver([NamePattern])
  case type([String])
  case shared(Bool)
  case createdBefore(CreationLimit)
  case unusedFor(Duration)

  /// BuildKit's words for its records (`client/diskusage.go`).
  static let types = [
    "regular", "source.local", "source.git.checkout", "exec.cachemount", "frontend", "internal",
  ]

  init?(_ entry: RawEntry, at place: RulePlace, _ reader: inout PolicyReader) {
    let condition: Self? =
      switch entry.key {
      case .anonymous: reader.flag(entry).map(Self.anonymous)
      case .name: .name(reader.values(of: entry, NamePattern.init))
      case .label: .label(reader.values(of: entry, LabelPattern.init))
      case .driver: .driver(reader.values(of: entry, NamePattern.init))
      case .type: .type(reader.values(of: entry, Self.type))
      case .shared: reader.flag(entry).map(Self.shared)
      case .createdBefore: reader.value(of: entry, CreationLimit.init).map(Self.createdBefore)
      case .unusedFor: reader.value(of: entry, Age.read).map(Self.unusedFor)
      default: reader.requireTrue(entry) ? .all : nil
      }
    guard let condition else { return nil }
    self = condition
  }

  /// Named volumes hold what somebody wants to find again: only a rule that names them takes them.
  static func unwritten(
    in raw: RawRule, at place: RulePlace, _ reader: inout PolicyReader
  ) -> LeftoverRule.Clause? {
    guard place == RulePlace(verb: .remove, kind: .volumes),
      !raw.entries.contains(where: { $0.key == .name })
    else { return nil }
    guard let entry = raw.entries.first(where: { $0.key == .anonymous }) else {
      return LeftoverRule.Clause(text: "the missing name", condition: .anonymous(true))
    }
    if entry.values.first?.text == "false" {
      reader.report(
        ValueError(
          "can never match here: a rule without name takes anonymous volumes only; say which named "
            + "ones, such as name: \"cache-*\""),
        line: entry.line, entry.keyPath)
    }
    return nil
  }

  func holds(for leftover: Leftover, at now: Timestamp) -> Bool {
    switch self {
    case .all: true
    case .anonymous(let isMeant): leftover.isAnonymous == isMeant
    case .name(let patterns): patterns.contains { $0.matches(leftover.name) }
    case .label(let patterns): patterns.contains { $0.matches(leftover.labels) }
    case .driver(let patterns): patterns.contains { $0.matches(leftover.driver) }
    case .type(let words): words.contains(leftover.type)
    case .shared(let isMeant): leftover.isShared == isMeant
    case .createdBefore(let limit): limit.isAfter(leftover.created, at: now)
    case .unusedFor: beginning(for: leftover).map { now >= $0 } ?? false
    }
  }

  func beginning(for leftover: Leftover) -> Timestamp? {
    switch self {
    case .createdBefore(let limit): limit.beginning(for: leftover.created)
    case .unusedFor(let age): leftover.unusedSince.map { $0 + age }
    default: nil
    }
  }

  private static func type(_ text: String) throws(ValueError) -> String {
    guard types.contains(text) else { throw ValueError(unknown: "type", text, known: types) }
    return text
  }
}

extension LeftoverRule {
  /// Whether it has a `name` that matches.
  func names(_ leftover: Leftover) -> Bool {
    clauses.contains {
      guard case .name(let patterns) = $0.condition else { return false }
      return patterns.contains { $0.matches(leftover.name) }
    }
  }
}
