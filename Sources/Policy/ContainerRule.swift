import Inventory

/// One rule for containers: all of its keys must match, of a key's values any one.
struct ContainerRule: Hashable, Sendable {
  let reference: RuleReference
  private var labels: [LabelPattern]?
  private var names: [Glob]?
  private var states: [ContainerState]?
  private var createdBefore: CreationLimit?
  private var stoppedFor: Duration?
  private var runningFor: Duration?

  init(_ raw: RawRule, at place: RulePlace, _ reader: inout PolicyReader) {
    reference = raw.reference
    for entry in raw.entries {
      switch entry.key {
      case .label: labels = reader.values(of: entry, LabelPattern.init)
      case .name: names = reader.values(of: entry, Glob.init)
      case .status:
        states = reader.values(of: entry) { text throws(ValueError) in
          try Self.state(text, at: place)
        }
      case .createdBefore: createdBefore = reader.value(of: entry, CreationLimit.init)
      case .stoppedFor: stoppedFor = reader.value(of: entry, Age.read)
      case .runningFor: runningFor = reader.value(of: entry, Age.read)
      default: reader.requireTrue(entry)
      }
    }
  }

  func matches(_ container: Container, at now: Timestamp) -> Bool {
    if let labels, !labels.contains(where: { $0.matches(container.labels) }) { return false }
    if let names, !names.contains(where: { $0.matches(container.name) }) { return false }
    if let states, !states.contains(container.state) { return false }
    if let createdBefore, !createdBefore.isAfter(container.created, at: now) { return false }
    if let stoppedFor {
      guard let since = container.stoppedSince, now - since >= stoppedFor else { return false }
    }
    if let runningFor {
      guard container.state.isActive, let since = container.startedAt, now - since >= runningFor
      else { return false }
    }
    return true
  }

  private static func state(
    _ text: String, at place: RulePlace
  ) throws(ValueError) -> ContainerState {
    let state = ContainerState(text)
    let words = place.states.map(\.word)
    if place.states.contains(state) { return state }
    guard case .unknown = state else {
      throw ValueError(
        "\(text.inQuotes) can never match in a \(place.verb.rawValue) rule; known here: "
          + words.joined(separator: ", "))
    }
    let suggestion = Suggestion.nearest(to: text, in: words)
    let all = suggestion == nil ? "; known here: " + words.joined(separator: ", ") : ""
    throw ValueError("unknown status \(text.inQuotes)\(all)", suggestion: suggestion)
  }
}

extension Container {
  /// Since when it has no process: since its creation where it was never started; nil where it is
  /// active, or nobody knows.
  var stoppedSince: Timestamp? {
    switch state {
    case .exited, .dead, .removing: finishedAt
    case .created: finishedAt ?? created
    case .running, .paused, .restarting, .unknown: nil
    }
  }
}
