import Inventory
import Plan
import Policy
import ShippedPolicies
import TestSupport
import Testing

struct PlannerTests {
  private let now = Timestamp(seconds: 1_800_000_000)

  private func policy(_ text: String) throws -> RetentionPolicy {
    try RetentionPolicy(reading: "version: 1\ngrace: 0s\n" + text, from: "test.yaml", named: "test")
  }

  private func everything() throws -> RetentionPolicy {
    let text = try #require(ShippedPolicies.all.first { $0.name == "stop-rm-rmi" }).text
    return try RetentionPolicy(reading: text, from: "everything", named: "everything")
  }

  private func image(
    _ name: String, references: [String] = [], digests: [String] = [], parent: String? = nil
  ) -> Image {
    Image(
      id: ImageID(name), references: references, digests: digests,
      parent: parent.map { ImageID($0) },
      size: 10,
      content: ImageContent(
        diffs: [name],
        history: [
          HistoryEntry(size: 10, fingerprint: name, isMetadataOnly: false, isBuildKit: false)
        ]), firstSeen: now - .seconds(1_000_000))
  }

  private func container(_ name: String, of image: String, _ state: ContainerState) -> Container {
    Container(
      id: ContainerID(name), name: name, image: image, imageID: ImageID(image), state: state,
      created: now - .seconds(10_000), startedAt: now - .seconds(9_000),
      finishedAt: state.isActive ? nil : now - .seconds(8_000), writableSize: 3)
  }

  private func plan(
    _ images: [Image], _ containers: [Container] = [], policy: RetentionPolicy? = nil
  ) throws -> RemovalPlan {
    let snapshot = Snapshot(
      engine: .sample, takenAt: now, images: images, containers: containers)
    return try Planner.plan(snapshot, policy ?? everything(), at: now)
  }

  @Test func stopsComeBeforeRemovalsAndContainersBeforeImages() throws {
    let plan = try plan(
      [image("i", references: ["i:1"])],
      [container("b", of: "i", .running), container("a", of: "i", .exited)])
    #expect(plan.steps.map(\.action) == [.stop, .removeContainer, .removeContainer, .removeImage])
    #expect(plan.steps.map(\.title) == ["b", "a", "b", "i:1"])
    #expect(plan.steps.map(\.wave) == [0, 1, 1, 2])
    #expect(plan.frees.content == Bytes(exactly: 16))
  }

  @Test func imageWithManyTagsIsUntaggedOneByOneAndDeletedWithTheLast() throws {
    let plan = try plan([image("i", references: ["a:1", "b:1", "b:2"])])
    #expect(plan.steps.map(\.action) == [.untag, .untag, .removeImage])
    #expect(plan.steps.map(\.reference) == ["a:1", "b:1", "b:2"])
    #expect(plan.steps.map(\.frees.content) == [.zero, .zero, Bytes(exactly: 10)])
  }

  @Test func digestOfARepositoryWithoutATagIsTakenFirst() throws {
    let plan = try plan([
      image(
        "i", references: ["localhost:5000/a:1"],
        digests: ["b@sha256:1", "localhost:5000/a@sha256:1"])
    ])
    #expect(plan.steps.map(\.reference) == ["b@sha256:1", "localhost:5000/a:1"])
  }

  @Test func imagePinnedByDigestAloneIsDeletedByItsID() throws {
    let one = try plan([image("i", digests: ["a@sha256:1"])])
    #expect(one.steps.map(\.reference) == [nil])
    let two = try plan([image("i", digests: ["a@sha256:1", "b@sha256:1"])])
    #expect(two.steps.map(\.action) == [.untag, .removeImage])
    #expect(two.steps.map(\.reference) == ["b@sha256:1", nil])
  }

  @Test func childrenGoBeforeParentsHoweverLongTheChain() throws {
    let images = (0..<3_000).map {
      image(
        "i\($0)", references: $0 % 7 == 0 ? ["i:\($0)"] : [], parent: $0 == 0 ? nil : "i\($0 - 1)")
    }
    let plan = try plan(images.shuffled())
    let order = plan.steps.compactMap { step -> ImageID? in
      guard case .image(let id) = step.object else { return nil }
      return id
    }
    #expect(order == images.reversed().map(\.id))
    #expect(Set(plan.steps.map(\.wave)).count == 3_000)
  }

  @Test func planningTwiceGivesTheSamePlanWhateverTheOrderOfTheListing() throws {
    let images = (0..<50).map { image("i\($0)", references: ["r\($0 % 5):\($0)"]) }
    let containers = (0..<50).map { container("c\($0)", of: "i\($0 / 2)", .exited) }
    let first = try plan(images, containers)
    #expect(try plan(images.shuffled(), containers.shuffled()) == first)
  }

  @Test func removingEveryTaggedImageWithoutSayingAllIsRefused() throws {
    let unused = try policy("remove:\n  images:\n    - unused-for: 1h\n")
    #expect(throws: PlanError.everyImage(count: 1, policy: "test")) {
      try plan([image("i", references: ["i:1"]), image("d")], policy: unused)
    }
    // Dangling images may all go.
    #expect(try plan([image("d")], policy: unused).steps.count == 1)
    #expect(try plan([image("i", references: ["i:1"])]).steps.count == 1)
  }

  @Test func everyObjectIsEitherInAStepOrKept() throws {
    let keepSome = try policy(
      "keep:\n  images:\n    - reference: a\nremove:\n  containers:\n    - status: exited\n"
        + "  images:\n    - unused-for: 1h\n")
    let images = [
      image("i", references: ["a:1"]), image("j", references: ["b:1"]),
      image("k", references: ["c:1"]), image("l"),
    ]
    let containers = [container("c", of: "j", .running), container("d", of: "k", .exited)]
    let plan = try plan(images, containers, policy: keepSome)
    let touched = Set(plan.steps.map(\.object))
    let kept = Set(plan.kept.map(\.object))
    #expect(touched.isDisjoint(with: kept))
    #expect(touched.union(kept).count == images.count + containers.count)
    #expect(touched == [.container(ContainerID("d")), .image(ImageID("k")), .image(ImageID("l"))])
  }
}
