import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Carries one HTTP request to a Unix socket and the whole reply back, one connection each.
///
/// The only file that knows swift-nio: no type of it leaves. A reply is complete or an error;
/// cancelling the task closes the connection.
struct Transport: Sendable {
  let socketPath: String
  let maxBodyBytes: Int

  /// The deadline covers all of it, from connecting to the reply's last byte.
  func send(_ request: Request, within deadline: Duration) async throws(EngineError) -> Reply {
    if Task.isCancelled { throw .cancelled }
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    // Whatever ends the exchange completes this promise, and only the first to do so counts.
    let outcome = loop.makePromise(of: Reply.self)
    let timer = loop.scheduleTask(in: TimeAmount(deadline)) {
      outcome.fail(EngineError.noAnswer(call: request.call, after: deadline))
    }
    outcome.futureResult.whenComplete { _ in timer.cancel() }
    let limit = maxBodyBytes
    start(request, on: loop, within: deadline, outcome: outcome) {
      ReplyCollector(call: request.call, limit: limit, outcome: outcome)
    }
    do {
      return try await withTaskCancellationHandler {
        try await outcome.futureResult.get()
      } onCancel: {
        outcome.fail(EngineError.cancelled)
      }
    } catch let error as EngineError {
      throw error
    } catch {
      throw .connectionLost(call: request.call)
    }
  }

  /// The lines of a reply that goes on for as long as both sides live, as they come.
  ///
  /// The deadline is for its head alone. Nothing that comes is dropped, so who reads must keep up;
  /// who stops reading closes the connection. An engine that ends the reply ends the stream.
  func lines(
    _ request: Request, beginningWithin deadline: Duration
  ) -> AsyncThrowingStream<Data, any Error> {
    AsyncThrowingStream { continuation in
      let loop = MultiThreadedEventLoopGroup.singleton.next()
      let outcome = loop.makePromise(of: Reply.self)
      let timer = loop.scheduleTask(in: TimeAmount(deadline)) {
        outcome.fail(EngineError.noAnswer(call: request.call, after: deadline))
      }
      outcome.futureResult.whenComplete { result in
        timer.cancel()
        switch result {
        case .success: continuation.finish()
        case .failure(let error): continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in outcome.fail(EngineError.cancelled) }
      start(request, on: loop, within: deadline, outcome: outcome) {
        LineReader(
          call: request.call, outcome: outcome, begun: { timer.cancel() },
          line: { continuation.yield($0) })
      }
    }
  }

  private func start(
    _ request: Request, on loop: any EventLoop, within deadline: Duration,
    outcome: EventLoopPromise<Reply>, reader: @escaping @Sendable () -> any ChannelHandler
  ) {
    let socketPath = socketPath
    let connecting = ClientBootstrap(group: loop)
      .connectTimeout(TimeAmount(deadline))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers([
            HTTPRequestEncoder(),
            ByteToMessageHandler(HTTPResponseDecoder()),
            reader(),
          ])
        }
      }
      .connect(unixDomainSocketPath: socketPath)
    connecting.whenFailure { error in
      outcome.fail(Self.explain(error, connectingTo: socketPath))
    }
    connecting.whenSuccess { channel in
      // Before the request is written: one that was cancelled meanwhile must not reach the engine.
      outcome.futureResult.whenComplete { _ in channel.close(promise: nil) }
      // Engines refuse a request without a valid host name; the socket's path is not one.
      var headers: HTTPHeaders = [
        "Host": "docker", "User-Agent": "balai", "Connection": "close",
      ]
      if request.method == .post {
        headers.add(name: "Content-Length", value: "\(request.body?.count ?? 0)")
        if request.body != nil { headers.add(name: "Content-Type", value: "application/json") }
      }
      let head = HTTPRequestHead(
        version: .http1_1, method: HTTPMethod(rawValue: request.method.rawValue),
        uri: request.target, headers: headers)
      channel.write(HTTPClientRequestPart.head(head), promise: nil)
      if let body = request.body {
        let bytes = channel.allocator.buffer(bytes: body)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(bytes)), promise: nil)
      }
      channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }
  }

  private static func explain(_ error: any Error, connectingTo path: String) -> EngineError {
    switch error {
    case let error as IOError: .unreachable(socket: path, Obstacle(errno: error.errnoCode))
    case SocketAddressError.unixDomainSocketPathTooLong:
      .unreachable(socket: path, .other("the path is longer than the 107 bytes a socket may have"))
    default: .unreachable(socket: path, .other("\(error)"))
    }
  }

  typealias Obstacle = EngineError.Obstacle
}

