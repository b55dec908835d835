import Inventory
import Testing

@testable import Report

struct RunDifferenceTests {
  private func run(
    predicted: Int64, freed: Int64, disk: Int64?, measured: Int64?, end: RunEnd = .complete
  ) -> RunRecord {
    RunRecord(
      id: 1, engineKey: "", engineName: "", policy: "", startedAt: Samples.now, end: end,
      predicted: Footprint(content: Bytes(exactly: predicted), disk: nil),
      freed: Footprint(
        content: Bytes(exactly: freed), disk: disk.map { Bytes(exactly: $0) }),
      measured: measured)
  }

  @Test func nothingIsSaidWhereAllFiguresAgree() {
    let run = run(predicted: 5_000_000, freed: 5_000_000, disk: 5_242_880, measured: 5_242_880)
    #expect(RunDifference(run).sentences.isEmpty)
  }

  @Test func fewBlocksMoreOrLessAreTheFileSystemsOwn() {
    for measured in [5_242_880 - 900_000, 5_242_880 + 900_000] as [Int64] {
      let run = run(predicted: 5_000_000, freed: 5_000_000, disk: 5_242_880, measured: measured)
      #expect(RunDifference(run).sentences.isEmpty)
    }
  }

  @Test func lossOfFreeSpaceIsBlamedOnOthersWhoWrote() throws {
    let run = run(
      predicted: 5_000_000, freed: 5_000_000, disk: 5_242_880, measured: -3_000_000)
    let sentence = try #require(RunDifference(run).sentences.first)
    #expect(sentence.contains("8.24MB less than the 5.24MB"))
    #expect(sentence.contains("something else wrote"))
  }

  @Test func gainBeyondWhatWentIsBlamedOnOthersWhoDeleted() throws {
    let run = run(
      predicted: 5_000_000, freed: 5_000_000, disk: 5_242_880, measured: 9_000_000)
    #expect(try #require(RunDifference(run).sentences.first).contains("was deleted"))
  }

  @Test func nothingIsSaidOfAMeasureWhereBlocksAreUnknown() {
    let run = run(predicted: 5, freed: 5, disk: nil, measured: 99_000_000)
    #expect(RunDifference(run).sentences.isEmpty)
  }

  @Test func runThatGoesOnHasNoDifferenceYet() {
    let run = run(predicted: 50, freed: 5, disk: 0, measured: 99_000_000, end: .running)
    #expect(RunDifference(run).sentences.isEmpty)
  }

  @Test func unboundedPredictionIsNotMissedByMore() {
    var run = run(predicted: 0, freed: 99_000_000, disk: nil, measured: nil)
    run.predicted = Footprint(content: Bytes(orMore: 5), disk: nil)
    #expect(RunDifference(run).sentences.isEmpty)
  }
}
