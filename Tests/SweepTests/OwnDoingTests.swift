import Engine
import Inventory
import TestSupport
import Testing

@testable import Sweep

/// What a run finds when it looks at a step again may be its own doing.
struct OwnDoingTests {
  private func bench() async throws -> SweepBench {
    var contents = FakeEngine.Contents()
    contents.images["sha256:app"] = FakeEngine.Picture(tags: ["app:1"])
    contents.containers["c0"] = FakeEngine.Box(name: "c0", image: "sha256:i", state: "exited")
    return try await SweepBench(contents)
  }

  /// Lets a call end without an answer, and something happen at the second look after it.
  private func cut(
    _ call: String, _ look: String, on bench: SweepBench,
    atOnce: @escaping @Sendable (inout FakeEngine.Contents) -> Void = { _ in },
    later: @escaping @Sendable (inout FakeEngine.Contents) -> Void = { _ in }
  ) {
    bench.fake.change {
      $0.faults[call] = StubReply(manner: .hangingUp)
      $0.meanwhile[call] = { contents in
        atOnce(&contents)
        contents.meanwhile[look] = { $0.meanwhile[look] = later }
      }
    }
  }

  @Test func whatIsGoneWhenARunLooksAgainItHasDone() async throws {
    let bench = try await bench()
    let plan = try await bench.plan()
    cut(
      "DELETE /containers/c0", "GET /containers/c0/json", on: bench,
      later: { $0.containers["c0"] = nil })
    let result = try await bench.carryOut(plan, patience: .seconds(60))
    #expect(result.outcomes["remove-container c0"] == .done, "\(result.outcomes)")
    #expect(bench.stub.calls.count { $0 == "DELETE /containers/c0" } == 1)
    let undo = UndoPlan(of: result.run, result.keepsakes, starting: false)
    #expect(undo.steps.contains { $0.record.title == "c0" })
  }

  @Test func imageThatAnEngineLeftWithoutItsTagGetsItAgain() async throws {
    let bench = try await bench()
    let plan = try await bench.plan()
    cut(
      "DELETE /images/sha256:app", "GET /images/sha256:app/json", on: bench,
      atOnce: { $0.images["sha256:app"]?.tags = [] })
    let result = try await bench.carryOut(plan, patience: .seconds(60))
    #expect(result.outcomes["remove-image app:1"] == .unknown, "\(result.outcomes)")
    #expect(bench.fake.now.images["sha256:app"]?.tags == [])

    let undo = UndoPlan(of: result.run, result.keepsakes, starting: false)
    let step = try #require(undo.steps.first { $0.record.action == .removeImage })
    guard case .none = step.means else {
      Issue.record("\(step.means)")
      return
    }
    let undone = try await self.undo(undo, on: bench)
    #expect(undone.outcomes["remove-image app:1"] == .done, "\(undone.outcomes)")
    #expect(bench.fake.now.images["sha256:app"]?.tags == ["app:1"])
  }

  @Test func imageThatIsGoneAndThatNothingBringsBackHasFailed() async throws {
    let bench = try await bench()
    let result = try await bench.carryOut(bench.plan())
    let undo = UndoPlan(
      of: result.run, result.keepsakes, only: result.run.steps(meantBy: "app:1"), starting: false)
    let undone = try await self.undo(undo, on: bench)
    #expect(
      undone.outcomes["remove-image app:1"]
        == .failed("it came from no registry, and no copy was saved"))
  }

  private func undo(_ plan: UndoPlan, on bench: SweepBench) async throws -> SweepResult {
    let lock = try SweepLock(on: bench.client.identity, in: bench.lockDirectory)
    return try await Undoer(
      bench.client, bench.index, clock: { Timestamp(seconds: 1_800_000_002) },
      authorization: { _ in nil }
    ).carryOut(plan, holding: lock)
  }

  @Test(arguments: [Interruption.Cause.signal, .deadline], [false, true])
  func connectionThatIsCutWhileARunIsToEndIsNoLostEngine(
    _ cause: Interruption.Cause, happened: Bool
  ) async throws {
    let bench = try await bench()
    let plan = try await bench.plan()
    let interruption = Interruption()
    cut(
      "DELETE /containers/c0", "GET /containers/c0/json", on: bench,
      atOnce: {
        interruption.request(by: cause)
        if happened { $0.containers["c0"] = nil }
      })
    let result = try await bench.carryOut(
      plan, interruption: interruption, patience: .seconds(600))
    #expect(result.engineError == nil)
    #expect(result.run.end == (cause == .signal ? .interrupted : .deadline))
    #expect(result.outcomes["remove-container c0"] == (happened ? .done : .unknown))
    #expect(bench.stub.calls.count { $0 == "DELETE /containers/c0" } == 1, "it is not asked again")
    #expect(bench.fake.now.images.count == 1)
  }
}
