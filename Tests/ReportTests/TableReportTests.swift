import Inventory
import Plan
import Policy
import Testing

@testable import Report

/// What people see, compared with the files in `Golden`.
@Suite struct TableReportTests {
  @Test func planShowsStepsSumAndWhatStays() throws {
    try GoldenFile.expect(Samples.text().plan(Samples.plan()), "plan.txt")
  }

  @Test func verbosePlanListsWhatStays() throws {
    try GoldenFile.expect(Samples.text(verbose: true).plan(Samples.plan()), "plan-verbose.txt")
  }

  @Test func planIsCutToTheTerminalUnlessToldOtherwise() throws {
    let narrow = Samples.text(width: 90).plan(Samples.plan())
    try GoldenFile.expect(narrow, "plan-narrow.txt")
    let whole = Samples.text(truncates: false, width: 90).plan(Samples.plan())
    #expect(whole.contains(Samples.shop.id.rawValue))
    #expect(!whole.contains("…"))
  }

  @Test func emptyPlanSaysSo() throws {
    let plan = Samples.plan(steps: [], notes: [])
    try GoldenFile.expect(Samples.text().plan(plan), "plan-empty.txt")
  }

  @Test func countOfWhatStaysReadsRightForOneToo() {
    let kept = [Reason.Code.parentOfKept, .removesItself].map { code in
      KeptObject(object: .image(Samples.shop.id), title: "shop", reason: Reason(code, detail: "d"))
    }
    #expect(
      Samples.text().plan(Samples.plan(steps: [], kept: kept, notes: [])).contains(
        "\nkeeps 2 objects: 1 needed by kept ones, 1 started with --rm\n"))
  }

  @Test func planThatOnlyUntagsSaysNothingOfImages() {
    let plan = Samples.plan(steps: [Samples.steps[2]], kept: [], notes: [])
    #expect(Samples.text().plan(plan).contains("\nwould free 0B: untag 1\n"))
  }

  @Test func explanationShowsRulesChangesAndPins() throws {
    try GoldenFile.expect(Samples.text().explanation(Samples.explanation), "explain.txt")
  }

  @Test func groupsShowTheirGain() throws {
    try GoldenFile.expect(Samples.text().groups(Samples.groups, by: .repository), "groups.txt")
  }

  @Test func diskUsageHasDockersColumns() throws {
    try GoldenFile.expect(Samples.text().diskUsage(Samples.usage), "df.txt")
  }

  @Test func verboseDiskUsageListsEveryObject() throws {
    try GoldenFile.expect(Samples.text(verbose: true).diskUsage(Samples.usage), "df-verbose.txt")
  }

  @Test func imagesHaveOneRowPerTag() throws {
    try GoldenFile.expect(Samples.text().images(Samples.imageRows), "images.txt")
  }

  @Test func quietImagesAreIdsEachOnce() {
    let ids = Samples.text(idsOnly: true).images(Samples.imageRows)
    #expect(ids == "9c1e9c1e9c1e\n07ab07ab07ab\ne5d0e5d0e5d0\n")
    let whole = Samples.text(idsOnly: true, truncates: false).images([Samples.imageRows[1]])
    #expect(whole == Samples.dangling.id.rawValue + "\n")
  }

  @Test func containersHaveDockersColumns() throws {
    try GoldenFile.expect(Samples.text().containers(Samples.containerRows), "ps.txt")
    try GoldenFile.expect(
      Samples.text(truncates: false).containers(Samples.containerRows), "ps-no-trunc.txt")
  }

  @Test func resultNamesWhatDidNotGoAsPlanned() throws {
    try GoldenFile.expect(Samples.text().result(of: Samples.run()), "result.txt")
  }

  @Test func resultOfAnInterruptedRunCountsWhatWasNotTried() throws {
    let run = Samples.run(
      outcomes: [
        .done, .unknown, .changed("it points to another image"), .notTried("the run was stopped"),
        .notTried("the run was stopped"),
      ], end: .interrupted, freed: nil)
    try GoldenFile.expect(Samples.text().result(of: run), "result-interrupted.txt")
  }

  @Test func resultAsPredictedSaysNoMoreThanTheTotals() {
    let run = Samples.run(
      outcomes: Array(repeating: .done, count: 5), freed: Bytes(exactly: 100_000_000))
    #expect(
      Samples.text().result(of: run)
        == """
        stopped 1 container, removed 1 container and 2 images, untagged 1
        Total reclaimed space: 100MB

        """)
  }

  @Test func unexplainedGapIsToldToo() {
    let run = Samples.run(
      outcomes: Array(repeating: .done, count: 5), freed: Bytes(exactly: 14_000_512))
    #expect(
      Samples.text().result(of: run).contains(
        "\nfreed 600kB less than the predicted 14.6MB..184MB: every step was done"))
  }

  @Test func historyAndOneRunOfIt() throws {
    let running = RunRecord(
      id: 13, engineKey: "k", engineName: "ci-7", policy: "default",
      startedAt: Samples.ago(.seconds(1)), end: .running, predicted: .zero)
    try GoldenFile.expect(Samples.text().history([running, Samples.run()]), "history.txt")
    try GoldenFile.expect(Samples.text().run(Samples.run()), "run.txt")
    #expect(Samples.text(idsOnly: true).history([running, Samples.run()]) == "13\n12\n")
  }

  @Test func undoSaysWhatCameBack() throws {
    let undo = Samples.undo(outcomes: [
      .failed("no registry has it"), .done, .gone, .done, .notTried("the run was interrupted"),
    ])
    try GoldenFile.expect(Samples.text().run(undo), "run-undo.txt")
    #expect(Samples.text().history([undo]).contains("   undo of run 12   "))
    let nothing = Samples.text().result(of: Samples.undo(outcomes: [.gone]))
    #expect(nothing == "brought back nothing; 1 there already\n")
  }

  @Test func runOfAnEarlierBalaiDoesNotKnowWhatComesBack() {
    var run = Samples.run()
    for place in run.steps.indices { run.steps[place].restorability = nil }
    #expect(Samples.text().run(run).contains("   N/A   "))
  }

  @Test func planCountsWhatIsLostEachObjectOnce() {
    func step(_ number: Int, _ object: ObjectID, _ loss: Restorability.Loss?) -> PlannedStep {
      PlannedStep(
        number: number, wave: 0, action: .removeImage, object: object, title: "t",
        reason: Reason(.removeRule, detail: "d"), frees: .zero,
        restorability: loss.map { .lost($0) } ?? .restorable,
        expected: .image(ExpectedImage(Samples.shop, children: [])))
    }
    func sentence(_ losses: [(ObjectID, Restorability.Loss?)]) -> String? {
      let steps = losses.enumerated().map { step($0, $1.0, $1.1) }
      return Samples.plan(steps: steps).lossSentence
    }
    let image = ObjectID.image(ImageID("i"))
    let (one, other) = (
      ObjectID.container(ContainerID("1")), ObjectID.container(ContainerID("2"))
    )
    #expect(sentence([(image, nil)]) == nil)
    #expect(sentence([(image, .image), (image, .image)]) == "2 steps cannot be undone: 1 image")
    #expect(
      sentence([(one, .writableLayer), (other, .writableLayer), (.volume("v"), .data)])
        == "3 steps cannot be undone: 2 writable layers, 1 volume's data")
    #expect(
      sentence([
        (one, .image), (other, .container), (image, .image), (.buildCache("b"), .buildCache),
      ])
        == "4 steps cannot be undone: 1 image, 1 container without an image, "
        + "1 build-cache record, 1 container as a whole")
  }

  @Test func planSaysWhatItSavesAndWhere() {
    var steps = Samples.steps
    steps[3] = PlannedStep(
      number: 3, wave: 0, action: .removeImage, object: .image(Samples.shop.id), title: "shop",
      reason: Reason(.removeRule, detail: "d"), frees: .zero, restorability: .archived,
      saves: Bytes(exactly: 184_000_000),
      expected: .image(ExpectedImage(Samples.shop, children: [])))
    func text(_ archive: ArchivePlan?) -> String {
      Samples.text().plan(
        RemovalPlan(
          engine: Samples.engine, policy: PolicyReference(name: "p", digest: "d"),
          createdAt: Samples.now, stopTimeout: nil, steps: steps, kept: [], notes: [],
          archive: archive))
    }
    let archive = ArchivePlan(directory: "/b\u{202e}", keepFor: 1)
    #expect(text(archive).contains("\nsaves 1 image first, about 184MB, in /b\\u{202e}\n"))
    #expect(
      text(ArchivePlan(keepFor: 1)).contains("in the archive of the state directory\n"))
  }

  @Test func policiesAndTheirProblems() throws {
    try GoldenFile.expect(Samples.text().policies(Samples.policies), "policies.txt")
    try GoldenFile.expect(Samples.text().policyChecks(Samples.checks), "policy-check.txt")
    #expect(Samples.text().policy(named: "x", text: "a:\n  - b") == "a:\n  - b\n")
  }

  @Test func differenceShowsBothVerdictsAndSums() throws {
    try GoldenFile.expect(Samples.text().difference(Samples.difference), "policy-diff.txt")
    let same = PolicyDifference(
      engine: Samples.engine, firstPolicy: "a", secondPolicy: "b", firstFrees: .zero,
      secondFrees: .zero, rows: [])
    #expect(
      Samples.text().difference(same)
        == "both do the same, on ci-7\na would free 0B\nb would free 0B\n")
  }

  @Test func failedCaseShowsWhatWasFoundAndWhy() throws {
    try GoldenFile.expect(Samples.text().caseRuns([try Samples.caseRun()]), "policy-test.txt")
  }

  @Test func indexSaysWhatIsNew() {
    let some = Samples.text().index(Samples.snapshot, knowing: Samples.remembered)
    #expect(
      some
        == "indexed 3 images, 2 containers, 1 volume and 1 network on ci-7: 2 new images\n")
    var empty = Samples.snapshot
    empty.images = []
    #expect(
      Samples.text().index(empty, knowing: Samples.remembered).hasSuffix(": nothing new\n"))
  }

  @Test func colourMarksVerdictsAndNothingElse() {
    let plain = Samples.text().images(Samples.imageRows)
    let coloured = Samples.text(colours: true).images(Samples.imageRows)
    #expect(coloured != plain)
    #expect(
      coloured.replacing("\u{1b}[31m", with: "").replacing("\u{1b}[0m", with: "") == plain)
  }

  @Test func failureIsOneLineWithItsLabel() {
    #expect(
      Samples.text().failure("cannot reach the engine", status: .engineUnavailable)
        == "Error: cannot reach the engine\n")
  }
}
