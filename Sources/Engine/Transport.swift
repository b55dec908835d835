import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Carries one HTTP request to a Unix socket and the whole reply back, one connection each.
///
/// The only file that knows swift-nio: no type of it leaves. A reply is complete or an error;
/// cancelling the task closes the connection. `send` holds a reply, `transfer` passes bodies of any
/// size on, `lines` follows a reply that has no end.
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
    let limit = min(request.maxReplyBytes ?? maxBodyBytes, maxBodyBytes)
    start(
      request, on: loop, within: deadline, outcome: outcome,
      reader: { ReplyCollector(call: request.call, limit: limit) })
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
  /// The deadline is for its head, and for each line once it has begun. Nothing that comes is dropped:
  /// who falls too far behind gets `replyTooLarge`, and who stops reading closes the connection. An
  /// engine that ends the reply ends the stream.
  func lines(
    _ request: Request, beginningWithin deadline: Duration
  ) -> AsyncThrowingStream<Data, any Error> {
    AsyncThrowingStream(bufferingPolicy: .bufferingOldest(Backlog.capacity)) { continuation in
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
        var backlog = Backlog()
        return LineReader(call: request.call, begun: { timer.cancel() }) {
          line throws(EngineError) in
          let result = continuation.yield(line)
          guard case .enqueued(let room) = result else { throw EngineError.cancelled }
          try backlog.add(line, behind: Backlog.capacity - room - 1, of: request.call)
        }
      }
    }
  }

  /// Carries bodies that are too large to be held: the request's from a file, the reply's into a sink.
  ///
  /// Only the body of a 200 goes to the sink, and only as fast as it takes it; the body of any other
  /// is in the reply. What the sink throws ends the transfer and is thrown on. Who gave pieces to a
  /// sink knows that they are all only when this returns.
  func transfer(
    _ request: Request, from file: UploadFile? = nil, at pace: Pace, atMost limit: Int64,
    into sink: @Sendable (Data) async throws -> Void
  ) async throws -> Reply {
    if Task.isCancelled { throw EngineError.cancelled }
    let connection = try await connect(within: pace.beginning)
    let patience = Patience(with: connection.channel, during: request.call, atMost: pace.total)
    defer { patience.end() }
    patience.wait(pace.beginning)
    do {
      return try await connection.executeThenClose { inbound, outbound in
        try await withThrowingTaskGroup(of: Void.self) { group in
          // The reply can come before the request is through: a refusal does.
          group.addTask {
            do {
              try await Self.write(request, from: file, to: outbound, at: pace, patience)
            } catch let error as EngineError {
              patience.giveUp(for: error)
            } catch {
              // What became of it is seen by who reads the reply.
            }
          }
          defer { group.cancelAll() }
          return try await Self.read(
            inbound, of: request.call, at: pace, atMost: limit, patience, into: sink)
        }
      }
    } catch let failure as SinkFailure {
      throw failure.error
    } catch {
      throw EngineError(of: error, during: request.call)
    }
  }

  private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

  private func connect(within deadline: Duration) async throws(EngineError) -> Connection {
    do {
      return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(TimeAmount(deadline))
        .connect(unixDomainSocketPath: socketPath) { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers(Self.handlers())
            return try Connection(wrappingChannelSynchronously: channel)
          }
        }
    } catch {
      throw Self.explain(error, connectingTo: socketPath)
    }
  }

  private static func write(
    _ request: Request, from file: UploadFile?,
    to outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>, at pace: Pace,
    _ patience: Patience
  ) async throws {
    let length = file?.length ?? Int64(request.body?.count ?? 0)
    try await outbound.write(.head(head(of: request, length: length)))
    if let body = request.body {
      try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: body))))
    }
    var position: Int64 = 0
    while let piece = try file?.piece(after: position) {
      try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: piece))))
      position += Int64(piece.count)
      patience.wait(pace.idle)
    }
    try await outbound.write(.end(nil))
    patience.wait(pace.beginning)
  }

  private static func read(
    _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>, of call: String, at pace: Pace,
    atMost limit: Int64, _ patience: Patience, into sink: @Sendable (Data) async throws -> Void
  ) async throws -> Reply {
    var reply: ReplyHead?
    var (words, count) = (Data(), Int64(0))
    for try await part in inbound {
      switch part {
      case .head(let head):
        let plain = ReplyHead(head)
        guard plain.tellsItsEnd else {
          throw EngineError.brokenReply(call: call, reason: "it does not say where its body ends")
        }
        reply = plain
      case .body(let bytes):
        count += Int64(bytes.readableBytes)
        let isGood = reply?.status == 200
        // An error is a sentence.
        let most = isGood ? limit : min(limit, Int64(LineCutter.longestLine))
        guard count <= most else {
          throw EngineError.replyTooLarge(call: call, limit: Int(most))
        }
        if isGood {
          // A slow disk is not the engine's fault.
          patience.pause()
          do {
            try await sink(Data(bytes.readableBytesView))
          } catch {
            throw SinkFailure(error: error)
          }
        } else {
          words.append(contentsOf: bytes.readableBytesView)
        }
      case .end:
        guard let reply else { continue }
        return Reply(status: reply.status, headers: reply.headers, body: words)
      }
      patience.wait(pace.idle)
    }
    throw Task.isCancelled ? EngineError.cancelled : .connectionLost(call: call)
  }

  private func start<Reader: ReplyReader>(
    _ request: Request, on loop: any EventLoop, within deadline: Duration,
    outcome: EventLoopPromise<Reply>, reader: @escaping @Sendable () -> Reader
  ) {
    let socketPath = socketPath
    let connecting = ClientBootstrap(group: loop)
      .connectTimeout(TimeAmount(deadline))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let feeder = Feeder(
            reader(), call: request.call, deadline: deadline, outcome: outcome)
          try channel.pipeline.syncOperations.addHandlers(Self.handlers() + [feeder])
        }
      }
      .connect(unixDomainSocketPath: socketPath)
    connecting.whenFailure { error in
      outcome.fail(Self.explain(error, connectingTo: socketPath))
    }
    connecting.whenSuccess { channel in
      // Before the request is written: one that was cancelled meanwhile must not reach the engine.
      outcome.futureResult.whenComplete { _ in channel.close(promise: nil) }
      let head = Self.head(of: request, length: Int64(request.body?.count ?? 0))
      channel.write(HTTPClientRequestPart.head(head), promise: nil)
      if let body = request.body {
        let bytes = channel.allocator.buffer(bytes: body)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(bytes)), promise: nil)
      }
      channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }
  }

  private static func handlers() -> [any ChannelHandler] {
    let guardian = HeadGuard()
    return [
      HTTPRequestEncoder(), guardian, ByteToMessageHandler(HTTPResponseDecoder()),
      HeadWitness(guardian),
    ]
  }

  private static func head(of request: Request, length: Int64) -> HTTPRequestHead {
    // Engines refuse a request without a valid host name; the socket's path is not one.
    var headers: HTTPHeaders = ["Host": "docker", "User-Agent": "balai", "Connection": "close"]
    if request.method.hasBody { headers.add(name: "Content-Length", value: "\(length)") }
    if request.body != nil { headers.add(name: "Content-Type", value: "application/json") }
    for (name, value) in request.headers { headers.add(name: name, value: value) }
    return HTTPRequestHead(
      version: .http1_1, method: HTTPMethod(rawValue: request.method.rawValue),
      uri: request.target, headers: headers)
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

/// Told apart from what goes wrong with the connection.
private struct SinkFailure: Error {
  let error: any Error
}

/// Ends a transfer whose engine keeps silent, or that takes too long at all.
private final class Patience: Sendable {
  private let channel: any Channel
  private let call: String
  private let last: Scheduled<Void>
  private let timer = Mutex<Scheduled<Void>?>(nil)

  init(with channel: any Channel, during call: String, atMost total: Duration) {
    self.channel = channel
    self.call = call
    last = channel.eventLoop.scheduleTask(in: TimeAmount(total)) {
      Self.end(channel, for: .noAnswer(call: call, after: total))
    }
  }

  /// Gives the engine so long from now on.
  func wait(_ duration: Duration) {
    let (channel, call) = (channel, call)
    let next = channel.eventLoop.scheduleTask(in: TimeAmount(duration)) {
      Self.end(channel, for: .noAnswer(call: call, after: duration))
    }
    replace(next)
  }

  func pause() { replace(nil) }

  func end() {
    last.cancel()
    replace(nil)
  }

  func giveUp(for error: EngineError) { Self.end(channel, for: error) }

  private func replace(_ next: Scheduled<Void>?) {
    let old = timer.withLock { timer in
      let old = timer
      timer = next
      return old
    }
    old?.cancel()
  }

  private static func end(_ channel: any Channel, for error: EngineError) {
    // Who reads the reply gets the first error that passes the pipeline.
    channel.pipeline.fireErrorCaught(error)
    channel.close(promise: nil)
  }
}

/// Refuses a reply whose head has no end. The decoder limits headers, but not the line before them.
private final class HeadGuard: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private static let most = 4 << 20
  private var count = 0
  var isThrough = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if !isThrough {
      count += unwrapInboundIn(data).readableBytes
      if count > Self.most {
        context.fireErrorCaught(HTTPParserError.headerOverflow)
        return context.close(promise: nil)
      }
    }
    context.fireChannelRead(data)
  }
}

