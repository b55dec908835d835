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
      let line = "\(SafeText("\(step.action.words) \(title): \(complaint.words)"))"
      text += (colours ? complaint.colour.paint(line) : line) + "\n"
    }
    var closing = notTried(in: run)
    if run.end != .complete { closing.append(run.end.words) }
    closing.append(totals(of: run))
    let freed = run.freedByRecord
    if let difference = difference(in: run, freed: freed) { closing.append(difference) }
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
        .init(run.policy), .init(run.engineName),
        .init(run.end.rawValue, run.end == .complete ? nil : .yellow),
        .init(run.freed.map { HumanSize.text($0.content) } ?? "N/A"))
    }
    return text(of: table)
  }

  /// One past run: every step with its outcome, then what `result` says.
  package func run(_ run: RunRecord) -> String {
    if format == .json { return json(run, withSteps: true).document }
    var table = Table("ACTION", "OBJECT", "SIZE", "OUTCOME")
    for step in run.steps {
      table.add(
        .init(step.action.words),
        .init(step.object.label(step.title, id: id(step.object))),
        .init(HumanSize.text(step.frees.content)),
        .init(step.outcome?.word ?? "none yet", step.outcome?.complaint?.colour))
    }
    let heading =
      "run \(run.id): policy \(run.policy) on \(run.engineName), \(run.startedAt.rfc3339)"
    return lines([heading]) + "\n" + text(of: table) + "\n" + result(of: run)
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
    let removed = [(ActionKind.removeContainer, "container"), (.removeImage, "image")]
      .filter { done($0.0) > 0 }.map { Wording.count(done($0.0), $0.1) }
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

  /// One sentence where what was freed lies outside of what was predicted; nil where it does not,
  /// and as long as the run goes on.
  private func difference(in run: RunRecord, freed: Bytes) -> String? {
    let less = run.predicted.content.atLeast - freed.atLeast
    let more = freed.atMost - run.predicted.content.atMost
    guard run.end != .running, less > 0 || more > 0 else { return nil }
    let gap = less > 0 ? "\(HumanSize.text(less)) less" : "\(HumanSize.text(more)) more"
    let missing = run.steps.count { $0.outcome != .done }
    let why =
      missing > 0
      ? "\(Wording.count(missing, "step")) did not go as planned"
      : "every step was done, so something else has changed on the host"
    return "freed \(gap) than the predicted \(HumanSize.text(run.predicted.content)): \(why)"
  }

  private func json(_ run: RunRecord, withSteps: Bool) -> JSON {
    var members: [(key: String, value: JSON)] = withSteps ? [("formatVersion", 1)] : []
    members += [
      ("run", run.id == 0 ? .null : .number(run.id)),
      ("host", .string(run.engineName)),
      ("policy", .string(run.policy)),
      ("startedAt", .time(run.startedAt)),
      ("finishedAt", .time(run.finishedAt)),
      ("end", .string(run.end.rawValue)),
      ("predicted", .bytes(run.predicted.content)),
      ("freed", .bytes(run.freed?.content)),
    ]
    guard withSteps else { return .object(members) }
    let steps = JSON.list(run.steps) { step in
      [
        "number": .count(step.number),
        "action": .string(step.action.rawValue),
        "object": .object(step.object, name: step.title),
        "frees": .bytes(step.frees.content),
        "intendedAt": .time(step.intendedAt),
        "outcome": .text(step.outcome?.word),
        "detail": .text(step.outcome?.reason),
      ]
    }
    return .object(members + [("steps", steps)])
  }
}

extension RunRecord {
  /// What was freed, or what the steps that were done should have freed where the run could not say.
  fileprivate var freedByRecord: Bytes {
    freed?.content
      ?? steps.filter { $0.outcome == .done }.reduce(Bytes.zero) { $0 + $1.frees.content }
  }
}
