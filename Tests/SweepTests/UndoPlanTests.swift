import Inventory
import Testing

@testable import Sweep

/// Which steps of a run an undo takes back.
struct UndoPlanTests {
  private func run(_ outcomes: [(Outcome?, intended: Bool)]) -> RunRecord {
    RunRecord(
      id: 1, engineKey: "k", engineName: "n", policy: "p", startedAt: Timestamp(seconds: 1),
      end: .complete, predicted: .zero,
      steps: outcomes.enumerated().map { number, step in
        StepRecord(
          number: number, action: .removeNetwork, object: .network("n\(number)"),
          title: "n\(number)", frees: .zero,
          intendedAt: step.intended ? Timestamp(seconds: 2) : nil, outcome: step.0)
      })
  }

  @Test func whatSomebodyElseRemovedComesBackOnlyWhereItIsNamed() {
    let run = run([
      (.done, true), (.gone, true), (.gone, false), (.unknown, true), (nil, true), (nil, false),
      (.failed("f"), true), (.changed("c"), false), (.inUse("u"), true), (.notTried("n"), false),
    ])
    let keepsakes = Dictionary(
      uniqueKeysWithValues: run.steps.map { ($0.number, Keepsake(description: "{}")) })
    let all = UndoPlan(of: run, keepsakes, starting: false)
    #expect(all.steps.map(\.record.number) == [4, 3, 0])
    let named = UndoPlan(of: run, keepsakes, only: Set(0..<10), starting: false)
    #expect(named.steps.map(\.record.number) == [4, 3, 1, 0])
  }
}
