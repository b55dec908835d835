import Synchronization
import TestSupport

/// One kind of request, one fault, and whether it hits only the first such request or all of them.
struct FaultCell: CustomStringConvertible, Sendable {
  let kind: String
  let fault: Fault
  let hitsAll: Bool
  /// Whether a saved plan is swept, and not a policy.
  let isSaved: Bool

  var description: String {
    "\(fault) at \(hitsAll ? "every" : "the first") \(kind), "
      + (isSaved ? "saved plan" : "policy")
  }

  /// Whether the fault leaves every reply as it was.
  var isHarmless: Bool {
    switch fault {
    case .pass, .delay: true
    default: false
    }
  }

  /// Of a part of the engine's objects without which there is no snapshot.
  var isList: Bool {
    ["GET /containers/json", "GET /images/json", "GET /volumes", "GET /networks"].contains(kind)
  }

  /// Requests of a sweep that are answered late, by half or never.
  static func silences(of kinds: [String]) -> [FaultCell] {
    kinds.flatMap { kind in
      let faults: [Fault] =
        kind.hasPrefix("GET ")
        ? [.hang(done: false), .stall(after: 300)] : [.hang(done: false), .hang(done: true)]
      return faults.flatMap { fault in
        [false, true].map { FaultCell(kind: kind, fault: fault, hitsAll: $0, isSaved: true) }
      }
    }
  }

  static func all(of kinds: [String]) -> [FaultCell] {
    var cells: [FaultCell] = []
    for kind in kinds {
      for fault in faults(of: kind) {
        for hitsAll in [false, true] {
          cells.append(
            FaultCell(kind: kind, fault: fault, hitsAll: hitsAll, isSaved: cells.count % 3 == 0))
        }
      }
    }
    return cells
  }

  private static func faults(of kind: String) -> [Fault] {
    var faults: [Fault] = [
      .delay(.milliseconds(30)), .cut(after: 20), .cut(after: 300), .truncate(to: 20),
      .garble(seed: 7), .nonsense, .close(done: false),
    ]
    faults += [404, 409, 500, 503].map { .answer($0, done: false) }
    guard !kind.hasPrefix("GET ") else { return faults }
    faults += [404, 409, 500, 503].map { .answer($0, done: true) }
    // What something in the way says, and the engine never heard.
    return faults + [.close(done: true), .answer(204, done: false), .answer(200, done: false)]
  }

  /// The requests that this cell hits.
  var choice: FaultProxy.Choice {
    let mayHit = OnlyOnce()
    return { call, _ in
      call.kind == kind && (hitsAll || mayHit.take()) ? fault : .pass
    }
  }

  private final class OnlyOnce: Sendable {
    private let isTaken = Mutex(false)

    func take() -> Bool {
      isTaken.withLock { isTaken in
        defer { isTaken = true }
        return !isTaken
      }
    }
  }
}
