import Foundation

/// How a reply begins.
struct ReplyHead: Sendable {
  let status: Int
  /// Names in lower case.
  let headers: [String: String]
  /// A body that only ends with its connection could be cut short without anybody noticing; engines
  /// never send one.
  let tellsItsEnd: Bool
}

/// Makes something of a reply while it comes; an error ends it.
protocol ReplyReader {
  /// The number of the line that has begun and not ended; nil: there is none.
  var openLine: Int? { get }

  mutating func begin(_ head: ReplyHead) throws(EngineError)
  mutating func take(_ bytes: some Collection<UInt8>) throws(EngineError)
  mutating func end() throws(EngineError) -> Reply
}

/// Gathers a reply's parts until it is whole.
struct ReplyCollector: ReplyReader {
  let call: String
  let limit: Int
  private var head: ReplyHead?
  private var body = Data()

  var openLine: Int? { nil }

  init(call: String, limit: Int) {
    self.call = call
    self.limit = limit
  }

  mutating func begin(_ head: ReplyHead) throws(EngineError) {
    guard head.tellsItsEnd else {
      throw .brokenReply(call: call, reason: "it does not say where its body ends")
    }
    self.head = head
  }

  mutating func take(_ bytes: some Collection<UInt8>) throws(EngineError) {
    guard body.count + bytes.count <= limit else {
      throw .replyTooLarge(call: call, limit: limit)
    }
    body.append(contentsOf: bytes)
  }

  mutating func end() throws(EngineError) -> Reply {
    guard let head else { throw .connectionLost(call: call) }
    return Reply(status: head.status, headers: head.headers, body: body)
  }
}

/// Cuts a reply into lines as it comes.
struct LineReader: ReplyReader {
  let call: String
  /// Called once the reply has begun well.
  let begun: () -> Void
  /// Called with each line; what it throws ends the reply.
  let line: (Data) throws(EngineError) -> Void
  private var status = 0
  private var count = 0
  private var lines = LineCutter()

  var openLine: Int? { lines.rest.isEmpty ? nil : count }

  init(
    call: String, begun: @escaping () -> Void,
    line: @escaping (Data) throws(EngineError) -> Void
  ) {
    self.call = call
    self.begun = begun
    self.line = line
  }

  mutating func begin(_ head: ReplyHead) {
    status = head.status
    if status == 200 { begun() }
  }

  mutating func take(_ bytes: some Collection<UInt8>) throws(EngineError) {
    for whole in lines.cut(bytes) {
      count += 1
      if status == 200 { try line(whole) }
    }
    if lines.isTooLong { throw .replyTooLarge(call: call, limit: LineCutter.longestLine) }
  }

  mutating func end() throws(EngineError) -> Reply {
    let reply = Reply(status: status, headers: [:], body: lines.rest)
    guard status == 200 else {
      throw .refused(call: call, status: status, message: reply.message)
    }
    return reply
  }
}

/// Ends a stream of lines whose reader has fallen far behind: what waits for it is held in memory.
struct Backlog {
  /// In bytes: more than a hundred thousand events.
  static let limit = 64 << 20
  /// In lines.
  static let capacity = 1 << 20

  private var bytes = 0

  /// Counts a line that waits behind so many others.
  mutating func add(_ line: Data, behind waiting: Int, of call: String) throws(EngineError) {
    // What came since the reader had caught up is never less than what waits.
    if waiting <= 0 { bytes = 0 }
    bytes += line.count
    guard bytes <= Self.limit, waiting < Self.capacity else {
      throw .replyTooLarge(call: call, limit: Self.limit)
    }
  }
}
