import Inventory
package import Plan
import Policy

extension Presentation {
  /// Why one object is kept or removed: the verdict, every rule that was weighed, what would change it,
  /// what it frees, and what pins its layers.
  package func explanation(_ explanation: Explanation) -> String {
    if format == .json { return json(explanation).document }
    let weighing = explanation.weighing
    let object = explanation.object
    let verdict =
      "\(weighing.decision.rawValue): \(weighing.reason.words), under policy \(explanation.policy)"
    var text = lines([
      "\(object.kind) \(object.label(explanation.title, id: id(object)))", verdict,
    ])
    if !weighing.rules.isEmpty { text += "\n" + self.text(of: table(weighing.rules)) }
    if !weighing.changes.isEmpty {
      text += "\n" + lines(["what would change that:"] + weighing.changes.map { "  \($0)" })
    }
    text += "\n"
    text += lines([
      "removing it alone frees \(HumanSize.text(explanation.alone))",
      "with all that the policy removes it frees \(HumanSize.text(explanation.withPlan))",
    ])
    text += lines(explanation.notes.map { "note: \($0)" })
    guard !explanation.pins.isEmpty else { return text }
    return text + "\n" + self.text(of: table(explanation.pins, explanation.names))
  }

  private func table(_ rules: [WeighedRule]) -> Table {
    var table = Table("RULE", "LINE", "MATCHES", "IT SAYS", "BUT NOT")
    for weighed in rules {
      let from = weighed.matchesFrom.map { ", from \($0.rfc3339) on" } ?? ""
      table.add(
        .init(weighed.rule.keyPath), "\(weighed.rule.line)",
        .init(weighed.matches ? "yes" : "no", weighed.matches ? .green : nil),
        .init(weighed.rule.text), .init(weighed.failing.joined(separator: ", ") + from))
    }
    return table
  }

  private func table(_ pins: [Pin], _ names: [ObjectID: String]) -> Table {
    var table = Table("SHARED LAYERS", "SIZE", "ON DISK", "ALSO HELD BY")
    for pin in pins {
      let holders = pin.holders.map { holder in
        "\(holder.kind) \(names[holder] ?? id(holder))"
      }
      let most = truncates ? 5 : holders.count
      let more = holders.count > most ? [" and \(holders.count - most) more"] : []
      table.add(
        "\(pin.layers)", .init(HumanSize.text(pin.weight.content)),
        .init(HumanSize.text(pin.weight.disk)),
        .init(holders.prefix(most).joined(separator: ", ") + more.joined()))
    }
    return table
  }

  private func json(_ explanation: Explanation) -> JSON {
    let weighing = explanation.weighing
    return [
      "formatVersion": JSON.formatVersion,
      "object": .object(explanation.object, name: explanation.title),
      "policy": .string(explanation.policy),
      "verdict": .string(weighing.decision.rawValue),
      "reason": .reason(weighing.reason),
      "rules": .list(weighing.rules) { weighed in
        [
          "verb": .string(weighed.verb.rawValue),
          "rule": .rule(weighed.rule),
          "matches": .bool(weighed.matches),
          "failing": .texts(weighed.failing),
          "matchesFrom": .time(weighed.matchesFrom),
        ]
      },
      "changes": .texts(weighing.changes),
      "alone": .bytes(explanation.alone.content),
      "aloneOnDisk": .bytes(explanation.alone.disk),
      "withPlan": .bytes(explanation.withPlan.content),
      "withPlanOnDisk": .bytes(explanation.withPlan.disk),
      "notes": .texts(explanation.notes),
      "pins": .list(explanation.pins) { pin in
        [
          "layers": .count(pin.layers),
          "size": .bytes(pin.weight.content),
          "onDisk": .bytes(pin.weight.disk),
          "holders": .list(pin.holders) { .object($0, name: explanation.names[$0] ?? "") },
        ]
      },
    ]
  }
}
