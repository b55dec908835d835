import Foundation

/// One request of a client on its way through a fault proxy.
struct FaultyExchange {
  let request: Data
  let client: Int32
  let engine: EngineSocket
  /// Told the status of the engine's reply.
  let noting: (Int) -> Void
  let keeping: (Int32) -> Bool
  let ending: (Int32) -> Void

  func carryOut(_ fault: Fault) {
    switch fault {
    case .pass: forward { pump($0, atMost: .max) }
    case .delay(let pause):
      Thread.sleep(forTimeInterval: pause / .seconds(1))
      forward { pump($0, atMost: .max) }
    case .cut(let count): forward { pump($0, atMost: count) }
    case .truncate(let count):
      guard let reply = wholeReply() else { return }
      send(Self.text(of: reply, Data(reply.wholeBody.prefix(count))))
    case .garble(let seed):
      guard let reply = wholeReply() else { return }
      send(Self.text(of: reply, Self.garbled(reply.wholeBody, seed)))
    case .nonsense: send(Data("\u{1}\u{2} no HTTP at all\r\n\r\n{]".utf8))
    case .answer(let status, let done):
      if done { _ = wholeReply() }
      let body = #"{"message":"a fault of the test"}"#
      send(
        Data(
          "HTTP/1.1 \(status) Fault\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
            .utf8))
    case .hang(let done):
      if done { _ = wholeReply() }
      while EngineSocket.receive(from: client) != nil {}
    case .stall(let count):
      forward { pump($0, atMost: count, cutting: false) }
      while EngineSocket.receive(from: client) != nil {}
    case .close(let done): if done { _ = wholeReply() }
    }
  }

  private func send(_ bytes: Data) { try? EngineSocket.send(bytes, to: client) }

  /// Gives the request to the engine, and then its connection to the body.
  private func forward(_ body: (Int32) -> Void) {
    guard let connection = try? engine.connect() else { return }
    guard keeping(connection) else {
      close(connection)
      return
    }
    defer { ending(connection) }
    guard (try? EngineSocket.send(request, to: connection)) != nil else { return }
    body(connection)
  }

  /// Passes bytes both ways until the engine's side ends, the client goes, or so many bytes came.
  private func pump(_ connection: Int32, atMost limit: Int, cutting: Bool = true) {
    var start = Data()
    var isNoted = false
    var left = limit
    func cut() { if cutting { shutdown(client, Int32(SHUT_RDWR)) } }
    if left == 0 { cut() }
    while true {
      // The engine has done all there was to do only at the end of its reply: after a cut the rest is
      // read, and not sent.
      guard let ready = wait(connection, mindingClient: left > 0) else { return }
      if ready.client {
        guard let part = EngineSocket.receive(from: client),
          (try? EngineSocket.send(part, to: connection)) != nil
        else { return }
      }
      guard ready.engine else { continue }
      guard let part = EngineSocket.receive(from: connection) else { return }
      if !isNoted {
        start += part
        if let status = HTTPText(start)?.status {
          noting(status)
          isNoted = true
        }
      }
      guard left > 0 else { continue }
      guard (try? EngineSocket.send(Data(part.prefix(left)), to: client)) != nil else { return }
      left -= min(left, part.count)
      if left == 0 { cut() }
    }
  }

  /// The engine's whole reply; nil where it, or the client, went before its end.
  private func wholeReply() -> HTTPText? {
    var all = Data()
    forward { connection in
      while let ready = wait(connection) {
        if ready.client, EngineSocket.receive(from: client) == nil { return }
        guard ready.engine else { continue }
        guard let part = EngineSocket.receive(from: connection) else { return }
        all += part
      }
    }
    let reply = HTTPText(all)
    if let status = reply?.status { noting(status) }
    return reply
  }

  /// Waits for bytes, or the end, of either side.
  private func wait(
    _ connection: Int32, mindingClient: Bool = true
  ) -> (client: Bool, engine: Bool)? {
    // A negative descriptor is passed over.
    var sides = [
      pollfd(fd: mindingClient ? client : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: connection, events: Int16(POLLIN), revents: 0),
    ]
    var count = poll(&sides, 2, -1)
    while count < 0 && errno == EINTR { count = poll(&sides, 2, -1) }
    return count > 0 ? (sides[0].revents != 0, sides[1].revents != 0) : nil
  }

  private static func text(of reply: HTTPText, _ body: Data) -> Data {
    let framing: Set<String> = ["transfer-encoding", "content-length", "connection"]
    let lines = reply.headers.filter { !framing.contains($0.name.lowercased()) }
      .map { "\($0.name): \($0.value)\r\n" }.joined()
    // A reply without content must not say its length.
    let length = [204, 304].contains(reply.status) ? "" : "Content-Length: \(body.count)\r\n"
    return Data("\(reply.firstLine)\r\n\(lines)\(length)Connection: close\r\n\r\n".utf8) + body
  }

  private static func garbled(_ body: Data, _ seed: UInt64) -> Data {
    guard !body.isEmpty else { return body }
    var generator = SeededGenerator(seed: seed)
    var bytes = Array(body)
    for _ in 0..<max(1, bytes.count / 40) {
      bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
        UInt8.random(in: 0...255, using: &generator)
    }
    return Data(bytes)
  }
}
