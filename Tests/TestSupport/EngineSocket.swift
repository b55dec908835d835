package import Foundation

/// One request a connection over a Unix socket, without the docker client: a call costs next to
/// nothing. It blocks its thread.
package struct EngineSocket: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  package struct Reply: Sendable {
    package let status: Int
    package let body: Data

    /// The body as JSON; nil where it is none.
    package var json: Any? {
      try? JSONSerialization.jsonObject(with: body, options: [.fragmentsAllowed])
    }
  }

  /// Sends a request and reads its whole reply, whatever its status.
  package func call(
    _ method: String, _ target: String, body: Data? = nil, type: String = "application/json"
  ) throws -> Reply {
    let connection = try connect()
    defer { Glibc.close(connection) }
    try Self.send(Self.request(method, target, body: body, type: type), to: connection)
    var all = Data()
    while let part = Self.receive(from: connection) { all += part }
    guard let reply = HTTPText(all), let status = reply.status else {
      throw RealEngineError(attempt: "\(method) \(target)", reason: "the reply is no HTTP")
    }
    return Reply(status: status, body: reply.wholeBody)
  }

  /// The bytes of a request that asks for the connection to end after the reply.
  static func request(
    _ method: String, _ target: String, body: Data? = nil, type: String = "application/json"
  ) -> Data {
    var head = "\(method) \(target) HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n"
    if let body { head += "Content-Type: \(type)\r\nContent-Length: \(body.count)\r\n" }
    return Data((head + "\r\n").utf8) + (body ?? Data())
  }

  func connect() throws -> Int32 {
    let connection = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | 0o2_000_000, 0)
    let connected = Self.withAddress(path) { Glibc.connect(connection, $0, $1) }
    guard connection >= 0, connected == 0 else {
      let reason = String(cString: strerror(errno))
      if connection >= 0 { close(connection) }
      throw RealEngineError(attempt: "connecting to \(path)", reason: reason)
    }
    return connection
  }

  /// Listens on a socket file that is made anew.
  static func listen(on path: String) throws -> Int32 {
    unlink(path)
    // SOCK_CLOEXEC: a child of the test would keep the socket open.
    let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | 0o2_000_000, 0)
    guard server >= 0, withAddress(path, { bind(server, $0, $1) }) == 0,
      Glibc.listen(server, 128) == 0
    else {
      let reason = String(cString: strerror(errno))
      if server >= 0 { close(server) }
      throw RealEngineError(attempt: "listening on \(path)", reason: reason)
    }
    return server
  }

  /// - Throws: Where the other side has gone.
  static func send(_ bytes: Data, to connection: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw RealEngineError(attempt: "sending", reason: String(cString: strerror(errno)))
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Nil where the other side has ended the connection.
  static func receive(from connection: Int32) -> Data? {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var count = recv(connection, &buffer, buffer.count, 0)
    while count < 0 && errno == EINTR { count = recv(connection, &buffer, buffer.count, 0) }
    return count > 0 ? Data(buffer[..<count]) : nil
  }

  private static func withAddress<Value>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
  ) -> Value {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { field in
      for (index, byte) in path.utf8.prefix(field.count - 1).enumerated() { field[index] = byte }
    }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}

/// The start of an HTTP message: its head, and what of its body has come.
struct HTTPText {
  let firstLine: String
  /// With their names as they were sent.
  let headers: [(name: String, value: String)]
  let body: Data

  /// Nil as long as the head is not complete.
  init?(_ bytes: Data) {
    guard let end = bytes.range(of: Data("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
      .components(separatedBy: "\r\n")
    firstLine = lines[0]
    headers = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
    }
    body = Data(bytes[end.upperBound...])
  }

  func value(of name: String) -> String? {
    headers.first { $0.name.lowercased() == name }?.value
  }

  /// The status of a reply.
  var status: Int? {
    let parts = firstLine.split(separator: " ")
    return parts.count > 1 ? Int(parts[1]) : nil
  }

  var isChunked: Bool { value(of: "transfer-encoding")?.lowercased() == "chunked" }

  /// Whether all of a request's body has come.
  var isWhole: Bool {
    if isChunked { return body.range(of: Data("0\r\n\r\n".utf8)) != nil }
    return body.count >= value(of: "content-length").flatMap { Int($0) } ?? 0
  }

  /// The body without the frames of its chunks.
  var wholeBody: Data {
    guard isChunked else { return body }
    var content = Data()
    var rest = body[...]
    while let end = rest.range(of: Data("\r\n".utf8)),
      let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16), size > 0
    {
      content += rest[end.upperBound...].prefix(size)
      rest = rest[end.upperBound...].dropFirst(size + 2)
    }
    return content
  }
}
