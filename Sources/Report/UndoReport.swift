import Inventory
package import Sweep

extension Presentation {
  /// What `balai undo` would do, and asks about: every step with the means it comes back by.
  package func undo(_ plan: UndoPlan) -> String {
    if format == .json { return json(plan).document }
    var text = ""
    if !plan.isEmpty {
      var table = Table("ACTION", "OBJECT", "FROM")
      for step in plan.steps {
        table.add(
          .init(step.action, step.comesBack ? .green : .red),
          .init(step.record.object.label(step.record.title, id: id(step.record.object))),
          .init(step.means.words))
      }
      text += self.text(of: table) + "\n"
    }
    return text + lines([summary(of: plan)] + notes(on: plan))
  }

  private func summary(of plan: UndoPlan) -> String {
    let back = plan.steps.count(where: \.comesBack)
    if back == 0 { return "run \(plan.run.id) left nothing that could be brought back" }
    return "would take back \(Wording.count(back, "step")) of run \(plan.run.id)"
  }

  private func notes(on plan: UndoPlan) -> [String] {
    var notes: [String] = []
    let lost = plan.steps.count { !$0.comesBack }
    if lost > 0 { notes.append("note: \(Wording.count(lost, "step")) cannot be taken back") }
    let empty = plan.steps.count { step in
      if case .createWithout = step.means { true } else { false }
    }
    if empty > 0 {
      notes.append("note: \(Wording.count(empty, "object")) will come back without what was in it")
    }
    if plan.unstarted > 0 {
      notes.append(
        "note: \(Wording.count(plan.unstarted, "container")) had been running; --start starts what "
          + "had been running")
    }
    return notes
  }

  private func json(_ plan: UndoPlan) -> JSON {
    [
      "formatVersion": JSON.formatVersion,
      "undoes": .number(plan.run.id),
      "steps": .list(plan.steps) { step in
        [
          "number": .count(step.record.number),
          "action": .string(step.action),
          "object": .object(step.record.object, name: step.record.title),
          "comesBack": .bool(step.comesBack),
          "from": .string(step.means.words),
        ]
      },
      "notStarted": .count(plan.unstarted),
    ]
  }
}

extension UndoStep {
  /// What a person calls it.
  var action: String { record.action.wordsOfUndo }
}

extension UndoMeans {
  /// Where an object comes from.
  var words: String {
    switch self {
    case .pull(let references): "pulled: \(references.joined(separator: " or "))"
    case .load(let copy): "saved copy: \(copy.file)"
    case .tag: "its image"
    case .create: "its description"
    case .createWithout(.data): "its description; empty"
    case .createWithout(.container):
      "its description; without what it wrote, and its anonymous volumes empty"
    case .createWithout(let loss): "its description; without its \(loss.rawValue)"
    case .start: "it had been running"
    case .none(let why): "nothing: \(why)"
    }
  }
}
