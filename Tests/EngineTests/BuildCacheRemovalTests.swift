import Foundation
import Inventory
import TestSupport
import Testing

@testable import Engine

@Suite struct BuildCacheRemovalTests {
  static let id = "n7508ogcwzpdfl7psa77ipbkw"
  static let now = Timestamp(seconds: 1_800_000_000)

  @Test(arguments: [
    "", "abc", "n7508ogcwzpdfl7", ".*", "n7508ogcwzpdfl7psa77ipb.w", "n7508ogcwzpdfl7psa77ipbk|a",
    "n7508ogcwzpdfl7psa77ipbk\n", "n7508ogcwzpdfl7psa77ipbk\",\"x", "n7508ogcwzpdfl7psa77ipbké",
    "n7508ogcwzpdfl7psa77ipbk٣", "sha256:", "sha256:.{64}", "sha256:n7508ogcwzpdfl7psa77ipbkw",
    "sha256:sha256:n7508ogcwzpdfl7psa77",
    "md5:n7508ogcwzpdfl7psa77ipbkw",
  ])
  func idThatCouldMeanOtherRecordsIsNeverSent(_ id: String) async throws {
    let (stub, client) = try await start(answering: Self.removing(Self.id))
    defer { stub.close() }
    let reply = try await client.removeBuildCache(id, unusedSince: nil, at: Self.now)
    guard case .refused = reply else {
      Issue.record("told as \(reply)")
      return
    }
    #expect(!stub.requests.contains { $0.method == "POST" })
  }

  @Test(arguments: [("1.24", false), ("1.38", false), ("1.39", true), ("1.55", true)])
  func engineThatHeedsNoFilterIsNeverAsked(_ version: String, _ isAsked: Bool) async throws {
    let (stub, client) = try await start(speaking: version, answering: Self.removing(Self.id))
    defer { stub.close() }
    let reply = try await client.removeBuildCache(Self.id, unusedSince: nil, at: Self.now)
    #expect((reply == .removed(bytes: 7)) == isAsked)
    #expect(stub.requests.contains { $0.method == "POST" } == isAsked)
  }

  @Test func podmanHasNoBuildCache() async throws {
    let (stub, client) = try await start(
      headers: ["Libpod-Api-Version": "4.3.1"], answering: Self.removing(Self.id))
    defer { stub.close() }
    let reply = try await client.removeBuildCache(Self.id, unusedSince: nil, at: Self.now)
    #expect(reply == .refused("Podman has no build cache"))
    #expect(!stub.requests.contains { $0.method == "POST" })
  }

  /// A time cut to microseconds stands for any in that microsecond, and all of them are within.
  @Test(arguments: ["1.39", "1.41", "1.42", "1.43", "1.55"])
  func limitIsTheFirstMicrosecondAfterTheLastUse(_ version: String) async throws {
    let (stub, client) = try await start(speaking: version, answering: Self.removing(Self.id))
    defer { stub.close() }
    var dice = SeededGenerator(seed: 7)
    for _ in 0..<50 {
      let lastUse = Self.now - .microseconds(Int64.random(in: 2...10_000_000_000_000, using: &dice))
      _ = try await client.removeBuildCache(Self.id, unusedSince: lastUse, at: Self.now)
      #expect(try limit(of: stub) == lastUse + .microseconds(1))
    }
    _ = try await client.removeBuildCache(Self.id, unusedSince: nil, at: Self.now)
    #expect(try limit(of: stub) == Timestamp(microseconds: 1))
    // Never an age of zero: it would mean any.
    _ = try await client.removeBuildCache(Self.id, unusedSince: Self.now, at: Self.now)
    let query = try #require(stub.requests.last?.query.removingPercentEncoding)
    #expect(query.contains(#""1us""#) == (version < "1.43"))
  }

  @Test(arguments: [id, "sha256:" + SHA256.hex("base")])
  func requestNamesOneRecord(_ id: String) async throws {
    let (stub, client) = try await start(answering: Self.removing(id))
    defer { stub.close() }
    let reply = try await client.removeBuildCache(id, unusedSince: nil, at: Self.now)
    #expect(reply == .removed(bytes: 7))
    let request = try #require(stub.requests.last)
    #expect(request.call == "POST /build/prune")
    #expect(!request.query.contains { "{}\"[],".contains($0) })
    #expect(try filters(of: stub)["id"] == [id: true])
    #expect(try filters(of: stub).count == 2)
  }

