import Foundation
import Inventory
import Plan
import Policy
import TestSupport
import Testing

/// A plan whose copies may not fit is refused, and only such a plan.
struct ArchiveRoomTests {
  private func plan(_ saves: [Bytes], maxSize: Int64? = nil) -> RemovalPlan {
    let steps = saves.enumerated().map { number, size in
      let image = Image(id: ImageID("i\(number)"), references: ["i:\(number)"], size: 1)
      return PlannedStep(
        number: number, wave: 0, action: .removeImage, object: .image(image.id),
        reference: "i:\(number)", title: "i:\(number)", reason: Reason(.removeRule, detail: "d"),
        frees: .zero, restorability: .archived, saves: size,
        expected: .image(ExpectedImage(image, children: [])))
    }
    return RemovalPlan(
      engine: .sample, policy: PolicyReference(name: "p", digest: "d"),
      createdAt: RandomSnapshot.now, stopTimeout: nil, steps: steps, kept: [], notes: [],
      archive: ArchivePlan(directory: "/b", keepFor: 1, maxSize: maxSize))
  }

  private func fits(
    _ plan: RemovalPlan, free: Int64, held: Int64 = 0, engineFree: Int64? = nil,
    isOnEnginesDisk: Bool = false
  ) -> Bool {
    let room = ArchiveRoom(
      directory: "/b", free: free, held: held, engineFree: engineFree,
      isOnEnginesDisk: isOnEnginesDisk)
    return (try? plan.checkRoom(room)) != nil
  }

  @Test func copiesFitToTheByte() {
    let plan = plan([Bytes(atLeast: 2, atMost: 3), Bytes(exactly: 7)])
    #expect(fits(plan, free: 10) && !fits(plan, free: 9))
  }

  @Test func maxSizeCountsWhatIsThereAlready() {
    let plan = plan([Bytes(exactly: 7)], maxSize: 10)
    #expect(fits(plan, free: .max, held: 3) && !fits(plan, free: .max, held: 4))
    #expect(!fits(plan, free: .max, held: 100))
    #expect(
      throws: PlanError.noRoomForArchive(directory: "/b", needed: 7, available: 6)
    ) { try plan.checkRoom(ArchiveRoom(directory: "/b", free: 100, held: 4)) }
  }

  @Test func engineNeedsRoomForItsLargestImage() {
    let plan = plan([Bytes(exactly: 7), Bytes(exactly: 5)])
    #expect(fits(plan, free: 100, engineFree: 7) && !fits(plan, free: 100, engineFree: 6))
    #expect(fits(plan, free: 19, engineFree: 19, isOnEnginesDisk: true))
    #expect(!fits(plan, free: 18, engineFree: 18, isOnEnginesDisk: true))
  }

  /// To commit a container writes what it wrote once more.
  @Test(arguments: [(EngineIdentity.sample, 9 as Int64), (.containerd, 2), (.podman, 0)])
  func engineNeedsRoomToCommitAContainer(engine: EngineIdentity, needed: Int64) {
    let container = Container(
      id: ContainerID("c"), name: "c", image: "i", imageID: ImageID("i"), state: .exited,
      created: RandomSnapshot.now)
    let step = PlannedStep(
      number: 0, wave: 0, action: .removeContainer, object: .container(container.id), title: "c",
      reason: Reason(.removeRule, detail: "d"),
      frees: Footprint(content: Bytes(exactly: 2), disk: nil), restorability: .archived,
      saves: Bytes(exactly: 7), expected: .container(ExpectedContainer(container)))
    let plan = RemovalPlan(
      engine: engine, policy: PolicyReference(name: "p", digest: "d"),
      createdAt: RandomSnapshot.now, stopTimeout: nil, steps: [step], kept: [], notes: [],
      archive: ArchivePlan(directory: "/b", keepFor: 1, maxSize: nil))
    #expect(fits(plan, free: 100, engineFree: needed))
    #expect(!fits(plan, free: 100, engineFree: needed - 1) || needed == 0)
  }

  @Test func copyOfAnUnknownSizeIsRefusedHoweverMuchIsFree() {
    let plan = plan([Bytes(exactly: 1), Bytes(orMore: 1)])
    #expect(throws: PlanError.unknownArchiveSize(object: "i:1")) {
      try plan.checkRoom(ArchiveRoom(directory: "/b", free: .max, held: 0))
    }
  }

  @Test func planThatSavesNothingNeedsNoRoom() {
    #expect(fits(plan([], maxSize: 0), free: 0, held: 5, engineFree: 0))
  }

  @Test func nothingIsLostWhereNothingMayBe() throws {
    let policy = try RetentionPolicy(
      reading: "version: 1\ngrace: 0s\nremove: {images: [{all: true}]}\n", from: "t", named: "t")
    func plan(_ names: [String], digests: [String]) throws -> RemovalPlan {
      let images = names.map {
        Image(id: ImageID($0), references: ["\($0):1"], digests: digests, size: 1)
      }
      var snapshot = Snapshot(
        engine: .sample, takenAt: RandomSnapshot.now, images: images, containers: [])
      snapshot.images = snapshot.images.map { image in
        var image = image
        image.firstSeen = RandomSnapshot.now - .seconds(9)
        return image
      }
      return try Planner.plan(snapshot, policy, at: RandomSnapshot.now)
    }
    try plan(["a"], digests: ["a@sha256:1"]).checkRestorable()
    #expect(
      throws: PlanError.irreversible(
        count: 4, first: ["a:1 (lost: image)", "b:1 (lost: image)", "c:1 (lost: image)"])
    ) { try plan(["a", "b", "c", "d"], digests: []).checkRestorable() }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func savedPlanKeepsItsArchiveAndEveryWord(seed: UInt64) throws {
    let text =
      RandomPolicy(seed: seed).text
      + "archive: {images: all, volumes: true, writable-layers: true, directory: /b, max-size: 3b}\n"
    let policy = try RetentionPolicy(reading: text, from: "random", named: "random")
    let store = RandomSnapshot(seed: seed).snapshot
    guard let plan = try? Planner.plan(store, policy, at: RandomSnapshot.now) else { return }
    #expect(plan.archive == ArchivePlan(directory: "/b", keepFor: 2_592_000, maxSize: 3))
    let file = NSTemporaryDirectory() + "archive-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try plan.save(to: file)
    #expect(try RemovalPlan(readingFile: file) == plan)
  }

  @Test(arguments: [
    ("\"keepFor\" : 1", "\"keepFor\" : -1"), ("\"directory\" : \"/b\"", "\"directory\" : \"b\""),
    ("\"maxSize\" : 9", "\"maxSize\" : -9"),
    ("\"restorability\" : \"archived\"", "\"restorability\" : \"restorable\""),
    ("\"restorability\" : \"archived\"", "\"restorability\" : \"lost: hope\""),
    ("\"archive\" : {", "\"other\" : {"), ("\"saves\" : {", "\"other\" : {"),
  ])
  func planThatSavesNowhereOrPromisesMoreIsRefused(right: String, wrong: String) throws {
    let file = NSTemporaryDirectory() + "archive-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try plan([Bytes(exactly: 1)], maxSize: 9).save(to: file)
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try #require(text.contains(right))
    try text.replacingOccurrences(of: right, with: wrong)
      .write(toFile: file, atomically: true, encoding: .utf8)
    #expect(throws: PlanError.self) { try RemovalPlan(readingFile: file) }
  }
}
