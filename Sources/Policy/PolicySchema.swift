/// The JSON Schema of a policy, for editors: made from the tables by which policies are read, so that
/// the two cannot part.
package enum PolicySchema {
  /// The schema (draft 2020-12) as it stands in `docs/policy.schema.json`.
  package static var text: String { schema.json() + "\n" }

  private static var schema: SchemaNode {
    .object([
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "Balai policy",
      "description":
        "What Balai keeps, stops and removes on a host. Any keep rule beats every remove rule, and what no rule matches is kept.",
      "type": "object",
      "properties": .object(rootKeys),
      "required": ["version"],
      "anyOf": [
        .object(["required": ["stop"]]), .object(["required": ["remove"]]),
      ],
      "additionalProperties": false,
      "$defs": .object(ValueForm.definitions),
    ])
  }

  /// The keys of the file, in the order in which they are shown: those of `PolicyReader.keys`. Keys that
  /// have a room of their own in the code bring their own nodes here.
  static var rootKeys: [SchemaNode.Entry] {
    [
      entry(
        "version", .object(["description": "The version of this language: 1.", "const": 1])),
      entry(
        "description",
        .object(["description": "One line for balai policy ls.", "type": ["string", "number"]])),
      entry(
        "grace",
        ValueForm.duration.node.adding([
          "description": "Nothing younger is touched; 0s turns it off. Default: 1h."
        ])),
      entry(
        "stop-timeout",
        ValueForm.duration.node.adding([
          "description":
            "How long a container gets to end before the engine kills it. Default: its own setting."
        ])),
    ] + RulePlace.Verb.allCases.map { entry($0.rawValue, section($0)) }
      + [
        entry("space", SpaceBudget.schema), entry("limits", PolicyLimits.schema),
        entry("archive", ArchiveRule.schema), entry("engine", EngineGuard.schema),
      ]
  }

  static func entry(_ key: String, _ value: SchemaNode) -> SchemaNode.Entry {
    SchemaNode.Entry(key: key, value: value)
  }

  private static func section(_ verb: RulePlace.Verb) -> SchemaNode {
    let lists = RulePlace.kinds(for: verb).map { kind in
      entry(kind.rawValue, rules(at: RulePlace(verb: verb, kind: kind)))
    }
    return .object([
      "description": .text(verb.meaning),
      "type": "object",
      "properties": .object(lists),
      "minProperties": 1,
      "additionalProperties": false,
    ])
  }

  private static func rules(at place: RulePlace) -> SchemaNode {
    let keys = place.keys.map { key in
      entry(key.rawValue, key.form(at: place).node.adding(["description": .text(key.meaning)]))
    }
    let rule = SchemaNode.object([
      "type": "object",
      "properties": .object(keys),
      "minProperties": 1,
      "additionalProperties": false,
    ])
    let needs = place.keys.flatMap { key in
      key.needs.map { [entry(key.rawValue, .list([.text($0.rawValue)]))] } ?? []
    }
    return .object([
      "description":
        "Rules: one must match. Of one rule all keys must match, of a key's list one value.",
      "type": "array",
      "minItems": 1,
      "items": needs.isEmpty ? rule : rule.adding(["dependentRequired": .object(needs)]),
    ])
  }
}

extension RulePlace.Verb {
  /// What a list of rules does, in one sentence.
  fileprivate var meaning: String {
    switch self {
    case .keep: "What stays, whatever other rules say."
    case .stop: "Running containers that may be stopped; rules under remove then apply to them."
    case .remove: "What goes, if nothing keeps it and nothing uses it."
    }
  }
}