  @Test(arguments: [
    (#"{"CachesDeleted":null,"SpaceReclaimed":0}"#, BuildCacheReply.kept),
    (#"{"CachesDeleted":[],"SpaceReclaimed":9}"#, .kept), ("{}", .kept),
    (#"{"CachesDeleted":["\#(id)"],"SpaceReclaimed":18446744073709551615}"#, .removed(bytes: .max)),
    (#"{"CachesDeleted":["\#(id)"]}"#, .removed(bytes: 0)),
  ])
  func replyIsTold(_ body: String, _ told: BuildCacheReply) async throws {
    let (stub, client) = try await start { _ in StubReply(200, body) }
    defer { stub.close() }
    #expect(try await client.removeBuildCache(Self.id, unusedSince: nil, at: Self.now) == told)
  }

  @Test(arguments: [["x"], [id, "x"], ["x", "y", id]])
  func otherRecordsInTheReplyAreAnError(_ removed: [String]) async throws {
    let (stub, client) = try await start { _ in
      StubReply(200, #"{"CachesDeleted":\#(removed),"SpaceReclaimed":1}"#)
    }
    defer { stub.close() }
    let error = EngineError.removedOthers(than: Self.id, removed.filter { $0 != Self.id })
    await #expect(throws: error) {
      try await client.removeBuildCache(Self.id, unusedSince: nil, at: Self.now)
    }
    #expect(error.description.contains(Self.id) && error.description.contains("x"))
    #expect(!error.meansEngineLost)
  }

  @Test(arguments: [400, 404, 500])
  func refusalIsToldInTheEnginesWords(_ status: Int) async throws {
    let (stub, client) = try await start { _ in .error(status, "failed to prune build cache") }
    defer { stub.close() }
    let reply = try await client.removeBuildCache(Self.id, unusedSince: nil, at: Self.now)
    #expect(reply == .refused("failed to prune build cache"))
  }

  @Test(arguments: 1...5)
  func nothingGoesButTheRecordAskedForIfItIsAsItWasListed(_ seed: UInt64) async throws {
    var dice = SeededGenerator(seed: seed)
    var contents = FakeEngine.Contents()
    for number in 0..<40 {
      let id = "record" + SHA256.hex("\(number)").prefix(19)
      let parent =
        Bool.random(using: &dice)
        ? contents.buildCache.keys.sorted().randomElement(using: &dice) : nil
      let age = Int64.random(in: 1_000_000..<100_000_000_000, using: &dice)
      contents.buildCache[id] = BuildCacheRecord(
        id: id, type: "regular", parents: parent.map { [$0] } ?? [],
        inUse: Int.random(in: 0..<9, using: &dice) == 0, size: age % 1000,
        lastUsed: Int.random(in: 0..<9, using: &dice) == 0
          ? nil : contents.clock - .microseconds(age))
    }
    let fake = FakeEngine(contents)
    let stub = try fake.stub()
    defer { stub.close() }
    let client = try await stub.client()
    let planned = try await client.usage().buildCache.shuffled(using: &dice)
    for id in contents.buildCache.keys.sorted() where Bool.random(using: &dice) {
      fake.change { $0.buildCache[id]?.lastUsed = $0.clock - .microseconds(500_000) }
    }
    var removed = 0
    for record in planned {
      let before = fake.now.buildCache
      let isAsPlanned = before[record.id] == record && !record.inUse
      let isLeaf = !before.values.contains { $0.parents.contains(record.id) }
      let reply = try await client.removeBuildCache(
        record.id, unusedSince: record.lastUsed, at: contents.clock)
      var expected = before
      if isAsPlanned && isLeaf {
        expected[record.id] = nil
        removed += 1
        #expect(reply == .removed(bytes: record.size))
      } else {
        #expect(reply == .kept)
      }
      #expect(fake.now.buildCache == expected)
    }
    #expect(removed > 3 && removed < 30)
  }

  private static func removing(_ id: String) -> StubEngine.Handler {
    { _ in StubReply(200, #"{"CachesDeleted":["\#(id)"],"SpaceReclaimed":7}"#) }
  }

  private func filters(of stub: StubEngine) throws -> [String: [String: Bool]] {
    let query = try #require(stub.requests.last?.query)
    let parts = query.split(separator: "&").map(String.init)
    #expect(parts.first == "all=1")
    let json = try #require(parts.last?.dropFirst("filters=".count)).removingPercentEncoding
    return try JSONDecoder().decode(
      [String: [String: Bool]].self, from: Data(try #require(json).utf8))
  }

  /// The time that the last request's `unused-for` stands for.
  private func limit(of stub: StubEngine) throws -> Timestamp {
    let value = try #require(try filters(of: stub)["unused-for"]?.first?.key)
    if let time = Timestamp(rfc3339: value) { return time }
    return Self.now - .microseconds(try #require(Int64(value.dropLast(2))))
  }

  private func start(
    speaking version: String = "1.41", headers: [String: String] = [:],
    answering handler: @escaping StubEngine.Handler
  ) async throws -> (StubEngine, EngineClient) {
    let stub = try StubEngine { request in
      switch request.unversionedPath {
      case "/_ping":
        StubReply(200, "OK", headers: headers.merging(["Api-Version": version]) { $1 })
      case "/info": StubReply(200, "{}")
      default: handler(request)
      }
    }
    return (stub, try await stub.client())
  }
}
