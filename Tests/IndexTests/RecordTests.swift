import Index
import Inventory
import TestSupport
import Testing

struct RecordTests {
  private let index: HostIndex

  init() throws { index = try HostIndex.inMemory() }

  @Test func whatWasRecordedIsRemembered() throws {
    let images = [Samples.image("a", references: ["a:1"]), Samples.image("b", layers: 0)]
    let container = Samples.container("c", of: "a", .exited, finishedAt: 30)
    let mark = EventMark(nanoseconds: 5, identity: "x")
    _ = try index.record(
      Samples.survey(at: 100, images: images, containers: [container], mark: mark))

    let known = try index.remembered(of: Samples.engine())
    #expect(known.images == Dictionary(uniqueKeysWithValues: images.map { ($0.id, $0.content) }))
    #expect(known.lastEvent == mark)
    var kept = container
    (kept.command, kept.status) = ("", "")
    kept.firstSeen = Timestamp(seconds: 100)
    #expect(known.containers == [container.id: kept])
  }

  @Test func firstSeenStaysAndLastUsedComesFromContainers() throws {
    let image = Samples.image("a")
    let first = try index.record(Samples.survey(at: 100, images: [image]))
    #expect(first.images[0].firstSeen == Timestamp(seconds: 100))
    #expect(first.images[0].lastUsed == nil)

    let stopped = Samples.container("c", of: "a", .exited, finishedAt: 150)
    let second = try index.record(
      Samples.survey(at: 200, images: [image], containers: [stopped]))
    #expect(second.images[0].firstSeen == Timestamp(seconds: 100))
    #expect(second.images[0].lastUsed == Timestamp(seconds: 150))

    let running = Samples.container("d", of: "a", .running)
    let third = try index.record(Samples.survey(at: 300, images: [image], containers: [running]))
    #expect(third.images[0].lastUsed == Timestamp(seconds: 300))

    let fourth = try index.record(Samples.survey(at: 400, images: [image]))
    #expect(fourth.images[0].lastUsed == Timestamp(seconds: 300), "what was used stays used")
  }

  @Test func useOfAChildIsUseOfItsParentsHoweverLongTheChain() throws {
    let images = (0..<2_000).map {
      Samples.image("i\($0)", parent: $0 == 0 ? nil : "i\($0 - 1)", layers: 1)
    }
    let running = Samples.container("c", of: "i1999", .running)
    let snapshot = try index.record(
      Samples.survey(at: 300, images: images.shuffled(), containers: [running]))
    #expect(snapshot.images.allSatisfy { $0.lastUsed == Timestamp(seconds: 300) })
  }

  @Test func parentsInACircleEnd() throws {
    let images = [Samples.image("a", parent: "b"), Samples.image("b", parent: "a")]
    let running = Samples.container("c", of: "a", .running)
    let snapshot = try index.record(
      Samples.survey(at: 300, images: images, containers: [running]))
    #expect(snapshot.images.allSatisfy { $0.lastUsed == Timestamp(seconds: 300) })
  }

  @Test func lastTaggedSurvivesASurveyThatDoesNotAsk() throws {
    var image = Samples.image("a")
    image.lastTagged = Timestamp(seconds: 50)
    _ = try index.record(Samples.survey(at: 100, images: [image]))
    image.lastTagged = nil
    let again = try index.record(Samples.survey(at: 200, images: [image]))
    #expect(again.images[0].lastTagged == Timestamp(seconds: 50))
  }

