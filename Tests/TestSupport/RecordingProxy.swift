import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Stands before a real engine's socket, passes everything on unchanged, and keeps the first line of
/// every request.
package final class RecordingProxy: Sendable {
  package let socketPath: String
  private let server: any Channel
  private let noted = Lines()

  package init(before engine: String) throws {
    let path = engine + ".proxy"
    socketPath = path
    let noted = noted
    server = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { client in
        client.eventLoop.makeCompletedFuture {
          try client.pipeline.syncOperations.addHandler(Upstream(to: engine, noting: noted))
        }
      }
      .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).wait()
  }

  /// `GET /v1.41/info HTTP/1.1` of every request so far.
  package var calls: [String] { noted.all.withLock { $0 } }

  /// Forgets the requests so far.
  package func forget() { noted.all.withLock { $0 = [] } }

  package func stop() { server.close(promise: nil) }
}

private final class Lines: Sendable {
  let all = Mutex<[String]>([])
}

/// The client's side: opens a connection to the engine and ties both together.
private final class Upstream: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let path: String
  private let lines: Lines
  private var engine: EventLoopFuture<any Channel>?

  init(to path: String, noting lines: Lines) {
    self.path = path
    self.lines = lines
  }

  func channelActive(context: ChannelHandlerContext) {
    let client = context.channel
    engine = ClientBootstrap(group: context.eventLoop)
      .channelInitializer { engine in
        engine.eventLoop.makeCompletedFuture {
          try engine.pipeline.syncOperations.addHandler(Downstream(to: client))
        }
      }
      .connect(unixDomainSocketPath: path)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    let text = String(buffer: bytes)
    let methods = ["GET ", "POST ", "DELETE ", "HEAD "]
    if methods.contains(where: text.hasPrefix) {
      let line = String(text.prefix { $0 != "\r\n" && $0 != "\r" && $0 != "\n" })
      lines.all.withLock { $0.append(line) }
    }
    engine?.whenSuccess { $0.writeAndFlush(bytes, promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    engine?.whenSuccess { $0.close(promise: nil) }
  }
}

/// The engine's side.
private final class Downstream: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let client: any Channel

  init(to client: any Channel) { self.client = client }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    client.writeAndFlush(unwrapInboundIn(data), promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { client.close(promise: nil) }
}
