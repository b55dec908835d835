/// What goes wrong with one request on its way to an engine and back.
package enum Fault: Hashable, Sendable {
  /// Nothing.
  case pass
  /// Everything comes, but later.
  case delay(Duration)
  /// The connection ends after so many bytes of the reply, its head included.
  case cut(after: Int)
  /// The reply ends after so many bytes of its body, and its head says that this is all.
  case truncate(to: Int)
  /// Some bytes of the reply's body are others, chosen by a seed.
  case garble(seed: UInt64)
  /// The reply is no HTTP.
  case nonsense
  /// An error that the engine never gave. With `done` the engine got the request and did what it asks.
  case answer(Int, done: Bool)
  /// No reply, until the client gives up.
  case hang(done: Bool)
  /// So many bytes of the reply, and then nothing until the client gives up.
  case stall(after: Int)
  /// No reply; the connection ends.
  case close(done: Bool)

  /// A fault of any kind.
  package static func random(using generator: inout SeededGenerator) -> Fault {
    let done = generator.chance(oneIn: 2)
    switch Int.random(in: 0..<7, using: &generator) {
    case 0: return .delay(.milliseconds(Int.random(in: 1...50, using: &generator)))
    case 1: return .cut(after: Int.random(in: 0...600, using: &generator))
    case 2: return .truncate(to: Int.random(in: 0...200, using: &generator))
    case 3: return .garble(seed: generator.next())
    case 4: return .nonsense
    case 5: return .answer(generator.pick([404, 409, 500, 503]), done: done)
    default: return .close(done: done)
    }
  }
}

/// A request that a fault proxy was given, and what it did with it.
package struct FaultyCall: Hashable, Sendable {
  package let method: String
  /// As sent, with its version and its query.
  package let target: String
  package let fault: Fault
  /// The status that the engine gave; nil where it never saw the request, or its answer did not come.
  package var engineStatus: Int?

  /// The path without its version and its query.
  package var path: String {
    let path = target.prefix { $0 != "?" }
    guard path.hasPrefix("/v1."), let end = path.dropFirst().firstIndex(of: "/") else {
      return String(path)
    }
    return String(path[end...])
  }

  /// Method and kind of path, with a star for what it names: `DELETE /images/*`.
  package var kind: String {
    let parts = path.split(separator: "/")
    guard let first = parts.first else { return "\(method) /" }
    let plain = ["json", "create", "prune", "df"]
    guard parts.count > 1, !(parts.count == 2 && plain.contains(String(parts[1]))) else {
      return "\(method) /" + parts.joined(separator: "/")
    }
    let verbs: Set<Substring> = ["json", "history", "stop", "start", "kill", "tag", "get"]
    let verb = parts.last.flatMap { parts.count > 2 && verbs.contains($0) ? "/\($0)" : nil } ?? ""
    return "\(method) /\(first)/*\(verb)"
  }
}
