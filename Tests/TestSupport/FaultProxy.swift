import Foundation
import Synchronization

/// Stands before a real engine's socket, spoils the requests that a test chooses, and keeps what it
/// did with each.
package final class FaultProxy: Sendable {
  /// Chooses by method, target and the number of the request, from 0.
  package typealias Choice = @Sendable (FaultyCall, Int) -> Fault

  private struct State {
    var calls: [FaultyCall] = []
    var open: Set<Int32> = []
    var isStopped = false
  }

  package let socketPath: String
  private let engine: EngineSocket
  private let choice: Mutex<Choice>
  private let state = Mutex(State())
  private let server: Int32

  package init(
    before engine: String, _ choice: @escaping Choice = { _, _ in .pass }
  ) throws {
    self.engine = EngineSocket(engine)
    socketPath = engine + ".faults"
    self.choice = Mutex(choice)
    server = try EngineSocket.listen(on: socketPath)
    // Threads that block: what a fault does must not wait for a pool that others use.
    Thread.detachNewThread { [self] in
      while true {
        let client = accept(server, nil, nil)
        if client < 0 && errno == EINTR { continue }
        guard client >= 0, keep(client) else {
          if client >= 0 { close(client) }
          break
        }
        Thread.detachNewThread { [self] in
          serve(client)
          end(client)
        }
      }
      close(server)
    }
  }

  /// Spoils about one request in so many, in a way that the seed decides.
  package convenience init(before engine: String, seed: UInt64, oneIn count: Int) throws {
    try self.init(before: engine) { _, number in
      var generator = SeededGenerator(seed: seed &+ UInt64(number) &* 7919)
      return generator.chance(oneIn: count) ? .random(using: &generator) : .pass
    }
  }

  /// Every request so far, in the order of arrival.
  package var calls: [FaultyCall] { state.withLock { $0.calls } }

  /// Chooses by other rules from now on, and counts from 0.
  package func use(_ choice: @escaping Choice) {
    self.choice.withLock { $0 = choice }
    state.withLock { $0.calls = [] }
  }

  /// Ends all connections, as the death of the engine does, and goes on to listen.
  package func endConnections() {
    state.withLock { state in
      for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
    }
  }

  /// Ends all connections and listens no more; to be called once.
  package func stop() {
    state.withLock { $0.isStopped = true }
    endConnections()
    shutdown(server, Int32(SHUT_RDWR))
    unlink(socketPath)
  }

  private func keep(_ connection: Int32) -> Bool {
    state.withLock { state in
      if state.isStopped { return false }
      state.open.insert(connection)
      return true
    }
  }

  /// The number is given back only once nobody can shut down another's connection by it.
  private func end(_ connection: Int32) {
    state.withLock { _ = $0.open.remove(connection) }
    close(connection)
  }

  private func serve(_ client: Int32) {
    var bytes = Data()
    var request: HTTPText?
    while request?.isWhole != true {
      guard let part = EngineSocket.receive(from: client) else { return }
      bytes += part
      request = HTTPText(bytes)
    }
    guard let request else { return }
    let words = request.firstLine.split(separator: " ").map(String.init)
    let given = FaultyCall(
      method: words.first ?? "", target: words.count > 1 ? words[1] : "", fault: .pass)
    let choose = choice.withLock { $0 }
    let (number, fault) = state.withLock { state in
      let number = state.calls.count
      let fault = choose(given, number)
      state.calls.append(FaultyCall(method: given.method, target: given.target, fault: fault))
      return (number, fault)
    }
    FaultyExchange(
      request: Self.closing(request), client: client, engine: engine,
      noting: { status in
        self.state.withLock { state in
          if state.calls.indices.contains(number) { state.calls[number].engineStatus = status }
        }
      }, keeping: keep, ending: end
    ).carryOut(fault)
  }

  /// The request again, asking for the connection to end after its reply.
  private static func closing(_ request: HTTPText) -> Data {
    let isUpgrade = request.value(of: "upgrade") != nil
    let kept = request.headers.filter { isUpgrade || $0.name.lowercased() != "connection" }
    let lines = kept.map { "\($0.name): \($0.value)\r\n" }.joined()
    let ending = isUpgrade ? "\r\n" : "Connection: close\r\n\r\n"
    return Data("\(request.firstLine)\r\n\(lines)\(ending)".utf8) + request.body
  }
}
