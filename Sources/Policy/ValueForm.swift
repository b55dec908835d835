/// How the values of a key are written: what a JSON Schema can ask of them.
enum ValueForm: Hashable, Sendable {
  case onlyTrue
  case flag
  case count
  case duration
  /// A duration or a date.
  case creationLimit
  case size
  /// One of some words.
  case word([String])
  /// One of some words, or a list of them.
  case words([String])
  case patterns
  case labels
  case exitCodes

  /// The node of one value that stands under its own name in `$defs`, and what that is.
  private static let named: [(name: String, node: SchemaNode)] = [
    (
      "duration",
      .object([
        "description": "Whole numbers with w, d, h, m or s, the larger first: 1d12h.",
        "type": "string", "pattern": .text(Age.pattern),
      ])
    ),
    (
      "creationLimit",
      .object([
        "description": "A duration such as 30d, or a date such as 2026-01-31.",
        "anyOf": [
          reference("duration"),
          .object(["type": "string", "pattern": .text(CreationLimit.datePattern)]),
        ],
      ])
    ),
    (
      "size",
      .object([
        "description": "A number with kB, MB, GB or TB, or binary with KiB, MiB, GiB or TiB.",
        "type": "string", "pattern": .text(ByteSize.pattern),
      ])
    ),
    (
      "pattern",
      .object([
        "description":
          "A name; * and ? stand for anything but a slash. Between slashes: a regular expression.",
        "type": ["string", "number", "boolean"],
      ])
    ),
    (
      "label",
      .object([
        "description": "key, key=value or key!=value.", "type": ["string", "number", "boolean"],
      ])
    ),
    (
      "exitCode",
      .object([
        "description": "A number from 0 to 255, or a range such as 1-255.",
        "anyOf": [
          .object(["type": "integer", "minimum": 0, "maximum": 255]),
          .object(["type": "string", "pattern": .text(ExitCodes.pattern)]),
        ],
      ])
    ),
  ]

  static var definitions: [SchemaNode.Entry] {
    named.map { SchemaNode.Entry(key: $0.name, value: $0.node) }
  }

  private static func reference(_ name: String) -> SchemaNode {
    .object(["$ref": .text("#/$defs/\(name)")])
  }

  private static func oneOrMore(_ node: SchemaNode) -> SchemaNode {
    .object(["anyOf": [node, .object(["type": "array", "minItems": 1, "items": node])]])
  }

  /// What a value has to be, without a description.
  var node: SchemaNode {
    switch self {
    case .onlyTrue: .object(["const": true])
    case .flag: .object(["type": "boolean"])
    case .count: .object(["type": "integer", "minimum": 1, "maximum": 1_000_000])
    case .duration: Self.reference("duration")
    case .creationLimit: Self.reference("creationLimit")
    case .size: Self.reference("size")
    case .word(let words): .object(["enum": .list(words.map { .text($0) })])
    case .words(let words): Self.oneOrMore(.object(["enum": .list(words.map { .text($0) })]))
    case .patterns: Self.oneOrMore(Self.reference("pattern"))
    case .labels: Self.oneOrMore(Self.reference("label"))
    case .exitCodes: Self.oneOrMore(Self.reference("exitCode"))
    }
  }
}

extension RuleKey {
  /// How its values are written in a rule there.
  func form(at place: RulePlace) -> ValueForm {
    switch self {
    case .all: .onlyTrue
    case .label: .labels
    case .name, .reference, .driver, .ancestor, .composeProject: .patterns
    case .status: .words(place.states.map(\.word))
    case .type: .words(LeftoverCondition.types)
    case .newestBy: .word(NewestPerRepository.Order.allCases.map(\.rawValue))
    case .dangling, .intermediate, .localOnly, .anonymous, .shared: .flag
    case .createdBefore: .creationLimit
    case .stoppedFor, .runningFor, .unusedFor: .duration
    case .newest: .count
    case .largerThan: .size
    case .exitCode: .exitCodes
    }
  }

  /// A key that must stand beside it.
  var needs: RuleKey? { self == .newestBy ? .newest : nil }

  /// What it matches, in one sentence for editors; `docs/policy-reference.md` says more.
  var meaning: String {
    switch self {
    case .all: "Everything; next to other keys it adds nothing."
    case .label: "By labels; key!=value also matches where the label is missing."
    case .name: "The whole name."
    case .status: "The engine's word for the container's state."
    case .exitCode: "What it ended with; never where it runs, never ended, or nobody knows."
    case .ancestor: "The image it was made from, or one that this was built from: name or id."
    case .composeProject: "The Docker Compose project it was made for."
    case .reference: "Single references, with their tag or without."
    case .dangling: "true: no tag, and no image was built from it. false: has a tag."
    case .intermediate: "true: neither tag nor digest, and another image was built from it."
    case .localOnly: "true: nothing to pull it back from. Where nobody knows, it stays."
    case .largerThan: "The size that docker images shows is more than that."
    case .createdBefore: "Created or built longer ago than that, or before that date."
    case .stoppedFor: "Stopped that long ago or longer; never started: created so long ago."
    case .runningFor: "Active, and started that long ago or longer."
    case .unusedFor: "Unused that long or longer, as far as the index knows."
    case .newest: "The newest so many of each repository."
    case .newestBy: "What newest means: the last tag on this host, or the version in the tag."
    case .anonymous: "true: the engine made up its name."
    case .driver: "The driver."
    case .type: "BuildKit's type of record."
    case .shared: "true: an image holds the record's layer too."
    }
  }
}
