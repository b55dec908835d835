import Foundation
import Inventory
import Plan
import Policy
import Testing

struct PlanFileTests {
  private let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("balai-plan-\(UUID().uuidString).json").path

  private func plan(_ steps: [PlannedStep], stopTimeout: Int? = 3) -> RemovalPlan {
    RemovalPlan(
      engine: .sample, policy: PolicyReference(name: "p", digest: "d"),
      createdAt: Timestamp(microseconds: 1_795_489_586_274_368), stopTimeout: stopTimeout,
      steps: steps,
      kept: [
        KeptObject(
          object: .volume("v"), title: "v", reason: Reason(.noRule, detail: "no rule selects it"))
      ], notes: ["n"])
  }

  private func imageStep(
    _ number: Int, wave: Int = 2, action: ActionKind = .removeImage, reference: String? = "a:1"
  ) -> PlannedStep {
    let image = Image(id: ImageID("i"), references: ["a:1"], size: 5)
    return PlannedStep(
      number: number, wave: wave, action: action, object: .image(image.id), reference: reference,
      title: "a:1",
      reason: Reason(
        .removeRule, rule: RuleReference(file: "f", line: 3, keyPath: "k", text: "t"), detail: "d"),
      frees: Footprint(content: Bytes(atLeast: 1, atMost: 5), disk: nil),
      restorability: .lost(.image),
      expected: .image(ExpectedImage(image, children: [])))
  }

  private func containerStep(
    _ number: Int, action: ActionKind, restartCount: Int = 0
  ) -> PlannedStep {
    var container = Container(
      id: ContainerID("c"), name: "web", image: "a:1", imageID: ImageID("i"), state: .running,
      created: Timestamp(seconds: 5), startedAt: Timestamp(microseconds: 6_000_001))
    container.restartCount = restartCount
    return PlannedStep(
      number: number, wave: 0, action: action, object: .container(container.id), title: "web",
      reason: Reason(.stopRule, detail: "d"), frees: .zero,
      restorability: .restorable, expected: .container(ExpectedContainer(container)))
  }

  @Test func savedPlanReadsBackEqual() throws {
    let plan = plan([containerStep(0, action: .stop), imageStep(1)])
    try plan.save(to: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try RemovalPlan(readingFile: path) == plan)
  }

  @Test func planOfAnotherFormatIsRefusedByItsNumber() throws {
    try Data(#"{"format": 99, "later": true}"#.utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: PlanError.unknownFormat(file: path, format: 99)) {
      try RemovalPlan(readingFile: path)
    }
  }

  @Test(arguments: ["", "garbage", "[]", "{}", #"{"format": "1"}"#, #"{"format": 3}"#, "\u{0}"])
  func whatIsNoPlanIsRefused(text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect {
      try RemovalPlan(readingFile: path)
    } throws: { error in
      guard case PlanError.unreadable(let file, let reason) = error else { return false }
      return file == path && !reason.isEmpty
    }
  }

  @Test func missingFileIsSaidToBeMissing() {
    #expect(throws: PlanError.unreadable(file: path, reason: "there is no such file")) {
      try RemovalPlan(readingFile: path)
    }
  }

  @Test func planThatWasEditedIntoNonsenseIsRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let nonsense: [[PlannedStep]] = [
      [imageStep(1)],
      [imageStep(0, wave: 3), imageStep(1, wave: 2)],
      [imageStep(0, action: .untag, reference: nil)],
      [imageStep(0, action: .stop)],
      [containerStep(0, action: .removeImage)],
    ]
    for steps in nonsense {
      try plan(steps).save(to: path)
      #expect(throws: PlanError.self) { try RemovalPlan(readingFile: path) }
    }
  }

  @Test func numbersThatNoPlanHasAreRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let odd = [
      plan([], stopTimeout: -1), plan([], stopTimeout: .max), plan([], stopTimeout: .min),
      plan([containerStep(0, action: .stop, restartCount: .max)]),
      plan([containerStep(0, action: .stop, restartCount: -1)]),
    ]
    for plan in odd {
      try plan.save(to: path)
      #expect(throws: PlanError.self) { try RemovalPlan(readingFile: path) }
    }
    for timeout in [nil, 0, 3_153_600_000] {
      try plan([], stopTimeout: timeout).save(to: path)
      #expect(try RemovalPlan(readingFile: path).stopTimeout == timeout)
    }
  }

  @Test(arguments: [
    ("\"atLeast\" : 1", "\"atLeast\" : -1"), ("\"atLeast\" : 1", "\"atLeast\" : 6"),
  ])
  func bytesThatAreNoFigureAreRefusedWithTheirPlace(right: String, wrong: String) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try plan([imageStep(0)]).save(to: path)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try #require(text.contains(right))
    try text.replacingOccurrences(of: right, with: wrong)
      .write(toFile: path, atomically: true, encoding: .utf8)
    #expect(
      throws: PlanError.unreadable(
        file: path,
        reason: "it is not a plan of balai: a value that no plan has at steps.0.frees.content")
    ) {
      try RemovalPlan(readingFile: path)
    }
  }

  @Test func planForAnotherEngineIsRefused() throws {
    var other = EngineIdentity.sample
    other.rootDirectory = "/elsewhere"
    #expect(throws: PlanError.self) { try plan([]).check(for: other) }
    try plan([]).check(for: .sample)
  }

  @Test(arguments: [
    ("/nonexistent/plan.json", "no such file or directory"), ("", "no such file or directory"),
    ("/", "is a directory"), ("/dev/fd/999", "bad file descriptor"),
  ])
  func unwritablePlaceIsAnErrorInTheSystemsWords(place: String, reason: String) {
    #expect(throws: PlanError.unwritable(file: place, reason: reason)) {
      try plan([]).save(to: place)
    }
  }

  @Test(arguments: [("/", "is a directory"), ("/dev/fd/999", "bad file descriptor")])
  func unreadablePlaceIsAnErrorInTheSystemsWords(place: String, reason: String) {
    #expect(throws: PlanError.unreadable(file: place, reason: reason)) {
      try RemovalPlan(readingFile: place)
    }
  }
}
