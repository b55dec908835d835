import NIOCore
import NIOHTTP1
import Synchronization

/// What a stub engine received, and who is connected.
final class StubBook: Sendable {
  struct State {
    var requests: [StubRequest] = []
    var flooded = 0
    var connections: [ObjectIdentifier: any Channel] = [:]
    var waiting:
      [(condition: @Sendable (borrowing State) -> Bool, CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  var requests: [StubRequest] { state.withLock { $0.requests } }

  func forgetRequests() { state.withLock { $0.requests = [] } }

  func opened(_ channel: any Channel) {
    state.withLock { $0.connections[ObjectIdentifier(channel)] = channel }
    channel.closeFuture.whenComplete { _ in
      self.update { $0.connections[ObjectIdentifier(channel)] = nil }
    }
  }

  var floodedBytes: Int { state.withLock { $0.flooded } }

  func flooded(_ count: Int) { state.withLock { $0.flooded += count } }

  func received(_ request: StubRequest) { update { $0.requests.append(request) } }

  func cutAll() {
    let open = state.withLock { Array($0.connections.values) }
    for channel in open { channel.close(promise: nil) }
  }

  func wait(until condition: @escaping @Sendable (borrowing State) -> Bool) async {
    await withCheckedContinuation { continuation in
      let holds = state.withLock { state in
        if condition(state) { return true }
        state.waiting.append((condition, continuation))
        return false
      }
      if holds { continuation.resume() }
    }
  }

  private func update(_ change: (inout State) -> Void) {
    let ready = state.withLock { state in
      change(&state)
      let ready = state.waiting.filter { $0.condition(state) }
      let current = state
      state.waiting.removeAll { $0.condition(current) }
      return ready.map(\.1)
    }
    for continuation in ready { continuation.resume() }
  }
}

/// Reads one request and writes the bytes of its reply, right or wrong.
final class StubConversation: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = ByteBuffer

  private let handler: StubEngine.Handler
  private let book: StubBook
  private var head: HTTPRequestHead?
  private var body = ""

  init(handler: @escaping StubEngine.Handler, book: StubBook) {
    self.handler = handler
    self.book = book
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body(let part): body += String(buffer: part)
    case .end:
      guard let head else { return }
      let parts = head.uri.split(separator: "?", maxSplits: 1).map(String.init)
      let headers = head.headers.map { ($0.name.lowercased(), $0.value) }
      let request = StubRequest(
        method: head.method.rawValue, path: parts.first ?? "",
        query: parts.count > 1 ? parts[1] : "",
        headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }), body: body)
      book.received(request)
      answer(handler(request), on: context.channel)
    }
  }

  private func answer(_ reply: StubReply, on channel: any Channel) {
    let body = Array(reply.body.utf8)
    switch reply.manner {
    case .hanging: return
    case .hangingUp: channel.close(promise: nil)
    case .garbled(let text): send(Array(text.utf8), on: channel)
    case .flooding(let text, let start):
      channel.write(ByteBuffer(string: start), promise: nil)
      flood(channel, ByteBuffer(string: text))
    case .whole:
      let length = [204, 304].contains(reply.status) ? "" : "Content-Length: \(body.count)\r\n"
      send(Self.head(of: reply, length) + body, on: channel)
    case .unframed: send(Self.head(of: reply, "") + body, on: channel)
    case .chunked(let size):
      let chunks = Self.pieces(of: body, size).flatMap(Self.chunk)
      send(Self.head(of: reply, Self.chunkedHeader) + chunks + Self.chunk([]), on: channel)
    case .cut(let count, let chunked):
      let start = Array(body.prefix(count))
      let header = chunked ? Self.chunkedHeader : "Content-Length: \(body.count)\r\n"
      send(
        Self.head(of: reply, header) + (chunked && !start.isEmpty ? Self.chunk(start) : start),
        on: channel)
    case .dripping(let size, let pause):
      let head = Self.head(of: reply, "Content-Length: \(body.count)\r\n")
      drip([head] + Self.pieces(of: body, size), every: pause, on: channel)
    }
  }

  private func send(_ bytes: [UInt8], on channel: any Channel) {
    channel.writeAndFlush(ByteBuffer(bytes: bytes)).whenComplete { _ in
      channel.close(promise: nil)
    }
  }

  /// Ends when the client hangs up.
  private func flood(_ channel: any Channel, _ bytes: ByteBuffer) {
    let book = book
    @Sendable func next() {
      channel.writeAndFlush(bytes).whenSuccess {
        book.flooded(bytes.readableBytes)
        next()
      }
    }
    next()
  }

  private func drip(_ pieces: [[UInt8]], every pause: Duration, on channel: any Channel) {
    var delay = TimeAmount.zero
    for (index, piece) in pieces.enumerated() {
      channel.eventLoop.scheduleTask(in: delay) {
        let written = channel.writeAndFlush(ByteBuffer(bytes: piece))
        guard index == pieces.count - 1 else { return }
        written.whenComplete { _ in channel.close(promise: nil) }
      }
      delay = delay + TimeAmount(pause)
    }
  }

  private static let chunkedHeader = "Transfer-Encoding: chunked\r\n"

  private static func head(of reply: StubReply, _ framing: String) -> [UInt8] {
    let headers = reply.headers.map { "\($0): \($1)\r\n" }.joined()
    return Array("HTTP/1.1 \(reply.status) Stub\r\n\(headers)\(framing)\r\n".utf8)
  }

  private static func chunk(_ bytes: [UInt8]) -> [UInt8] {
    Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
  }

  private static func pieces(of bytes: [UInt8], _ size: Int) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: size).map {
      Array(bytes[$0..<min($0 + size, bytes.count)])
    }
  }
}
