import Engine
import Inventory
import Plan
import Policy
import TestSupport
import Testing

@testable import Sweep

/// A tag that was planned alone does not take its image along.
struct LastTagTests {
  private let digest = "app@sha256:" + String(repeating: "a", count: 64)
  private let otherDigest = "mirror/app@sha256:" + String(repeating: "b", count: 64)

  private func bench(_ digests: [String] = []) async throws -> SweepBench {
    var contents = FakeEngine.Contents()
    contents.images["sha256:app"] = FakeEngine.Picture(tags: ["app:1", "mirror/app:1"])
    contents.images["sha256:app"]?.digests = digests
    return try await SweepBench(contents)
  }

  /// All of the image, or `app:1` alone.
  private func plan(_ bench: SweepBench, whole: Bool) async throws -> RemovalPlan {
    let policy = try RetentionPolicy(
      reading: """
        version: 1
        grace: 0s
        remove: {images: [\(whole ? "{all: true}" : #"{reference: "app:1"}"#)]}
        """, from: "tags", named: "tags")
    return try Planner.plan(
      try await bench.snapshot(), policy, at: Timestamp(seconds: 1_800_000_000))
  }

  @Test(arguments: [false, true])
  func tagThatHasBecomeTheLastOneStays(whole: Bool) async throws {
    let bench = try await bench([digest])
    let plan = try await plan(bench, whole: whole)
    bench.fake.change {
      $0.meanwhile["GET /images/app:1/json"] = { $0.images["sha256:app"]?.tags = ["app:1"] }
    }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["untag app:1"] == .changed("it has no other tag any more"))
    #expect(bench.fake.now.images["sha256:app"]?.tags == ["app:1"], "\(result.outcomes)")
    #expect(!bench.stub.requests.contains { $0.method == "DELETE" })
  }

  @Test func tagGoesWhereTheDigestOfAnotherRepositoryHoldsTheImage() async throws {
    let bench = try await bench([digest, otherDigest])
    let plan = try await plan(bench, whole: false)
    let otherDigest = otherDigest
    bench.fake.change {
      $0.meanwhile["GET /images/app:1/json"] = { $0.images["sha256:app"]?.tags = ["app:1"] }
    }
    let result = try await bench.carryOut(plan)
    #expect(result.outcomes["untag app:1"] == .done, "\(result.outcomes)")
    #expect(bench.fake.now.images["sha256:app"]?.digests == [otherDigest])
  }

  @Test(arguments: [false, true])
  func imageThatWentWithATagAllTheSameIsToldAndCanComeBack(whole: Bool) async throws {
    let bench = try await bench([digest, otherDigest])
    let plan = try await plan(bench, whole: whole)
    bench.fake.change {
      $0.meanwhile["DELETE /images/app:1"] = {
        $0.images["sha256:app"]?.tags = ["app:1"]
        $0.images["sha256:app"]?.digests.removeLast()
      }
    }
    let result = try await bench.carryOut(plan)
    #expect(bench.fake.now.images.isEmpty && result.hasFailures)
    guard case .failed(let why) = result.outcomes["untag app:1"] else {
      Issue.record("\(result.outcomes)")
      return
    }
    #expect(why.hasPrefix("the whole image went with it"))
    let undo = UndoPlan(of: result.run, result.keepsakes, starting: false)
    #expect(undo.steps.map(\.record.title) == ["app:1"])
    #expect(undo.steps.first?.keepsake?.digests == [digest, otherDigest])
    #expect(undo.steps.first?.keepsake?.references == ["app:1"])
  }
}
