import Foundation

/// The calls of one engine's API: paths, versions, status codes and JSON.
struct EngineAPI: Sendable {
  let transport: Transport
  /// Nil: not agreed yet, paths go without it.
  var version: APIVersion?
  let limits: RequestLimits

  /// Any status is a reply; only what prevents one is an error.
  func send(
    _ method: Request.Method, _ path: String, query: [String] = [], body: Data? = nil,
    within deadline: Duration? = nil
  ) async throws(EngineError) -> Reply {
    var request = request(method, path, query)
    request.body = body
    if !Self.lists.contains(path) { request.maxReplyBytes = RequestLimits.maxObjectBytes }
    return try await transport.send(request, within: deadline ?? limits.quick)
  }

  /// What answers with as much as there is on the host; all else is about one object.
  private static let lists: Set<String> = [
    "/containers/json", "/images/json", "/volumes", "/networks", "/system/df", "/events",
  ]

  /// A request in the version of the API that was agreed on.
  func request(_ method: Request.Method, _ path: String, _ query: [String] = []) -> Request {
    let prefix = version.map { "/v\($0)" } ?? ""
    let suffix = query.isEmpty ? "" : "?" + query.joined(separator: "&")
    return Request(
      method: method, target: prefix + path + suffix, call: Self.name(method, path))
  }

  /// The lines of a reply that has no end, as they come.
  func lines(_ path: String, query: [String]) -> AsyncThrowingStream<Data, any Error> {
    transport.lines(request(.get, path, query), beginningWithin: limits.quick)
  }

  /// A value that must be there.
  func get<Value: Decodable>(
    _ type: Value.Type, _ path: String, query: [String] = [], within deadline: Duration? = nil
  ) async throws(EngineError) -> Value {
    let reply = try await send(.get, path, query: query, within: deadline)
    guard reply.status == 200 else {
      throw .refused(call: Self.name(.get, path), status: reply.status, message: reply.message)
    }
    return try reply.decode(type, of: Self.name(.get, path))
  }

  /// A value that may be gone: nil for 404.
  func find<Value: Decodable>(
    _ type: Value.Type, _ path: String, query: [String] = []
  ) async throws(EngineError) -> Value? {
    do {
      return try await get(type, path, query: query)
    } catch .refused(_, 404, _) {
      return nil
    }
  }

  /// An id or a reference as a part of a path: slashes, colons and `@` stay.
  static func escaped(_ reference: String) -> String {
    var path = ""
    for byte in reference.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"), UInt8(ascii: ":"),
        UInt8(ascii: "@"):
        path.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        path += digits.count == 1 ? "%0" + digits : "%" + digits
      }
    }
    return path
  }

  private static func name(_ method: Request.Method, _ path: String) -> String {
    "\(method.rawValue) \(path)"
  }
}

extension Reply {
  private struct ErrorBody: Decodable {
    let message: String?
    let cause: String?
  }

  /// The engine's own words for an error: Docker's `message`, Podman's `message` or `cause`, or plain
  /// text; on one line and not without end.
  var message: String {
    let json =
      JSONDepth.flaw(of: body) == nil
      ? try? JSONDecoder().decode(ErrorBody.self, from: body) : nil
    let text = json?.message ?? json?.cause ?? String(decoding: body.prefix(4096), as: UTF8.self)
    let words = text.split { $0.isWhitespace || $0.unicodeScalars.contains { $0.value < 32 } }
    let line = words.joined(separator: " ")
    if line.isEmpty { return "no reason given" }
    return line.count > 500 ? line.prefix(500) + "…" : line
  }

  /// An empty body is an error, never an empty list.
  func decode<Value: Decodable>(
    _ type: Value.Type, of call: String
  ) throws(EngineError) -> Value {
    guard !body.isEmpty else { throw .brokenReply(call: call, reason: "it is empty") }
    if let flaw = JSONDepth.flaw(of: body) { throw .brokenReply(call: call, reason: flaw) }
    do {
      return try JSONDecoder().decode(type, from: body)
    } catch let error as DecodingError {
      throw .brokenReply(call: call, reason: error.sentence)
    } catch {
      throw .brokenReply(call: call, reason: "it is not JSON")
    }
  }
}

extension DecodingError {
  fileprivate var sentence: String {
    switch self {
    case .keyNotFound(let key, let context):
      "it has no '\(key.stringValue)' at \(Self.place(context))"
    case .valueNotFound(_, let context): "it is null at \(Self.place(context))"
    case .typeMismatch(let type, let context):
      "it is not a \(type) at \(Self.place(context))"
    case .dataCorrupted: "it is not JSON"
    @unknown default: "it is not as expected"
    }
  }

  private static func place(_ context: Context) -> String {
    context.codingPath.isEmpty
      ? "the top" : context.codingPath.map(\.stringValue).joined(separator: ".")
  }
}
