import Inventory
import Plan
import TestSupport
import Testing

@testable import Policy

struct UsageGroupTests {
  /// Stores of both kinds, some with a build cache that hides what it holds.
  private func store(_ seed: UInt64) -> Snapshot {
    var store = RandomSnapshot(
      seed: seed, losingHistories: seed % 3 == 0, buildCache: seed % 2 == 0 ? 6 : 0
    ).snapshot
    guard seed % 4 == 1 else { return store }
    store.engine.imageStore = .containerd
    for place in store.images.indices {
      let diffs = store.images[place].content?.diffs ?? []
      store.images[place].content = ImageContent(
        diffs: diffs, history: [], packedSize: store.images[place].size / 3)
    }
    return store
  }

  private func members(_ store: Snapshot, _ group: UsageGroup, _ grouping: UsageGroup.Grouping)
    -> [Image]
  {
    store.images.filter { image in
      switch grouping {
      case .image: image.title == group.name
      case .label: image.labels.contains { "\($0)=\($1)" == group.name }
      case .repository: false
      }
    }
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func gainOfAGroupIsWhatRemovingItFromAnUntouchedStoreFrees(seed: UInt64) {
    let store = store(seed)
    for grouping in [UsageGroup.Grouping.label, .image] {
      for group in UsageGroup.all(of: store, by: grouping) {
        var ledger = StorageLedger(store)
        let images = members(store, group, grouping)
        #expect(images.count == group.images)
        let freed = images.reduce(Footprint.zero) { $0 + ledger.release(.image($1.id)).total }
        #expect(group.gain == freed, "\(group.name)")
        #expect(group.gain.content.atLeast <= group.size.atMost)
      }
    }
  }

  @Test func explanationSaysWhyItsFiguresAreIntervals() throws {
    let policy = try RetentionPolicy(
      reading: "version: 1\nremove:\n  images:\n    - dangling: true\n", from: "x", named: "x")
    func notes(_ change: (inout Snapshot) -> Void) throws -> [String] {
      var store = RandomSnapshot(seed: 1, images: 1, containers: 0).snapshot
      change(&store)
      let image = try #require(store.images.first)
      let explanation = try #require(
        Explanation(of: .image(image.id), on: store, under: policy, at: RandomSnapshot.now))
      return explanation.notes
    }
    #expect(try notes { _ in }.isEmpty)
    let pinned = try notes {
      $0.buildCache = [BuildCacheRecord(id: "r", type: "regular", isShared: true, size: 1)]
    }
    #expect(pinned.count == 1 && pinned[0].contains("build cache"))
  }
}