/// What is asked of an engine.
struct Request: Sendable {
  enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case delete = "DELETE"
  }

  let method: Method
  /// Path and query as they go over the wire.
  let target: String
  /// What an error names: the method and the path without its version.
  let call: String
  /// JSON, of a POST only.
  var body: Data?
}

/// What an engine answered, whole.
struct Reply: Sendable {
  let status: Int
  /// Names in lower case.
  let headers: [String: String]
  let body: Data
}

extension EngineError.Obstacle {
  /// From connect(2).
  init(errno code: CInt) {
    self =
      switch code {
      case ENOENT: .absent
      case ECONNREFUSED: .deserted
      case EACCES, EPERM: .denied
      default: .other(String(cString: strerror(code)))
      }
  }
}

/// Cuts a reply into lines as it comes.
private final class LineReader: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  /// Events have a few hundred bytes, and the labels of their object.
  private static let longestLine = 1 << 20

  private let call: String
  private let outcome: EventLoopPromise<Reply>
  private let begun: () -> Void
  private let line: (Data) -> Void
  private var status = 0
  private var rest = Data()

  init(
    call: String, outcome: EventLoopPromise<Reply>, begun: @escaping () -> Void,
    line: @escaping (Data) -> Void
  ) {
    self.call = call
    self.outcome = outcome
    self.begun = begun
    self.line = line
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      status = Int(head.status.code)
      if status == 200 { begun() }
    case .body(let part):
      rest.append(contentsOf: part.readableBytesView)
      if status == 200 { cutLines() }
      if rest.count > Self.longestLine {
        outcome.fail(EngineError.replyTooLarge(call: call, limit: Self.longestLine))
      }
    case .end:
      let reply = Reply(status: status, headers: [:], body: rest)
      if status == 200 {
        outcome.succeed(reply)
      } else {
        outcome.fail(EngineError.refused(call: call, status: status, message: reply.message))
      }
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    outcome.fail(EngineError.connectionLost(call: call))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    outcome.fail(EngineError.connectionLost(call: call))
  }

  private func cutLines() {
    let pieces = rest.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for piece in pieces.dropLast() where !piece.isEmpty { line(Data(piece)) }
    rest = Data(pieces.last ?? Data())
  }
}

/// Gathers a reply's parts until it is whole.
private final class ReplyCollector: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private let call: String
  private let limit: Int
  private let outcome: EventLoopPromise<Reply>
  private var head: HTTPResponseHead?
  private var body = ByteBuffer()

  init(call: String, limit: Int, outcome: EventLoopPromise<Reply>) {
    self.call = call
    self.limit = limit
    self.outcome = outcome
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      if !Self.tellsItsEnd(head) {
        outcome.fail(
          EngineError.brokenReply(call: call, reason: "it does not say where its body ends"))
      }
    case .body(var part):
      guard body.readableBytes + part.readableBytes <= limit else {
        return outcome.fail(EngineError.replyTooLarge(call: call, limit: limit))
      }
      body.writeBuffer(&part)
    case .end:
      guard let head else { return }
      let headers = head.headers.map { ($0.name.lowercased(), $0.value) }
      outcome.succeed(
        Reply(
          status: Int(head.status.code),
          headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }),
          body: Data(body.readableBytesView)))
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    outcome.fail(EngineError.connectionLost(call: call))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case HTTPParserError.invalidEOFState:
      outcome.fail(EngineError.connectionLost(call: call))
    case is HTTPParserError:
      outcome.fail(EngineError.brokenReply(call: call, reason: "it is not HTTP"))
    default:
      outcome.fail(EngineError.connectionLost(call: call))
    }
  }

  /// A body that only ends with its connection could be cut short without anybody noticing; engines
  /// never send one.
  private static func tellsItsEnd(_ head: HTTPResponseHead) -> Bool {
    [204, 304].contains(head.status.code) || head.headers.contains(name: "Content-Length")
      || head.headers[canonicalForm: "Transfer-Encoding"].contains { $0.lowercased() == "chunked" }
  }
}
