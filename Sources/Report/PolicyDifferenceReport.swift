import Inventory
package import Plan
import Policy

extension Presentation {
  /// What two policies do differently, and what each would free.
  package func difference(_ difference: PolicyDifference) -> String {
    if format == .json { return json(difference).document }
    if idsOnly { return ids(difference.rows.map(\.object)) }
    let (first, second) = (difference.firstPolicy, difference.secondPolicy)
    var text = ""
    if !difference.rows.isEmpty {
      var table = Table("OBJECT", first.uppercased(), second.uppercased())
      for row in difference.rows {
        let label = row.object.label(row.title, id: id(row.object))
        table.add(
          .init("\(row.object.kind) \(label)"), cell(row.first), cell(row.second))
      }
      text = self.text(of: table) + "\n"
    }
    let count =
      difference.rows.isEmpty
      ? "both do the same" : "they differ on \(Wording.count(difference.rows.count, "object"))"
    return text
      + lines([
        "\(count), on \(difference.engine.hostName)",
        "\(first) would free \(HumanSize.text(difference.firstFrees))",
        "\(second) would free \(HumanSize.text(difference.secondFrees))",
      ])
  }

  private func cell(_ side: PolicyDifference.Side) -> Table.Cell {
    let colour: Colour? =
      switch side.decision {
      case .keep: nil
      case .stop, .untag: .yellow
      case .remove: .red
      }
    return .init("\(side.decision.rawValue): \(side.reason.words)", colour)
  }

  private func json(_ difference: PolicyDifference) -> JSON {
    [
      "formatVersion": JSON.formatVersion,
      "engine": .engine(difference.engine),
      "a": policy(difference.firstPolicy, frees: difference.firstFrees),
      "b": policy(difference.secondPolicy, frees: difference.secondFrees),
      "objects": .list(difference.rows) { row in
        [
          "object": .object(row.object, name: row.title), "a": side(row.first),
          "b": side(row.second),
        ]
      },
    ]
  }

  private func policy(_ name: String, frees: Footprint) -> JSON {
    [
      "policy": .string(name), "frees": .bytes(frees.content), "freesOnDisk": .bytes(frees.disk),
    ]
  }

  private func side(_ side: PolicyDifference.Side) -> JSON {
    [
      "verdict": .string(side.decision.rawValue), "reason": .reason(side.reason),
      "untagged": .texts(side.untagged),
    ]
  }
}
