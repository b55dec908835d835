import Foundation
import GRDB
import Inventory
import Synchronization
import Testing

@testable import Index

struct RecordTests {
  let index: HostIndex

  init() throws { index = try HostIndex.inMemory() }

  @Test func whatIsRecordedIsRemembered() throws {
    let mark = EventMark(nanoseconds: 1_700_000_000_123_456_789, identity: "container die abc")
    let images = (1...40).map { makeImage($0) }
    let containers = [
      makeContainer(1, of: 1, state: .unknown("stopped")),
      makeContainer(
        2, of: 1, startedAt: hour(-3), finishedAt: hour(-2), exitCode: 137, writableSize: 12),
    ]
    let snapshot = try index.record(
      makeSurvey(at: start, images: images, containers: containers, lastEvent: mark))
    let remembered = try index.remembered(of: makeEngine())
    #expect(
      remembered.images
        == Dictionary(uniqueKeysWithValues: images.map { ($0.id, $0.content ?? makeContent(0)) }))
    #expect(
      remembered.containers
        == Dictionary(uniqueKeysWithValues: snapshot.containers.map { ($0.id, $0) }))
    #expect(remembered.lastEvent == mark)
    #expect(snapshot.containers.allSatisfy { $0.firstSeen == start })
    #expect(try index.remembered(of: makeEngine("other")).images.isEmpty)
  }

  @Test func contentThatWasNotAskedAgainIsFilledIn() throws {
    let first = try index.record(makeSurvey(at: start, images: [makeImage(3), makeImage(4)]))
    var bare = makeImage(3)
    bare.content = nil
    let second = try index.record(makeSurvey(at: start, images: [bare, makeImage(4)]))
    #expect(second.images == first.images)
  }

  @Test func contentThatTheEngineWouldNotTellIsTakenInLater() throws {
    var bare = makeImage(3)
    bare.content = nil
    let first = try index.record(makeSurvey(at: start, images: [bare]))
    #expect(first.image(3)?.content == nil)
    #expect(try index.remembered(of: makeEngine()).images.isEmpty)
    _ = try index.record(makeSurvey(at: hour(1), images: [makeImage(3)]))
    #expect(try index.remembered(of: makeEngine()).images == [imageID(3): makeContent(3)])
  }

  @Test func packedSizeIsKeptOnceItWasTold() throws {
    func content(_ packedSize: Int64?) -> ImageContent {
      ImageContent(diffs: ["a"], history: [], packedSize: packedSize)
    }
    for (told, known) in [(nil, nil), (7, 7), (nil, 7), (8, 7)] as [(Int64?, Int64?)] {
      _ = try index.record(makeSurvey(at: start, images: [makeImage(1, content: content(told))]))
      #expect(try index.remembered(of: makeEngine()).images == [imageID(1): content(known)])
    }
  }

  @Test func imageThatReturnsIsNewButItsContentIsKnown() throws {
    _ = try index.record(makeSurvey(at: hour(0), images: [makeImage(1)]))
    _ = try index.record(makeSurvey(at: hour(1)))
    #expect(try index.remembered(of: makeEngine()).images == [imageID(1): makeContent(1)])
    let back = try index.record(makeSurvey(at: hour(2), images: [makeImage(1)]))
    #expect(back.image(1)?.firstSeen == hour(2))
    let later = try index.record(makeSurvey(at: hour(3), images: [makeImage(1)]))
    #expect(later.image(1)?.firstSeen == hour(2))
  }

  @Test func imageOfARunningContainerIsUsedNow() throws {
    let images = [makeImage(1), makeImage(2), makeImage(3)]
    let snapshot = try index.record(
      makeSurvey(
        at: start, images: images,
        containers: [
          makeContainer(1, of: 1, state: .paused),
          makeContainer(2, of: 2, startedAt: hour(-5), finishedAt: hour(-4)),
          makeContainer(3, of: 2, created: hour(-6)),
        ]))
    #expect(snapshot.image(1)?.lastUsed == start)
    #expect(snapshot.image(2)?.lastUsed == hour(-4))
    #expect(snapshot.image(3)?.lastUsed == nil)
  }

  @Test func useOfAnImageIsUseOfAllItIsBuiltFrom() throws {
    let count = 2_000
    let images = (0..<count).map {
      makeImage($0, parent: $0 == 0 ? nil : $0 - 1, content: ImageContent(diffs: [], history: []))
    }
    let snapshot = try index.record(
      makeSurvey(
        at: start, images: images,
        containers: [makeContainer(1, of: count - 1, state: .running), makeContainer(2, of: 7)]))
    #expect(snapshot.images.allSatisfy { $0.lastUsed == start })
  }

  @Test func parentsInACircleEnd() {
    let uses = [imageID(1): hour(1), imageID(2): hour(2)]
    let parents = [imageID(1): imageID(2), imageID(2): imageID(3), imageID(3): imageID(1)]
    let inherited = LastUse.inherited(uses, parents: parents)
    #expect(inherited == [imageID(1): hour(2), imageID(2): hour(2), imageID(3): hour(2)])
  }

  @Test func departedImageOfAContainerIsRemembered() throws {
    let container = makeContainer(1, of: 1, state: .running)
    _ = try index.record(
      makeSurvey(at: hour(0), images: [makeImage(1), makeImage(2)], containers: [container]))
    for time in [hour(1), hour(2)] {
      let snapshot = try index.record(
        makeSurvey(at: time, containers: [container, makeContainer(3, of: 9)]))
      #expect(snapshot.departedImages.map(\.id) == [imageID(1)])
      #expect(snapshot.departedImages.first?.content == makeContent(1))
      #expect(snapshot.departedImages.first?.references == [])
      #expect(snapshot.departedImages.first?.firstSeen == hour(0))
      #expect(snapshot.departedImages.first?.lastUsed == time)
    }
  }

  @Test func whatIsLongGoneIsForgottenUnlessAContainerNeedsIt() throws {
    _ = try index.record(
      makeSurvey(
        at: hour(0), images: [makeImage(1), makeImage(2)], containers: [makeContainer(2, of: 2)]))
    _ = try index.record(makeSurvey(at: hour(1), containers: [makeContainer(2, of: 2)]))
    let snapshot = try index.record(
      makeSurvey(at: hour(24 * 91), containers: [makeContainer(2, of: 2)]))
    #expect(snapshot.departedImages.map(\.id) == [imageID(2)])
    #expect(Set(try index.remembered(of: makeEngine()).images.keys) == [imageID(2)])
  }

  @Test func lastTaggedNeverGoesBack() throws {
    var image = makeImage(1)
    image.lastTagged = hour(5)
    _ = try index.record(makeSurvey(at: hour(6), images: [image]))
    for older in [nil, hour(4)] {
      image.lastTagged = older
      let snapshot = try index.record(makeSurvey(at: hour(7), images: [image]))
      #expect(snapshot.image(1)?.lastTagged == hour(5))
    }
  }

  @Test func sizeOfAContainerHoldsUntilItRunsAgain() throws {
    func record(_ container: Container) throws -> Container? {
      try index.record(makeSurvey(at: start, containers: [container])).container(1)
    }
    let measured = makeContainer(
      1, of: 1, startedAt: hour(-3), finishedAt: hour(-2), writableSize: 99)
    _ = try record(measured)
    #expect(try record(makeContainer(1, of: 1))?.writableSize == 99)
    #expect(try record(makeContainer(1, of: 1))?.finishedAt == hour(-2))
    let running = makeContainer(1, of: 1, state: .running, startedAt: hour(-1))
    #expect(try record(running)?.writableSize == nil)
    let stopped = makeContainer(1, of: 1, startedAt: hour(-1), finishedAt: start)
    #expect(try record(stopped)?.writableSize == nil)
  }

  @Test func exitCodeHoldsUntilItRunsAgain() throws {
    func record(_ container: Container) throws -> Container? {
      try index.record(makeSurvey(at: start, containers: [container])).container(1)
    }
    let ended = makeContainer(1, of: 1, startedAt: hour(-3), finishedAt: hour(-2), exitCode: 137)
    #expect(try record(ended)?.exitCode == 137)
    #expect(try record(makeContainer(1, of: 1))?.exitCode == 137)
    #expect(try index.remembered(of: makeEngine()).containers[containerID(1)]?.exitCode == 137)
    #expect(
      try index.reading { try Int.fetchOne($0, sql: "SELECT exitCode FROM containerUse") } == 137)
    let running = makeContainer(1, of: 1, state: .running, startedAt: hour(-1))
    #expect(try record(running)?.exitCode == nil)
    let endedAgain = makeContainer(1, of: 1, startedAt: hour(-1), finishedAt: start)
    #expect(try record(endedAgain)?.exitCode == nil)
  }

  @Test func volumesAndNetworksAreSeenSinceTheyCame() throws {
    let volumes = [Volume(name: "data", created: hour(-1), size: 5), Volume(name: "old")]
    let networks = [Network(id: "n1", name: "ci", driver: "bridge", labels: ["a": "b"])]
    _ = try index.record(makeSurvey(at: hour(0), volumes: volumes, networks: networks))
    _ = try index.record(makeSurvey(at: hour(1), volumes: [volumes[0]], networks: networks))
    let snapshot = try index.record(makeSurvey(at: hour(2), volumes: volumes, networks: networks))
    #expect(snapshot.volumes.map(\.firstSeen) == [hour(0), hour(2)])
    #expect(snapshot.networks.map(\.firstSeen) == [hour(0)])
  }

  @Test func useOfAVolumeOrNetworkNeverGoesBackWithTheClock() throws {
    let volumes = [Volume(name: "v1")]
    let networks = [Network(id: "n1", name: "bridge", driver: "bridge")]
    for time in [hour(5), hour(4)] {
      let snapshot = try index.record(
        makeSurvey(
          at: time, containers: [makeContainer(1, of: 1)], volumes: volumes, networks: networks))
      #expect(snapshot.volumes.map(\.lastUsed) == [hour(5)])
      #expect(snapshot.networks.map(\.lastUsed) == [hour(5)])
    }
  }

  @Test func sizeOfAVolumeIsNotThatOfAnotherWithItsName() throws {
    func record(_ volume: Volume, at time: Timestamp) throws -> Int64? {
      _ = try index.record(makeSurvey(at: time, volumes: [volume]))
      return try index.reading { try Int64.fetchOne($0, sql: "SELECT size FROM volume") }
    }
    #expect(try record(Volume(name: "v", created: hour(0), size: 5), at: hour(0)) == 5)
    #expect(try record(Volume(name: "v", created: hour(0)), at: hour(1)) == 5)
    #expect(try record(Volume(name: "v", created: hour(2)), at: hour(2)) == nil)
  }

  @Test func enginesInOneIndexDoNotMix() throws {
    let other = makeEngine("BBBB")
    _ = try index.record(
      makeSurvey(at: hour(0), images: [makeImage(1)], containers: [makeContainer(1, of: 1)]))
    _ = try index.record(
      makeSurvey(
        at: hour(1), of: other, images: [makeImage(1)],
        containers: [makeContainer(2, of: 1, state: .running)]))
    let third = try index.record(
      makeSurvey(at: hour(2), images: [makeImage(1)], containers: [makeContainer(1, of: 1)]))
    #expect(third.image(1)?.firstSeen == hour(0))
    #expect(third.image(1)?.lastUsed == hour(-9))
    _ = try index.record(makeSurvey(at: hour(3)))
    #expect(try index.remembered(of: makeEngine()).containers.isEmpty)
    #expect(Set(try index.remembered(of: other).containers.keys) == [containerID(2)])
  }

  @Test func engineIsTheSameAfterAnUpdate() throws {
    _ = try index.record(makeSurvey(at: hour(0), images: [makeImage(1)]))
    let updated = makeEngine(version: "29.0")
    let snapshot = try index.record(makeSurvey(at: hour(1), of: updated, images: [makeImage(1)]))
    #expect(snapshot.image(1)?.firstSeen == hour(0))
    let version = try index.reading {
      try String.fetchAll($0, sql: "SELECT serverVersion FROM engine")
    }
    #expect(version == ["29.0"])
  }

  @Test func objectListedTwiceIsTakenOnce() throws {
    let snapshot = try index.record(
      makeSurvey(
        at: start, images: [makeImage(1), makeImage(1)],
        volumes: [Volume(name: "v"), Volume(name: "v")]))
    #expect(snapshot.images.count == 2)
    #expect(try index.remembered(of: makeEngine()).images.count == 1)
  }

  @Test func chainIDsFollowTheImageSpecification() throws {
    let diffs = [
      "sha256:c6f988f4874bb0add23a778f753c65efe992244e148a1d2ec2a8b664fb66bbd1",
      "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    ]
    #expect(
      ImageContentRows.chainIDs(diffs) == [
        diffs[0],
        "sha256:" + SHA256.hex("\(diffs[0]) \(diffs[1])"),
      ])
    #expect(ImageContentRows.chainIDs([]) == [])
  }
}
