import Foundation
package import Inventory

/// A plan on disk: JSON, readable by people, whole or not there at all.
extension RemovalPlan {
  /// A plan of a hundred thousand steps stays below it; what is larger was never meant as one.
  private static let mostBytes = 256 << 20

  /// Writes the plan; an existing file is replaced in one step, a device or a pipe is written to, and
  /// `-` is standard output.
  ///
  /// - Throws: `PlanError.unwritable` with the system's reason.
  package func save(to path: String) throws(PlanError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      try WholeFile.write(try encoder.encode(self) + Data("\n".utf8), to: path)
    } catch let failure as FileFailure {
      throw .unwritable(file: path, reason: failure.reason)
    } catch {
      throw .unwritable(file: path, reason: "\(error)")
    }
  }

  /// Reads a plan that `save` wrote; `-` is standard input.
  ///
  /// - Throws: `PlanError.unreadable` for what is not a plan, `PlanError.unknownFormat` for one of
  ///   another Balai.
  package init(readingFile path: String) throws(PlanError) {
    do {
      let data = try WholeFile.read(path, atMost: Self.mostBytes)
      let format = try JSONDecoder().decode(Format.self, from: data).format
      guard format == Self.currentFormat else {
        throw PlanError.unknownFormat(file: path, format: format)
      }
      self = try JSONDecoder().decode(RemovalPlan.self, from: data)
    } catch let error as PlanError {
      throw error
    } catch {
      throw .unreadable(file: path, reason: Self.reason(error))
    }
    if let problem { throw .unreadable(file: path, reason: problem) }
  }

  /// Checks that the plan was made for this engine.
  ///
  /// - Throws: `PlanError.otherEngine`, naming both.
  package func check(for engine: EngineIdentity) throws(PlanError) {
    guard self.engine.key == engine.key else {
      throw .otherEngine(planned: Self.name(self.engine), actual: Self.name(engine))
    }
  }

  private struct Format: Decodable { let format: Int }

  private static func name(_ engine: EngineIdentity) -> String {
    "'\(engine.hostName)' (id \(engine.id), data in \(engine.rootDirectory))"
  }

  /// A hundred years, in seconds: no policy has more.
  private static let longestStop = 3_153_600_000

  /// What no plan of ours looks like: such a file was edited, and is not carried out.
  private var problem: String? {
    if let stopTimeout, !(0...Self.longestStop).contains(stopTimeout) {
      return "\(stopTimeout) is no number of seconds to wait for a container"
    }
    if let archive, let problem = archive.problem { return problem }
    for (place, step) in steps.enumerated() {
      guard step.number == place else { return "step \(place) has the number \(step.number)" }
      guard place == 0 || step.wave >= steps[place - 1].wave else {
        return "step \(place) comes before one that it may depend on"
      }
      if case .container(let container) = step.expected, !container.hasBeenSeen {
        return "step \(place) expects a container that no engine can have"
      }
      if let problem = restorationProblem(step) { return "step \(place) \(problem)" }
      switch (step.action, step.object, step.expected, step.reference) {
      case (.stop, .container, .container, nil), (.removeContainer, .container, .container, nil),
        (.untag, .image, .image, .some), (.removeImage, .image, .image, _),
        (.removeVolume, .volume, .volume, nil), (.removeNetwork, .network, .network, nil),
        (.removeBuildCache, .buildCache, .buildCache, nil):
        continue
      default:
        return "step \(place) ('\(step.action.rawValue)') does not fit its object"
      }
    }
    return nil
  }

  /// What no step says of its way back. One that relies on a copy which it does not save would lose
  /// what it promises to keep.
  private func restorationProblem(_ step: PlannedStep) -> String? {
    let isSaved = step.saves != nil
    let maySave: [Restorability] = [.archived, .lost(.network), .lost(.namespace)]
    guard isSaved || step.restorability != .archived,
      !isSaved || archive != nil && maySave.contains(step.restorability)
    else { return "does not say what is saved before it, or where" }
    let canBeSaved: Bool =
      switch step.action {
      case .removeContainer, .removeImage, .removeVolume: true
      case .stop, .untag, .removeNetwork, .removeBuildCache: false
      }
    return isSaved && !canBeSaved ? "cannot be archived" : nil
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let failure as FileFailure:
      failure.isMissing ? "there is no such file" : failure.reason
    case DecodingError.keyNotFound(let key, let context):
      "it is not a plan of balai: '\(key.stringValue)' is missing\(place(context))"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "it is not a plan of balai: a value of the wrong type\(place(context))"
    case DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty:
      "it is not a plan of balai: it is not JSON"
    case DecodingError.dataCorrupted(let context):
      "it is not a plan of balai: a value that no plan has\(place(context))"
    default: "\(error)"
    }
  }

  private static func place(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
    return path.isEmpty ? "" : " at \(path.joined(separator: "."))"
  }
}

extension ExpectedContainer {
  /// Whether an engine can have told this.
  fileprivate var hasBeenSeen: Bool { (0...Int(Int32.max)).contains(restartCount) }
}
