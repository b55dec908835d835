/// What a JSON Schema asks of the sections that are no lists of rules.
extension SpaceBudget {
  static var schema: SchemaNode {
    let bytes = SchemaNode.object(["anyOf": [ValueForm.size.node, share(from: 1, to: 99)]])
    let inodes = SchemaNode.object([
      "anyOf": [.object(["type": "integer", "minimum": 1]), share(from: 1, to: 99)]
    ])
    return section(
      "Act only when space is short, and stop when it is not.",
      [
        ("min-free-space", bytes, "Space is short when less than this is free."),
        ("target-free-space", bytes, "Then go on until this much is free."),
        ("max-used-space", bytes, "Space is short when the engine's objects hold more than this."),
        ("reserved-space", bytes, "So much is left to them, however short space is."),
        ("min-free-inodes", inodes, "Space is short when fewer inodes than this are free."),
        (
          "order", ValueForm.word(Order.allCases.map(\.rawValue)).node,
          "What goes first. Default: least-recently-used."
        ),
      ]
    ).adding([
      "anyOf": .list(
        ["min-free-space", "max-used-space", "min-free-inodes"].map {
          .object(["required": .list([.text($0)])])
        }),
      "dependentRequired": .object([
        PolicySchema.entry("target-free-space", ["min-free-space"])
      ]),
    ])
  }
}

extension PolicyLimits {
  static var schema: SchemaNode {
    let count = SchemaNode.object(["type": "integer", "minimum": 0])
    return section(
      "A plan beyond one of these is refused as a whole.",
      [
        ("objects", count, "So many objects are removed at most."),
        ("bytes", ValueForm.size.node, "So much content goes at most."),
        (
          "image-share", share(from: 0, to: 100),
          "This share of the images with a tag is removed at most."
        ),
        ("stopped", count, "So many running containers are stopped at most."),
      ])
  }
}

extension ArchiveRule {
  static var schema: SchemaNode {
    section(
      "What is saved before it goes, so that an undo can bring it back.",
      [
        (
          "images", ValueForm.word(Images.allCases.map(\.rawValue)).node,
          "Which of the images that go. Default: local-only."
        ),
        (
          "writable-layers", ValueForm.flag.node,
          "What containers wrote outside of their volumes. Default: false."
        ),
        ("volumes", ValueForm.flag.node, "What is in volumes. Default: false."),
        (
          "directory", .object(["type": "string", "pattern": "^/"]),
          "Where to, as an absolute path. Default: archive in the state directory."
        ),
        ("keep-for", ValueForm.duration.node, "How long copies are kept. Default: 30d."),
        ("max-size", ValueForm.size.node, "So much all copies there hold at most."),
      ])
  }
}

extension EngineGuard {
  static var schema: SchemaNode {
    section(
      "The only engines that the policy may be used on; all keys must fit.",
      [
        ("name", ValueForm.patterns.node, "The host's name, as docker info shows it."),
        ("id", ValueForm.patterns.node, "The engine's id, as docker info shows it."),
        ("host", ValueForm.patterns.node, "Where it is reached: unix:///var/run/docker.sock."),
      ])
  }
}

private func section(
  _ description: String, _ keys: [(key: String, value: SchemaNode, meaning: String)]
) -> SchemaNode {
  .object([
    "description": .text(description),
    "type": "object",
    "properties": .object(
      keys.map { key, value, meaning in
        PolicySchema.entry(key, value.adding(["description": .text(meaning)]))
      }),
    "minProperties": 1,
    "additionalProperties": false,
  ])
}

/// A whole number of per cents.
private func share(from least: Int, to most: Int) -> SchemaNode {
  let zero = least == 0 ? "0|" : ""
  let hundred = most == 100 ? "|100" : ""
  return .object([
    "type": "string", "pattern": .text("^(\(zero)[1-9][0-9]?\(hundred))%$"),
  ])
}
