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
      #expect(try index.record(survey) == snapshot, "the same survey twice")

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
    let images = (0..<300).map { makeImage($0, parent: $0 % 7 == 0 ? nil : $0 - 1) }
    let containers = (0..<100).map {
      makeContainer($0, of: $0, state: $0 < 20 ? .running : .exited)
    }
    func survey(_ number: Int) -> Survey {
      var survey = makeSurvey(at: hour(number), images: images, containers: containers)
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
    #expect(
      written >= 20 && written <= 60, "the engine, and the images that running containers use")
    statements.withLock { $0 = 0 }
    _ = try index.remembered(of: makeEngine())
    #expect(statements.withLock { $0 } <= 10)
  }
}

/// A host whose images and containers come and go.
private struct ChangingHost {
  private var random: SeededRandom
  private var images: [Int: Image] = [:]
  private var containers: [Int: Container] = [:]
  private var parents: [Int: Int] = [:]
  private var clock = 0

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func change() {
    clock += 1
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      let number = Int.random(in: 0..<25, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0, 1:
        let tags = (0..<Int.random(in: 0...3, using: &random)).map { "app:\($0)" }
        if parents[number] == nil { parents[number] = number > 0 ? number / 2 : nil }
        images[number] = makeImage(number, tags: tags, parent: parents[number])
      case 2: images[number] = nil
      case 3, 4: containers[number] = anyContainer(number)
      default: containers[number] = nil
      }
    }
  }

  private mutating func anyContainer(_ number: Int) -> Container {
    let image = Int.random(in: 0..<25, using: &random)
    let states: [ContainerState] = [.running, .exited, .created, .paused, .dead]
    // One id has one image for good.
    return makeContainer(
      number * 100 + image, of: image, state: states.randomElement(using: &random) ?? .exited,
      created: hour(clock - 9), startedAt: hour(clock - Int.random(in: 1...9, using: &random)))
  }

  func survey(at time: Timestamp) -> Survey {
    let containers = Dictionary(containers.values.map { ($0.id, $0) }) { first, _ in first }.values
    return makeSurvey(
      at: time, images: images.values.sorted { $0.id < $1.id },
      containers: containers.sorted { $0.id < $1.id })
  }
}
