import Foundation

/// What is asked of an engine.
struct Request: Sendable {
  enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"

    var hasBody: Bool { self == .post || self == .put }
  }

  let method: Method
  /// Path and query as they go over the wire.
  let target: String
  /// What an error names: the method and the path without its version.
  let call: String
  /// JSON, of a POST only.
  var body: Data?
  /// More headers than every request has. Can hold secrets, so they never go into an error.
  var headers: [String: String] = [:]
  /// The largest reply that is read, in bytes; nil: what the transport allows.
  var maxReplyBytes: Int?
}

/// What an engine answered, whole.
struct Reply: Sendable {
  let status: Int
  /// Names in lower case.
  let headers: [String: String]
  let body: Data
}

/// How long a transfer may take: it has no length that could be known before.
struct Pace: Sendable {
  /// Until the reply begins, once the request is sent.
  let beginning: Duration
  /// Without a byte, in either direction.
  let idle: Duration
  /// For all of it, however steadily it trickles.
  let total: Duration
}

/// A file that becomes a request's body; one that changes its length under way is an error.
final class UploadFile: Sendable {
  /// Large enough to cost few calls, small enough to hold.
  private static let piece = 256 << 10

  let path: String
  /// Bytes that the request promises.
  let length: Int64
  private let handle: FileHandle

  /// - Parameter handle: Reads from the beginning.
  init(_ handle: FileHandle, named path: String) throws(EngineError) {
    self.path = path
    var status = stat()
    guard fstat(handle.fileDescriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadableFile(path: path, reason: "it is not a regular file")
    }
    self.handle = handle
    length = Int64(status.st_size)
  }

  /// The next bytes after so many that were read; nil at the end.
  func piece(after position: Int64) throws(EngineError) -> Data? {
    guard position < length else { return nil }
    let count = Int(min(Int64(Self.piece), length - position))
    let bytes: Data?
    do {
      bytes = try handle.read(upToCount: count)
    } catch {
      throw .unreadableFile(path: path, reason: "reading it failed")
    }
    guard let bytes, !bytes.isEmpty else {
      throw .unreadableFile(path: path, reason: "it became shorter while it was read")
    }
    return bytes
  }
}

/// Cuts what comes in pieces into lines.
struct LineCutter {
  /// Events and progress have a few hundred bytes, and the labels of their object.
  static let longestLine = 1 << 20

  /// What came after the last line's end.
  private(set) var rest = Data()

  var isTooLong: Bool { rest.count > Self.longestLine }

  /// The lines that a piece completes, without empty ones.
  mutating func cut(_ piece: some Sequence<UInt8>) -> [Data] {
    var lines: [Data] = []
    for part in piece.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      if part.offset > 0 {
        if !rest.isEmpty { lines.append(rest) }
        rest = Data()
      }
      rest.append(contentsOf: part.element)
    }
    return lines
  }
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
