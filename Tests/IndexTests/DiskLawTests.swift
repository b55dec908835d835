import GRDB
import Inventory
import Testing

@testable import Index

/// What must hold of layers, blocks and uses on a host that changes at random.
struct DiskLawTests {
  @Test(arguments: UInt64(1)...12)
  func readingThatIsRecordedIsReadBackAndWritesWhatChanged(seed: UInt64) throws {
    let index = try HostIndex.inMemory()
    var host = ChangingHost(seed: seed)
    func written() throws -> Int { try index.reading { $0.totalChangesCount } }
    try index.record(host.reading(), of: makeEngine(), with: [])
    #expect(try index.layers(of: makeEngine()).isEmpty, "the engine was never surveyed")
    var before: [String: DiskReading.Layer] = [:]
    for round in 0..<20 {
      host.change()
      _ = try index.record(host.survey(at: hour(round)))
      var reading = host.reading()
      reading.containers = [:]
      let start = try written()
      try index.record(reading, of: makeEngine(), with: [])
      let changed = Set(before.keys).union(reading.layers.keys)
        .filter { before[$0] != reading.layers[$0] }
      #expect(try written() == start + changed.count)
      #expect(try index.layers(of: makeEngine()) == reading.layers)
      try index.record(reading, of: makeEngine(), with: [])
      #expect(try written() == start + changed.count, "the same reading twice")
      before = reading.layers
    }
    #expect(try index.layers(of: makeEngine("BBBB")).isEmpty)
  }

  @Test(arguments: UInt64(1)...12)
  func blocksOfAContainerHoldUntilItRunsAgain(seed: UInt64) throws {
    let index = try HostIndex.inMemory()
    var host = ChangingHost(seed: seed)
    var known: [ContainerID: Container] = [:]
    var kept = 0
    for round in 0..<40 {
      host.change()
      let snapshot = try index.record(host.survey(at: hour(round)))
      for container in snapshot.containers {
        let hasNotRun =
          known[container.id].map {
            !$0.state.isActive && !container.state.isActive && $0.startedAt == container.startedAt
          } ?? false
        let expected = hasNotRun ? known[container.id]?.writableBlocks : nil
        #expect(container.writableBlocks == expected)
        kept += expected == nil ? 0 : 1
        known[container.id] = container
      }
      let reading = host.reading()
      try index.record(reading, of: makeEngine(), with: snapshot.containers)
      for container in snapshot.containers where !container.state.isActive {
        guard let blocks = reading.containers[container.id]?.writableBlocks else { continue }
        known[container.id]?.writableBlocks = blocks
      }
      let start = try index.reading { $0.totalChangesCount }
      try index.record(reading, of: makeEngine(), with: snapshot.containers)
      #expect(try index.reading { $0.totalChangesCount } == start, "the same reading twice")
      let remembered = try index.remembered(of: makeEngine()).containers
      for container in snapshot.containers {
        #expect(remembered[container.id]?.writableBlocks == known[container.id]?.writableBlocks)
      }
    }
    #expect(kept > 20)
  }

  @Test func blocksThatASurveyBringsForARunningContainerAreDropped() throws {
    let index = try HostIndex.inMemory()
    var container = makeContainer(1, of: 1, state: .running)
    container.writableBlocks = 4_096
    for time in [hour(0), hour(1)] {
      let snapshot = try index.record(makeSurvey(at: time, containers: [container]))
      #expect(snapshot.container(1)?.writableBlocks == nil)
      #expect(
        try index.remembered(of: makeEngine()).containers[container.id]?.writableBlocks == nil)
    }
  }

  /// Another process saw it run while this one walked its files.
  @Test func blocksThatWereReadBeforeAContainerRanAgainAreNotItsBlocks() throws {
    let index = try HostIndex.inMemory()
    func look(_ time: Int, finished: Int) throws -> Snapshot {
      let container = makeContainer(1, of: 1, startedAt: hour(finished), finishedAt: hour(finished))
      return try index.record(makeSurvey(at: hour(time), containers: [container]))
    }
    let read = try look(0, finished: -3)
    let now = try look(1, finished: 0)
    func blocks(_ containers: [Container]) throws -> Int64? {
      let files = DiskReading.ContainerFiles(
        writableBlocks: 4_096, logs: DiskReading.Measure(content: 1, blocks: 2), recordBlocks: 3)
      try index.record(
        DiskReading(layers: [:], containers: [containerID(1): files]), of: makeEngine(),
        with: containers)
      return try index.remembered(of: makeEngine()).containers[containerID(1)]?.writableBlocks
    }
    #expect(try blocks(read.containers) == nil)
    #expect(try blocks(now.containers) == 4_096)
  }

  /// Something that is listed on has the use it had, or now; whatever is new or came back starts anew.
  @Test(arguments: UInt64(1)...12)
  func volumesAndNetworksAreUsedByWhoeverRefersToThem(seed: UInt64) throws {
    let index = try HostIndex.inMemory()
    var host = ChangingHost(seed: seed)
    var before: Snapshot?
    var replaced = 0
    for round in 0..<40 {
      host.change()
      let snapshot = try index.record(host.survey(at: hour(round)))
      let volumesInUse = Set(snapshot.containers.flatMap(\.volumes))
      for volume in snapshot.volumes {
        let same = before?.volumes.first { $0.name == volume.name }
        let isReplaced = same != nil && same?.created != volume.created
        let old = isReplaced ? nil : same
        replaced += isReplaced ? 1 : 0
        #expect(volume.firstSeen == (old?.firstSeen ?? hour(round)))
        let isUsed = volumesInUse.contains(volume.name)
        #expect(volume.lastUsed == (isUsed ? hour(round) : old?.lastUsed))
      }
      let networksInUse = Set(snapshot.containers.flatMap(\.networks))
      for network in snapshot.networks {
        let old = before?.networks.first { $0.id == network.id }
        #expect(network.firstSeen == (old?.firstSeen ?? hour(round)))
        let isUsed = networksInUse.contains(network.name)
        #expect(network.lastUsed == (isUsed ? hour(round) : old?.lastUsed))
      }
      before = snapshot
    }
    #expect(replaced > 0)
  }
}
