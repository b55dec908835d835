import Inventory
import TestSupport
import Testing

@testable import Engine

@Suite struct SurveyLawTests {
  /// What a survey saves in calls must never show in what it tells.
  @Test(arguments: 1...3)
  func surveyWithMemoryTellsTheSameAsOneWithout(_ seed: UInt64) async throws {
    var dice = SeededGenerator(seed: seed)
    let host = SmallHost(containers: 5, images: 3)
    let stub = try host.stub()
    defer { stub.close() }
    let client = try await stub.client()
    var known = Remembered.nothing
    var saved = 0
    for step in 0..<20 {
      for _ in 0..<Int.random(in: 0...5, using: &dice) { host.disturb(step, &dice) }
      stub.forgetRequests()
      let incremental = try await client.survey(knowing: known, at: Timestamp(seconds: 1))
      let calls = stub.requests.count
      stub.forgetRequests()
      let fresh = try await client.survey(knowing: .nothing, at: Timestamp(seconds: 1))
      saved += stub.requests.count - calls
      #expect(incremental.snapshot.containers == fresh.snapshot.containers, "step \(step)")
      #expect(
        incremental.snapshot.images.map(\.content) == fresh.snapshot.images.map(\.content))
      #expect(
        incremental.snapshot.images.map(\.references) == fresh.snapshot.images.map(\.references))
      known = incremental.remembered
    }
    #expect(saved > 50)
  }
}

extension SmallHost {
  /// Does one of the things that happen to a host between two surveys.
  fileprivate func disturb(_ step: Int, _ dice: inout SeededGenerator) {
    let id = "c\(Int.random(in: 0..<8, using: &dice))"
    let size = Int.random(in: 0..<1000, using: &dice)
    switch Int.random(in: 0..<10, using: &dice) {
    case 0...2:
      change { $0.containers[id, default: Box()].state = "running" }
      logEvent("container", "start", id)
    case 3...5:
      change {
        $0.containers[id] = Box(
          finishedAt: "2026-03-01T00:00:\(10 + step).\(100 + size)Z", bytes: size)
      }
      logEvent("container", "die", id)
    case 6:
      change { $0.containers[id] = nil }
      logEvent("container", "destroy", id)
    case 7:
      change { $0.images["sha256:i\(size % 6)"] = ["r:\(size)"] }
      logEvent("image", "tag", "sha256:i\(size % 6)")
    case 8:
      for _ in 0..<256 { logEvent("network", "connect", "n") }
    default:
      change { $0.events = [] }
    }
  }
}
