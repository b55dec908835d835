import Engine
import Index
import Inventory
import TestSupport
import Testing

/// What is known is not asked again, on a real engine too.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct IndexCostTests {
  @Test func secondIndexOfAnUnchangedHostAsksOnlyForLists() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      try await store.image("app:1", from: "base:1", [.file("/a", size: 10), .label("l", "1")])
      try await store.container(.exited, of: "app:1", writing: 5)
      try await store.container(.created, of: "app:1")
      try await store.container(.running, of: "app:1")
      let proxy = try RecordingProxy(before: engine.socketPath)
      defer { proxy.stop() }
      let client = try await EngineClient.connect(to: EngineEndpoint(socketPath: proxy.socketPath))
      let index = try HostIndex.inMemory()

      let first = try await client.survey(
        knowing: try index.remembered(of: client.identity), at: Timestamp(seconds: 1))
      _ = try index.record(first)
      #expect(proxy.calls.contains { $0.contains("/history") })
      #expect(proxy.calls.contains { $0.contains("size=1") })

      proxy.forget()
      let second = try await client.survey(
        knowing: try index.remembered(of: client.identity), at: Timestamp(seconds: 2))
      let again = try index.record(second)
      let paths = Set(proxy.calls.map { $0.split(separator: "?")[0].split(separator: " ")[1] })
      let version = client.identity.apiVersion
      #expect(
        paths == [
          "/v\(version)/containers/json", "/v\(version)/images/json", "/v\(version)/volumes",
          "/v\(version)/networks", "/v\(version)/events",
        ], "\(proxy.calls)")
      #expect(
        again.containers.map(\.writableSize) == first.snapshot.containers.map(\.writableSize))

      proxy.forget()
      let stopped = again.containers.first { $0.state == .exited }
      try await engine.docker("start", try #require(stopped).id.rawValue)
      try await engine.docker("wait", try #require(stopped).id.rawValue)
      _ = try await client.survey(
        knowing: try index.remembered(of: client.identity), at: Timestamp(seconds: 3))
      let inspected = proxy.calls.filter { $0.contains("size=1") }
      #expect(inspected.count == 1, "only the one that ran is measured again: \(proxy.calls)")
    }
  }
}
