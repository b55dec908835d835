import GRDB
import Inventory
import Synchronization
import Testing

@testable import Index

/// What must hold after every survey of a host that changes at random.
struct SurveyLawTests {
  @Test(arguments: UInt64(1)...12)
  func lawsHoldOnAHostThatChanges(seed: UInt64) throws {
    let index = try HostIndex.inMemory()
    var host = ChangingHost(seed: seed)
    var before: Snapshot?
    var everSeen: [ImageID: ImageContent] = [:]
    for round in 0..<30 {
      host.change()
      let survey = host.survey(at: hour(round))
      let snapshot = try index.record(survey)
      let written = try index.reading { $0.totalChangesCount }
      #expect(try index.record(survey) == snapshot, "the same survey twice")
      #expect(
        try index.reading { $0.totalChangesCount } == written + 1, "the engine's row and no other")

      let images = Dictionary(uniqueKeysWithValues: snapshot.images.map { ($0.id, $0) })
      for image in snapshot.images {
        everSeen[image.id] = image.content
        checkParent(of: image, in: images)
        if let old = before?.images.first(where: { $0.id == image.id }) {
          #expect(image.firstSeen == old.firstSeen)
          if let use = old.lastUsed { #expect(try #require(image.lastUsed) >= use) }
        } else {
          #expect(image.firstSeen == hour(round))
        }
      }
      let remembered = try index.remembered(of: makeEngine())
      #expect(remembered.images == everSeen)
      #expect(Set(remembered.containers.keys) == Set(snapshot.containers.map(\.id)))
      let pinned = Set(snapshot.containers.map(\.imageID)).subtracting(images.keys)
      #expect(Set(snapshot.departedImages.map(\.id)) == pinned.intersection(everSeen.keys))
      before = snapshot
    }
    #expect(try index.reading { try String.fetchAll($0, sql: "PRAGMA foreign_key_check") } == [])
  }

  private func checkParent(of image: Image, in images: [ImageID: Image]) {
    guard let parent = image.parent.flatMap({ images[$0] }), let use = image.lastUsed else {
      return
    }
    #expect((parent.lastUsed ?? Timestamp(seconds: 0)) >= use)
  }

  @Test func unchangedHostCostsFewStatementsAndWritesFewRows() throws {
    let scratch = try Scratch()
    let statements = Mutex(0)
    let index = try HostIndex(at: scratch.indexPath) { db in
      db.trace { _ in statements.withLock { $0 += 1 } }
    }
    let images = (0..<300).map {
      makeImage(
        $0, parent: $0 % 7 == 0 ? nil : $0 - 1,
        content: ImageContent(diffs: ["sha256:\($0)"], history: []))
    }
    let containers = (0..<100).map {
      makeContainer($0, of: $0, state: $0 < 20 ? .running : .exited)
    }
    let volumes = (0..<100).map { Volume(name: "v\($0)") }
    let networks = (0..<50).map { Network(id: "\($0)", name: "bridge", driver: "bridge") }
    func survey(_ number: Int) -> Survey {
      var survey = makeSurvey(
        at: hour(number), images: images, containers: containers, volumes: volumes,
        networks: networks)
      for position in containers.indices {
        survey.snapshot.containers[position].status = "Up \(number) hours"
      }
      return survey
    }
    _ = try index.record(survey(0))
    let rows = try index.reading { $0.totalChangesCount }
    statements.withLock { $0 = 0 }
    _ = try index.record(survey(1))
    let spent = statements.withLock { $0 }
    let written = try index.reading { $0.totalChangesCount } - rows
    #expect(spent > 0 && spent <= 20)
    let referredTo = volumes.count + networks.count
    #expect(
      written >= 20 + referredTo && written <= 60 + referredTo,
      "the engine, the images that running containers use, volumes and networks of all containers")
    statements.withLock { $0 = 0 }
    _ = try index.remembered(of: makeEngine())
    #expect(statements.withLock { $0 } <= 12)
  }
}
