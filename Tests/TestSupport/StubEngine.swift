import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on a Unix socket of its own that answers whatever a test wants an engine to
/// answer, faults included, and keeps all requests.
///
/// It listens until `close` or its end; its directory goes with it.
package final class StubEngine: Sendable {
  package typealias Handler = @Sendable (StubRequest) -> StubReply

  package let socketPath: String
  private let directory: String
  private let server: any Channel
  private let book: StubBook

  package init(_ handler: @escaping Handler) throws {
    directory = NSTemporaryDirectory() + "stub-" + UUID().uuidString.prefix(13)
    socketPath = directory + "/engine.sock"
    let book = StubBook()
    self.book = book
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    server = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          book.opened(channel)
          try channel.pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(HTTPRequestDecoder()),
            StubConversation(handler: handler, book: book),
          ])
        }
      }
      .bind(unixDomainSocketPath: socketPath).wait()
  }

  deinit { close() }

  /// Every request so far, in the order of arrival.
  package var requests: [StubRequest] { book.requests }

  /// Method and path without its version, of every request so far: `GET /containers/json`.
  package var calls: [String] { requests.map(\.call) }

  /// How much clients took of replies that have no end.
  package var floodedBytes: Int { book.floodedBytes }

  /// Forgets the requests so far.
  package func forgetRequests() { book.forgetRequests() }

  /// Returns as soon as the number of requests that arrived is at least this.
  package func waitForRequests(_ count: Int = 1) async {
    await book.wait { $0.requests.count >= count }
  }

  /// Returns as soon as no client is connected.
  package func waitForDisconnection() async { await book.wait { $0.connections.isEmpty } }

  /// Stops listening and cuts every connection, as an engine does that is killed.
  package func close() {
    server.close(promise: nil)
    book.cutAll()
    try? FileManager.default.removeItem(atPath: directory)
  }
}

/// A request as a stub engine received it.
package struct StubRequest: Hashable, Sendable {
  package let method: String
  /// As sent, with its version and percent escapes.
  package let path: String
  /// Without the question mark; empty where there is none.
  package let query: String
  /// Names in lower case.
  package let headers: [String: String]
  package let body: String

  /// The path without its version: `/containers/json` of `/v1.41/containers/json`.
  package var unversionedPath: String {
    guard path.hasPrefix("/v1."), let end = path.dropFirst().firstIndex(of: "/") else {
      return path
    }
    return String(path[end...])
  }

  /// Method and path without its version.
  package var call: String { "\(method) \(unversionedPath)" }
}

/// What a stub engine answers, and how well.
package struct StubReply: Hashable, Sendable {
  package enum Manner: Hashable, Sendable {
    /// With a `Content-Length`, at once.
    case whole
    /// With chunked transfer encoding, in pieces of this many bytes.
    case chunked(Int)
    /// Only so many bytes of the body, then the connection ends; chunked or not.
    case cut(after: Int, chunked: Bool)
    /// In pieces of this many bytes, with this pause between them.
    case dripping(Int, every: Duration)
    /// A body that ends with the connection, without saying its length.
    case unframed
    /// These bytes instead of HTTP.
    case garbled(String)
    /// These bytes, and then others again and again for as long as the client takes them.
    case flooding(String, after: String)
    /// Nothing, for ever.
    case hanging
    /// Nothing; the connection ends.
    case hangingUp
  }

  package var status: Int
  package var headers: [String: String]
  package var body: String
  package var manner: Manner

  package init(
    _ status: Int = 200, _ body: String = "", headers: [String: String] = [:],
    manner: Manner = .whole
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.manner = manner
  }

  package static let hanging = StubReply(manner: .hanging)

  /// An error as Docker words it.
  package static func error(_ status: Int, _ message: String) -> StubReply {
    StubReply(status, "{\"message\":\"\(message)\"}")
  }

  /// What `/_ping` of a Docker engine answers.
  package static func ping(apiVersion: String) -> StubReply {
    StubReply(200, "OK", headers: ["Api-Version": apiVersion])
  }
}