  @Test func imageThatWasGoneAndIsBackCountsAsNew() throws {
    let image = Samples.image("a", references: ["a:1"])
    _ = try index.record(Samples.survey(at: 100, images: [image]))
    _ = try index.record(Samples.survey(at: 200))
    #expect(
      try index.remembered(of: Samples.engine()).images[image.id] == image.content,
      "its content need not be asked again")
    let back = try index.record(Samples.survey(at: 300, images: [image]))
    #expect(back.images[0].firstSeen == Timestamp(seconds: 300))
    #expect(back.images[0].references == ["a:1"])
  }

  @Test func imageThatIsGoneButPinnedByAContainerIsDeparted() throws {
    let image = Samples.image("a")
    let container = Samples.container("c", of: "a", .exited, finishedAt: 50)
    let before = try index.record(
      Samples.survey(at: 100, images: [image], containers: [container]))
    #expect(before.departedImages.isEmpty)
    let after = try index.record(Samples.survey(at: 200, containers: [container]))
    #expect(after.departedImages.map(\.id) == [image.id])
    #expect(after.departedImages.first?.content == image.content)
    #expect(try index.record(Samples.survey(at: 300)).departedImages.isEmpty)
  }

  @Test func goneImagesAreForgottenInTheEndUnlessAContainerPinsThem() throws {
    let year: Int64 = 365 * 86_400
    let images = [Samples.image("a"), Samples.image("b")]
    let container = Samples.container("c", of: "b", .exited, finishedAt: 50)
    _ = try index.record(Samples.survey(at: 100, images: images, containers: [container]))
    _ = try index.record(Samples.survey(at: 200, containers: [container]))
    _ = try index.record(Samples.survey(at: year, containers: [container]))
    #expect(
      Array(try index.remembered(of: Samples.engine()).images.keys) == [ImageID("b")])
  }

  @Test func twoEnginesInOneIndexDoNotMix() throws {
    let other = Samples.engine("/other")
    let container = Samples.container("c", of: "a", .running)
    _ = try index.record(
      Samples.survey(at: 100, images: [Samples.image("a")], containers: [container]))
    let snapshot = try index.record(
      Samples.survey(at: 200, images: [Samples.image("a")], engine: other))
    #expect(snapshot.images[0].firstSeen == Timestamp(seconds: 200))
    #expect(snapshot.images[0].lastUsed == nil)
    #expect(try index.remembered(of: other).containers.isEmpty)
    #expect(try index.remembered(of: Samples.engine()).containers.count == 1)
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func recordedTimesNeverGrowOlder(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var last: [ImageID: Image] = [:]
    for step in 1..<25 as Range<Int64> {
      // An engine does not delete an image while another one was built from it.
      let present = Set((0..<8).filter { _ in Int.random(in: 0..<8, using: &random) > 0 })
      let images = present.filter { $0 < 4 || present.contains($0 - 4) }.sorted().map {
        Samples.image("i\($0)", references: ["r:\($0)"], parent: $0 > 3 ? "i\($0 - 4)" : nil)
      }
      let containers = (0..<3).map { number in
        Samples.container(
          "c\(number)", of: "i\(Int.random(in: 0..<8, using: &random))",
          Bool.random(using: &random) ? .running : .exited,
          finishedAt: Int64.random(in: 20...step * 100, using: &random))
      }
      let survey = Samples.survey(at: step * 100, images: images, containers: containers)
      let snapshot = try index.record(survey)
      let again = try index.record(survey)
      #expect(again.images == snapshot.images, "recording the same twice changes nothing")
      #expect(again.containers == snapshot.containers)
      #expect(again.departedImages == snapshot.departedImages)
      for image in snapshot.images {
        if let old = last[image.id] {
          #expect(image.firstSeen == old.firstSeen)
          if let used = old.lastUsed {
            #expect(image.lastUsed.map { $0 >= used } ?? false)
          }
        }
        if let parent = snapshot.images.first(where: { $0.id == image.parent }),
          let used = image.lastUsed, containers.contains(where: { $0.imageID == image.id })
        {
          #expect(parent.lastUsed.map { $0 >= min(used, Timestamp(seconds: step * 100)) } ?? false)
        }
      }
      last = Dictionary(uniqueKeysWithValues: snapshot.images.map { ($0.id, $0) })
    }
  }
}
