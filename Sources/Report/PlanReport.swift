import Inventory
package import Plan
import Policy

extension Presentation {
  /// A plan as `balai plan` shows it, and `balai prune` before it asks: the steps in their order, what
  /// they free together, and how much stays for which reason.
  package func plan(_ plan: RemovalPlan) -> String {
    if format == .json { return json(plan).document }
    let steps = plan.steps.inGroups
    if idsOnly { return ids(steps.map(\.object)) }
    var text = plan.isEmpty ? "" : self.text(of: table(steps)) + "\n"
    if isVerbose, !plan.kept.isEmpty { text += self.text(of: table(plan.kept)) + "\n" }
    text += lines([summary(of: plan), "policy \(plan.policy.name) on \(plan.engine.hostName)"])
    text += lines([plan.lossSentence, plan.archiveSentence].compactMap(\.self))
    if !plan.kept.isEmpty { text += lines([keptSummary(of: plan)]) }
    if let budget = plan.budget { text += lines(self.lines(of: budget)) }
    return text + lines(plan.notes.map { "note: \($0)" })
      + lines((plan.breaches ?? []).map(words))
  }

  private func table(_ steps: [PlannedStep]) -> Table {
    var table = Table("ACTION", "OBJECT", "SIZE", "ON DISK", "UNDO", "WHY")
    for step in steps {
      let name = step.reference ?? step.title
      table.add(
        .init(step.action.words, step.action == .stop ? .yellow : .red),
        .init(step.object.label(name, id: id(step.object))),
        .init(HumanSize.text(step.frees.content)), .init(HumanSize.text(step.frees.disk)),
        .init(step.restorability.word, step.restorability.colour),
        .init(step.reason.words))
    }
    return table
  }

  private func table(_ kept: [KeptObject]) -> Table {
    var table = Table("KEPT", "OBJECT", "WHY")
    for object in kept {
      table.add(
        .init(object.object.kind),
        .init(object.object.label(object.title, id: id(object.object))),
        .init(object.reason.words))
    }
    return table
  }

  /// `would free 1.84GB: stop 3 containers, remove 12 containers, 40 images (untag 7)`
  private func summary(of plan: RemovalPlan) -> String {
    guard !plan.isEmpty else { return "nothing to remove" }
    let count = Dictionary(grouping: plan.steps, by: \.action).mapValues(\.count)
    let untagged = count[.untag].map { "untag \($0)" }
    var removed: [String] = []
    for action in ActionKind.removals {
      guard let number = count[action] else { continue }
      let untagging = action == .removeImage ? untagged.map { " (\($0))" } : nil
      removed.append(Wording.count(number, action.noun) + (untagging ?? ""))
    }
    var parts: [String] = []
    if let stopped = count[.stop] { parts.append("stop \(Wording.count(stopped, "container"))") }
    if !removed.isEmpty { parts.append("remove \(removed.joined(separator: ", "))") }
    if count[.removeImage] == nil, let untagged { parts.append(untagged) }
    return "would free \(HumanSize.text(plan.frees)): \(parts.joined(separator: ", "))"
  }

  private func keptSummary(of plan: RemovalPlan) -> String {
    let count = Dictionary(grouping: plan.kept, by: \.reason.code).mapValues(\.count)
    let parts = Reason.Code.allCases.compactMap { code in
      count[code].map { "\($0) \(code.words)" }
    }
    return "keeps \(Wording.count(plan.kept.count, "object")): \(parts.joined(separator: ", "))"
  }

  private func json(_ plan: RemovalPlan) -> JSON {
    [
      "formatVersion": JSON.formatVersion,
      "engine": .engine(plan.engine),
      "policy": ["name": .string(plan.policy.name), "digest": .string(plan.policy.digest)],
      "createdAt": .time(plan.createdAt),
      "frees": .bytes(plan.frees.content),
      "freesOnDisk": .bytes(plan.frees.disk),
      "steps": .list(plan.steps) { step in
        [
          "number": .count(step.number),
          "action": .string(step.action.rawValue),
          "object": .object(step.object, name: step.title),
          "reference": .text(step.reference),
          "frees": .bytes(step.frees.content),
          "freesOnDisk": .bytes(step.frees.disk),
          "restorability": .string(step.restorability.word),
          "saves": step.saves.map { .bytes($0) } ?? .null,
          "reason": .reason(step.reason),
        ]
      },
      "kept": .list(plan.kept) { kept in
        ["object": .object(kept.object, name: kept.title), "reason": .reason(kept.reason)]
      },
      "notes": .texts(plan.notes),
      "budget": plan.budget.map(json) ?? .null,
      "breaches": .list(plan.breaches ?? []) { breach in
        [
          "limit": .string(breach.name), "allowed": .string(breach.allowed),
          "planned": .string(breach.planned),
        ]
      },
      "archive": plan.archive.map { archive in
        [
          "directory": .text(archive.directory), "keepFor": .count(archive.keepFor),
          "maxSize": archive.maxSize.map { .number($0) } ?? .null,
        ]
      } ?? .null,
    ]
  }
}

extension [PlannedStep] {
  /// What is stopped, then each kind of object for itself, in the plan's own order.
  fileprivate var inGroups: [PlannedStep] {
    filter { $0.action == .stop } + filter { $0.action == .removeContainer }
      + filter { $0.action == .untag || $0.action == .removeImage }
      + filter { $0.action == .removeBuildCache } + filter { $0.action == .removeVolume }
      + filter { $0.action == .removeNetwork }
  }
}
