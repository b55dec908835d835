import Foundation
import Inventory
import TestSupport
import Testing

/// The tools that spoil a sweep do what they say, and say what they did.
@Suite(.enabled(if: RealEngine.isAvailable, "\(RealEngine.unavailable ?? "")"))
struct FaultProxyTests {
  @Test func eachFaultIsWhatItSaysAndTheEngineSawWhatTheProxySays() async throws {
    try await RealEngine.with { engine in
      let direct = EngineSocket(engine.socketPath)
      let proxy = try FaultProxy(before: engine.socketPath)
      defer { proxy.stop() }
      let through = EngineSocket(proxy.socketPath)
      let faults: [(Fault, isDone: Bool)] = [
        (.pass, true), (.delay(.milliseconds(5)), true), (.cut(after: 0), true),
        (.cut(after: 20), true), (.truncate(to: 10), true), (.garble(seed: 1), true),
        (.nonsense, false), (.answer(503, done: false), false), (.answer(404, done: true), true),
        (.close(done: false), false), (.close(done: true), true),
      ]
      for (number, (fault, isDone)) in faults.enumerated() {
        let name = "volume\(number)"
        proxy.use { _, _ in fault }
        let reply = try? through.call(
          "POST", "/v1.41/volumes/create", body: Data(#"{"Name":"\#(name)"}"#.utf8))
        let call = try #require(proxy.calls.first)
        #expect(call.kind == "POST /volumes/create" && call.fault == fault)
        // The reply may be gone before the engine has done it.
        while isDone, proxy.calls.first?.engineStatus == nil {
          try await Task.sleep(for: .milliseconds(5))
        }
        #expect(proxy.calls.first?.engineStatus == (isDone ? 201 : nil), "\(fault)")
        let isThere = try direct.call("GET", "/volumes/\(name)").status == 200
        #expect(isThere == isDone, "\(fault)")
        let created = (reply?.json as? [String: Any])?["Name"] as? String
        switch fault {
        case .pass, .delay: #expect(reply?.status == 201 && created == name)
        case .truncate: #expect(reply?.status == 201 && reply?.body.count == 10)
        case .garble: #expect(reply?.status == 201 && created != name || reply?.json == nil)
        case .answer(let status, _): #expect(reply?.status == status)
        case .cut, .nonsense, .close, .hang, .stall: #expect(reply == nil, "\(fault)")
        }
      }
    }
  }

  @Test func whatHangsEndsWithTheProxyAndStreamsPass() async throws {
    try await RealEngine.with { engine in
      let proxy = try FaultProxy(before: engine.socketPath)
      let witness = try EventWitness(of: proxy.socketPath)
      let store = StoreBuilder(filling: engine)
      let id = try await store.base("base:1")
      try await engine.docker("rmi", "base:1")
      let events = try await witness.finish()
      let removals = events.filter(\.isRemoval).map { "\($0.action) \($0.id)" }
      #expect(removals == ["untag \(id.rawValue)", "delete \(id.rawValue)"])
      proxy.use { _, _ in .hang(done: true) }
      async let hanging = Task.detached {
        try? EngineSocket(proxy.socketPath).call("GET", "/_ping")
      }.value
      while proxy.calls.first?.engineStatus != 200 {
        try await Task.sleep(for: .milliseconds(5))
      }
      proxy.stop()
      #expect(await hanging == nil)
      #expect(throws: RealEngineError.self) {
        try EngineSocket(proxy.socketPath).call("GET", "/_ping")
      }
    }
  }

  @Test func aSeedChoosesTheSameFaultsAgain() async throws {
    try await RealEngine.with { engine in
      var runs: [[Fault]] = []
      for _ in 0..<2 {
        let proxy = try FaultProxy(before: engine.socketPath, seed: 5, oneIn: 2)
        for _ in 0..<30 { _ = try? EngineSocket(proxy.socketPath).call("GET", "/info") }
        runs.append(proxy.calls.map(\.fault))
        proxy.stop()
      }
      #expect(runs[0] == runs[1])
      #expect(runs[0].contains(.pass) && Set(runs[0]).count > 5)
    }
  }

  @Test func theNeighboursLogHasEveryRemovalThatTheEngineTells() async throws {
    try await RealEngine.with { engine in
      let store = StoreBuilder(filling: engine)
      try await store.base("base:1")
      var targets: [ImageID] = []
      for number in 0..<3 {
        targets.append(try await store.commit("target:\(number)", from: "base:1", size: 100))
      }
      try await store.container(.exited, of: "base:1")
      let witness = try EventWitness(of: engine.socketPath)
      let neighbour = HostileNeighbour(
        on: engine.socketPath, seed: 3, targets: targets, pruning: 25)
      try await neighbour.wait(forDeeds: 200)
      let deeds = try await neighbour.stop()
      let events = try await witness.finish()
      let actions = Set(deeds.filter { $0.status < 300 }.map(\.action))
      #expect(
        actions == [
          "create", "start", "stop", "rename", "remove", "tag", "untag", "commit", "build", "prune",
        ])
      let told = Set(deeds.flatMap(\.removed))
      let containers = events.filter { $0.type == "container" && $0.action == "destroy" }
      let images = events.filter { $0.type == "image" && $0.action == "delete" }
      #expect(!containers.isEmpty && !images.isEmpty)
      // A build's own containers and images between come and go within it.
      let between = events.filter { $0.type == "container" && $0.action == "create" }.map(\.id)
      let known = Set(deeds.filter { $0.action == "create" }.flatMap(\.objects))
      for event in containers where known.contains(event.id) || !between.contains(event.id) {
        #expect(told.contains(event.id))
      }
      for event in images { #expect(told.contains(event.id)) }
    }
  }
}
