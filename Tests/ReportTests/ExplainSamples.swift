import Inventory
import Plan

@testable import Policy

/// An image that a keep rule saves, with a container and another image on its layers.
extension Samples {
  static let explanation = Explanation(
    object: .image(shop.id), title: "shop:latest", policy: "ci-runner",
    weighing: Weighing(
      object: .image(shop.id), decision: .keep,
      reason: Reason(
        .keepRule,
        rule: RuleReference(
          file: "ci.yaml", line: 6, keyPath: "keep.images[0]", text: "reference: shop"),
        detail: "last used 20 days ago"),
      rules: [
        WeighedRule(
          rule: RuleReference(
            file: "ci.yaml", line: 6, keyPath: "keep.images[0]", text: "reference: shop"),
          verb: .keep, matches: true, failing: [], matchesFrom: nil),
        WeighedRule(
          rule: RuleReference(
            file: "ci.yaml", line: 15, keyPath: "remove.images[0]",
            text: "dangling: true, unused-for: 30d"),
          verb: .remove, matches: false, failing: ["dangling: true", "unused-for: 30d"],
          matchesFrom: nil),
        WeighedRule(
          rule: RuleReference(
            file: "ci.yaml", line: 18, keyPath: "remove.images[1]", text: "unused-for: 30d"),
          verb: .remove, matches: false, failing: ["unused-for: 30d"],
          matchesFrom: ago(hours(-240))),
      ],
      changes: ["without the rule keep.images[0]: keep (no rule selects it)"]),
    alone: footprint(Bytes(exactly: 177_000_000)),
    withPlan: footprint(Bytes(exactly: 184_000_000)),
    pins: [
      Pin(
        layers: 2, weight: footprint(Bytes(exactly: 7_000_000)),
        holders: [.image(dangling.id), .container(job.id)])
    ],
    names: [.image(dangling.id): "07ab07ab07ab", .container(job.id): "job-日本"])

  static let groups = [
    UsageGroup(
      name: "registry.example.com:5000/shop", images: 3, size: Bytes(exactly: 480_000_000),
      gain: footprint(Bytes(exactly: 412_000_000))),
    UsageGroup(
      name: "<none>", images: 1, size: Bytes(exactly: 13_312),
      gain: footprint(Bytes(atLeast: 0, atMost: 512))),
  ]
}
