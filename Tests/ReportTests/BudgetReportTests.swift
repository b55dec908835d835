import Inventory
import Plan
import Policy
import Report
import Testing

/// What a plan says of a space budget and of limits.
struct BudgetReportTests {
  private func line(
    _ goal: BudgetOutcome.Line.Goal, now: Int64, limit: Int64, target: Int64, reached: Int64?
  ) -> BudgetOutcome.Line {
    BudgetOutcome.Line(
      goal: goal, whole: 100_000_000_000, limit: limit, now: now, target: target, reached: reached)
  }

  private func plan(
    _ lines: [BudgetOutcome.Line], spared: Int = 0, obstacles: [BudgetOutcome.Obstacle] = [],
    breaches: [LimitBreach]? = nil
  ) -> RemovalPlan {
    RemovalPlan(
      engine: Samples.engine, policy: PolicyReference(name: "ci", digest: ""),
      createdAt: Samples.now, stopTimeout: nil, steps: [], kept: [], notes: [],
      budget: BudgetOutcome(lines: lines, spared: spared, obstacles: obstacles),
      breaches: breaches)
  }

  @Test func enoughSpaceIsSaidWithItsFigures() {
    let free = line(
      .freeSpace, now: 40_000_000_000, limit: 15_000_000_000, target: 30_000_000_000,
      reached: 40_000_000_000)
    #expect(
      Samples.text().plan(plan([free], spared: 3))
        == """
        nothing to remove
        policy ci on ci-7
        space: 40GB of 100GB free, min-free-space is 15GB: enough
        space: 3 objects that the rules select are spared

        """)
  }

  @Test func targetThatIsMetIsSaidWithWhatIsReached() {
    let used = line(
      .usedSpace, now: 60_000_000_000, limit: 50_000_000_000, target: 50_000_000_000,
      reached: 49_500_000_000)
    #expect(
      Samples.text().plan(plan([used])).contains(
        "space: 60GB held, max-used-space is 50GB: 49.5GB after this plan, the target of 50GB held is "
          + "met\n"))
  }

  @Test func targetThatCannotBeMetNamesWhatStandsInItsWayHarmlessly() {
    let free = line(
      .freeSpace, now: 1_000_000_000, limit: 15_000_000_000, target: 30_000_000_000,
      reached: 2_000_000_000)
    let inodes = line(.freeInodes, now: 5, limit: 10, target: 10, reached: nil)
    let blocked = plan(
      [free, inodes],
      obstacles: [
        .init(
          object: .image(Samples.redis.id), title: "redis\u{1b}[2J", why: "used by cache",
          holds: Bytes(exactly: 1_840_000_000))
      ])
    let text = Samples.text().plan(blocked)
    #expect(
      text.contains(
        "min-free-space is 15GB: the target of 30GB free cannot be met, 2GB after this plan\n"))
    #expect(text.contains("space: the largest that stay:\n  1.84GB  image redis\\x1b[2J"))
    #expect(text.contains("(e5d0e5d0e5d0): used by cache\n"))
    #expect(text.contains("too few; how many an object has is not measured\n"))
    let json = Samples.json().plan(blocked)
    #expect(json.contains("\"met\": false") && json.contains("\"reached\": 2000000000"))
    #expect(json.contains("\"reached\": null") && json.contains("\"why\": \"used by cache\""))
  }

  @Test func limitsThatThePlanIsBeyondAreNamed() {
    let beyond = plan(
      [], breaches: [LimitBreach(name: "objects", allowed: "500", planned: "612")])
    #expect(
      Samples.text().plan(beyond).contains(
        "refused: limits.objects allows 500, this plan has 612\n"))
    #expect(Samples.json().plan(beyond).contains("\"limit\": \"objects\""))
  }
}