/// Sees where the head ends.
private final class HeadWitness: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private let guardian: HeadGuard

  init(_ guardian: HeadGuard) { self.guardian = guardian }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guardian.isThrough = true
    context.fireChannelRead(data)
  }
}

/// Gives a reader what comes, and tells its end.
private final class Feeder<Reader: ReplyReader>: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private var reader: Reader
  private let call: String
  private let deadline: Duration
  private let outcome: EventLoopPromise<Reply>
  /// Runs while a line has begun and not ended: between two lines there may be silence for days.
  private var timer: (line: Int, Scheduled<Void>)?

  init(_ reader: Reader, call: String, deadline: Duration, outcome: EventLoopPromise<Reply>) {
    self.reader = reader
    self.call = call
    self.deadline = deadline
    self.outcome = outcome
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    do throws(EngineError) {
      switch unwrapInboundIn(data) {
      case .head(let head): try reader.begin(ReplyHead(head))
      case .body(let bytes): try reader.take(bytes.readableBytesView)
      case .end: outcome.succeed(try reader.end())
      }
    } catch {
      outcome.fail(error)
    }
    guard reader.openLine != timer?.line else { return }
    timer?.1.cancel()
    timer = reader.openLine.map { line in
      let (outcome, failure) = (outcome, EngineError.noAnswer(call: call, after: deadline))
      return (
        line,
        context.eventLoop.scheduleTask(in: TimeAmount(deadline)) { outcome.fail(failure) }
      )
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.1.cancel()
    outcome.fail(EngineError.connectionLost(call: call))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    outcome.fail(EngineError(of: error, during: call))
  }
}

extension EngineError {
  /// What a connection's end means.
  fileprivate init(of error: any Error, during call: String) {
    self =
      switch error {
      case let error as EngineError: error
      case is CancellationError: .cancelled
      case HTTPParserError.invalidEOFState: .connectionLost(call: call)
      case HTTPParserError.headerOverflow:
        .brokenReply(call: call, reason: "its headers have no end")
      case is HTTPParserError: .brokenReply(call: call, reason: "it is not HTTP")
      default: .connectionLost(call: call)
      }
  }
}

extension ReplyHead {
  fileprivate init(_ head: HTTPResponseHead) {
    let headers = head.headers.map { ($0.name.lowercased(), $0.value) }
    self.init(
      status: Int(head.status.code),
      headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }),
      tellsItsEnd: [204, 304].contains(head.status.code)
        || head.headers.contains(name: "Content-Length")
        || head.headers[canonicalForm: "Transfer-Encoding"].contains {
          $0.lowercased() == "chunked"
        })
  }
}
