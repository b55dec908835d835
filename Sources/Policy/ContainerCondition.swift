import Inventory

/// What a key asks of a container.
enum ContainerCondition: RuleCondition {
  case all
  case label([LabelPattern])
  case name([NamePattern])
  case ancestor([AncestorPattern])
  case composeProject([NamePattern])
  case exitCode([ExitCodes])
  case status([ContainerState])
  case createdBefore(CreationLimit)
  case stoppedFor(Duration)
  case runningFor(Duration)

  init?(_ entry: RawEntry, at place: RulePlace, _ reader: inout PolicyReader) {
    let condition: Self? =
      switch entry.key {
      case .label: .label(reader.values(of: entry, LabelPattern.init))
      case .name: .name(reader.values(of: entry, NamePattern.init))
      case .ancestor: .ancestor(reader.values(of: entry, AncestorPattern.init))
      case .composeProject: .composeProject(reader.values(of: entry, NamePattern.init))
      case .exitCode: .exitCode(reader.values(of: entry, ExitCodes.init))
      case .status:
        .status(
          reader.values(of: entry) { text throws(ValueError) in
            try Self.state(text, at: place)
          })
      case .createdBefore: reader.value(of: entry, CreationLimit.init).map(Self.createdBefore)
      case .stoppedFor: reader.value(of: entry, Age.read).map(Self.stoppedFor)
      case .runningFor: reader.value(of: entry, Age.read).map(Self.runningFor)
      default: reader.requireTrue(entry) ? .all : nil
      }
    guard let condition else { return nil }
    self = condition
  }

  func holds(for subject: ContainerFromImages, at now: Timestamp) -> Bool {
    let container = subject.container
    return switch self {
    case .all: true
    case .label(let patterns): patterns.contains { $0.matches(container.labels) }
    case .name(let patterns): patterns.contains { $0.matches(container.name) }
    case .ancestor(let patterns): patterns.contains { $0.matches(subject) }
    case .composeProject(let patterns):
      container.composeProject.map { project in patterns.contains { $0.matches(project) } } ?? false
    case .exitCode(let codes):
      container.lastExitCode.map { code in codes.contains { $0.contains(code) } } ?? false
    case .status(let states): states.contains(container.state)
    case .createdBefore(let limit): limit.isAfter(container.created, at: now)
    case .stoppedFor, .runningFor: beginning(for: subject).map { now >= $0 } ?? false
    }
  }

  func beginning(for subject: ContainerFromImages) -> Timestamp? {
    let container = subject.container
    return switch self {
    case .createdBefore(let limit): limit.beginning(for: container.created)
    case .stoppedFor(let age): container.stoppedSince.map { $0 + age }
    case .runningFor(let age): container.runningSince.map { $0 + age }
    case .all, .label, .name, .status, .ancestor, .composeProject, .exitCode: nil
    }
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
    throw ValueError(unknown: "status", text, known: words)
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

  /// Since when it is active; nil where it is not, or nobody knows.
  var runningSince: Timestamp? { state.isActive ? startedAt : nil }

  /// What it ended with; nil where it never ended or has a process again, and where nobody knows.
  var lastExitCode: Int? { state.isActive ? nil : exitCode }

  /// The project that Docker Compose made it for.
  var composeProject: String? { labels["com.docker.compose.project"] }

  /// As it will be once it has been stopped: nobody knows yet with which exit code.
  func stopped(at now: Timestamp) -> Container {
    var stopped = self
    stopped.state = .exited
    stopped.finishedAt = now
    stopped.exitCode = nil
    return stopped
  }
}
