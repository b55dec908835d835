import Engine
import Foundation
import Inventory
import TestSupport
import Testing

@testable import Sweep

/// What a second undo makes of what is there.
struct EarlierUndoTests {
  private static let began = Timestamp(seconds: 1_800_000_000)

  /// Undoes once more the removal of a volume, of which an undo brought back one.
  ///
  /// - Parameter made: Seconds from the end of that undo to the date of the volume that is there.
  private func undoAgain(made: Int64, api: String) async throws -> Outcome? {
    let end = Timestamp(seconds: 1_800_000_010)
    var contents = FakeEngine.Contents()
    contents.apiVersion = api
    contents.volumes["data"] = Volume(
      name: "data", created: Timestamp(seconds: 1_800_000_010 + made))
    let bench = try await SweepBench(contents)
    let copy = ArchivedCopy(
      file: "/nowhere/volume-\(SHA256.hex("x")).tar", size: 1, digest: SHA256.hex("x"), image: nil,
      savedAt: Self.began, expiresAt: nil)
    var run = RunRecord(
      id: 0, engineKey: bench.client.identity.key, engineName: "fake", policy: "p",
      startedAt: Self.began, finishedAt: Self.began, end: .complete, predicted: .zero,
      steps: [
        StepRecord(
          number: 0, action: .removeVolume, object: .volume("data"), title: "data", frees: .zero,
          restorability: .archived, intendedAt: Self.began, outcome: .done)
      ])
    run.id = try bench.index.beginRun(
      run,
      keeping: [
        0: Keepsake(description: #"{"Name":"data","Driver":"local","Labels":{}}"#, archive: copy)
      ])
    var undo = run
    undo.undoes = run.id
    undo.finishedAt = end
    _ = try bench.index.beginRun(undo)
    let plan = UndoPlan(
      of: try #require(try bench.index.run(run.id)), try bench.index.keepsakes(ofRun: run.id),
      after: try bench.index.undos(of: run.id), starting: false)
    let lock = try SweepLock(on: bench.client.identity, in: bench.lockDirectory)
    let result = try await Undoer(
      bench.client, bench.index, clock: { end },
      authorization: { (_) async throws(EngineError) in nil }
    ).carryOut(plan, holding: lock)
    return result.run.steps.first?.outcome
  }

  @Test(arguments: ["1.42", "1.55"])
  func volumeThatWasMadeAfterTheUndoIsAnotherOne(api: String) async throws {
    let outcome = try await undoAgain(made: 301, api: api)
    #expect(outcome?.word == "in-use", "\(String(describing: outcome))")
    #expect(try await undoAgain(made: 300, api: api) == .gone)
    #expect(try await undoAgain(made: -5, api: api) == .gone)
  }

  /// Before Docker 23.0 whoever writes into a volume moves its date.
  @Test func dateThatMovesSaysNothingOfAVolume() async throws {
    #expect(try await undoAgain(made: 301, api: "1.41") == .gone)
  }
}
