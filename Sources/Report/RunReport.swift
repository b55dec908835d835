package import Inventory

extension Presentation {
  /// What came of a sweep: a line for every step that did not go as planned, the totals, and last
  /// the line that Docker's prune ends with.
  package func result(of run: RunRecord) -> String {
    if format == .json { return json(run, withSteps: true).document }
    var text = ""
    for step in run.steps {
      guard let complaint = step.outcome?.complaint else { continue }
      let title = step.object.label(step.title, id: id(step.object))
      let words = step.words(inUndo: run.undoes != nil)
      let line = "\(SafeText("\(words) \(title): \(complaint.words)"))"
      text += (colours ? complaint.colour.paint(line) : line) + "\n"
    }
    var closing = notTried(in: run)
    if run.end != .complete { closing.append(run.end.words) }
    guard run.undoes == nil else {
      return text + lines(closing + [run.totalsOfUndo] + [run.lossOfUndo].compactMap(\.self))
    }
    closing.append(totals(of: run))
    closing += RunDifference(run).sentences
    let freed = run.freedByRecord.content
    return text + lines(closing + ["Total reclaimed space: \(HumanSize.text(freed))"])
  }

  /// Past runs, newest first.
  package func history(_ runs: [RunRecord]) -> String {
    if format == .json {
      let json: JSON = [
        "formatVersion": JSON.formatVersion,
        "runs": .list(runs) { self.json($0, withSteps: false) },
      ]
      return json.document
    }
    if idsOnly { return lines(runs.map { "\($0.id)" }) }
    var table = Table("RUN", "STARTED", "TOOK", "POLICY", "HOST", "END", "RECLAIMED")
    for run in runs {
      table.add(
        "\(run.id)", .init(age(of: run.startedAt)),
        .init(run.finishedAt.map { HumanAge.span($0 - run.startedAt) } ?? "N/A"),
        .init(run.undoes.map { "undo of run \($0)" } ?? run.policy), .init(run.engineName),
        .init(run.end.rawValue, run.end == .complete ? nil : .yellow),
        .init(run.freed.map { HumanSize.text($0.content) } ?? "N/A"))
    }
    return text(of: table)
  }

  /// One past run: every step with its outcome, then what `result` says.
  package func run(_ run: RunRecord) -> String {
    if format == .json { return json(run, withSteps: true).document }
    var table = Table("ACTION", "OBJECT", "SIZE", "ON DISK", "UNDO", "OUTCOME")
    let isUndo = run.undoes != nil
    for step in run.steps {
      table.add(
        .init(step.words(inUndo: isUndo)),
        .init(step.object.label(step.title, id: id(step.object))),
        .init(HumanSize.text(step.frees.content)), .init(HumanSize.text(step.frees.disk)),
        .init(step.restorability?.word ?? "N/A", step.restorability?.colour),
        .init(step.outcomeWords(inUndo: isUndo), step.outcome?.complaint?.colour))
    }
    let what = run.undoes.map { "undo of run \($0)" } ?? "policy \(run.policy)"
    let heading = "run \(run.id): \(what) on \(run.engineName), \(run.startedAt.rfc3339)"
    if isUndo { return lines([heading]) + "\n" + text(of: table) + "\n" + result(of: run) }
    return lines([heading]) + "\n" + text(of: table) + "\n" + text(of: figures(of: run)) + "\n"
      + result(of: run)
  }

  /// What was predicted, what the engine said it removed, and what the file system gained, side by
  /// side.
  private func figures(of run: RunRecord) -> Table {
    var table = Table("FREED", "SIZE", "ON DISK")
    table.add(
      "predicted", .init(HumanSize.text(run.predicted.content)),
      .init(HumanSize.text(run.predicted.disk)))
    table.add(
      "reported", .init(HumanSize.text(run.freed?.content)),
      .init(HumanSize.text(run.freed?.disk)))
    table.add("measured", "", .init(run.measured.map { HumanSize.signed($0) } ?? "N/A"))
    return table
  }

  /// Steps that were never tried, counted by their reason: after an interruption they can be many.
  private func notTried(in run: RunRecord) -> [String] {
    var order: [String] = []
    var counts: [String: Int] = [:]
    for case .notTried(let reason) in run.steps.compactMap(\.outcome) {
      if counts[reason] == nil { order.append(reason) }
      counts[reason, default: 0] += 1
    }
    return order.map { "not tried: \(Wording.count(counts[$0] ?? 0, "step")), \($0)" }
  }

  /// `stopped 3 containers, removed 12 containers and 38 images, untagged 7; 1 failed, 2 in use`
  private func totals(of run: RunRecord) -> String {
    func done(_ action: ActionKind) -> Int {
      run.steps.count { $0.action == action && $0.outcome == .done }
    }
    var did: [String] = []
    if done(.stop) > 0 { did.append("stopped \(Wording.count(done(.stop), "container"))") }
    let removed = ActionKind.removals.filter { done($0) > 0 }
      .map { Wording.count(done($0), $0.noun) }
    if !removed.isEmpty { did.append("removed \(Wording.list(removed))") }
    if done(.untag) > 0 { did.append("untagged \(done(.untag))") }
    let others = ["gone", "changed", "in-use", "failed", "not-tried", "unknown"].compactMap {
      word -> String? in
      let count = run.steps.count { $0.outcome?.word == word }
      return count > 0 ? "\(count) \(word.replacing("-", with: " "))" : nil
    }
    let first = did.isEmpty ? "removed nothing" : did.joined(separator: ", ")
    return others.isEmpty ? first : "\(first); \(others.joined(separator: ", "))"
  }

  private func json(_ run: RunRecord, withSteps: Bool) -> JSON {
    var members: [(key: String, value: JSON)] = withSteps ? [("formatVersion", 1)] : []
    members += [
      ("run", run.id == 0 ? .null : .number(run.id)),
      ("host", .string(run.engineName)),
      ("policy", .string(run.policy)),
      ("undoes", run.undoes.map { .number($0) } ?? .null),
      ("startedAt", .time(run.startedAt)),
      ("finishedAt", .time(run.finishedAt)),
      ("end", .string(run.end.rawValue)),
      ("predicted", .bytes(run.predicted.content)),
      ("predictedOnDisk", .bytes(run.predicted.disk)),
      ("freed", .bytes(run.freed?.content)),
      ("freedOnDisk", .bytes(run.freed?.disk)),
      ("measured", run.measured.map { .number($0) } ?? .null),
    ]
    guard withSteps else { return .object(members) }
    let steps = JSON.list(run.steps) { step in
      [
        "number": .count(step.number),
        "action": .string(step.action.rawValue),
        "object": .object(step.object, name: step.title),
        "frees": .bytes(step.frees.content),
        "freesOnDisk": .bytes(step.frees.disk),
        "restorability": .text(step.restorability?.word),
        "intendedAt": .time(step.intendedAt),
        "outcome": .text(step.outcome?.word),
        "detail": .text(step.outcome?.reason),
      ]
    }
    return .object(members + [("steps", steps)])
  }
}
