import Inventory
import Plan
import TestSupport
import Testing

/// The one rule, where the data root was read: every figure is exact, in content and in blocks.
struct ReadStoreTests {
  private static let seeds = 0..<200 as Range<UInt64>

  @Test(arguments: seeds)
  func releasingAnySubsetFreesExactlyWhatNothingElseHolds(seed: UInt64) {
    let store = ReadStore(seed: seed)
    var random = SeededGenerator(seed: seed &+ 1)
    var ledger = StorageLedger(store.snapshot)
    var left = Set(store.objects)
    for object in store.objects.shuffled(using: &random).prefix(left.count * 2 / 3) {
      let before = store.measure(of: left)
      let gain = ledger.gain(of: object)
      left.remove(object)
      let after = store.measure(of: left)
      let freed = ledger.release(object)
      #expect(freed.total.content == Bytes(exactly: before.content - after.content), "\(object)")
      #expect(freed.total.disk == Bytes(exactly: before.blocks - after.blocks), "\(object)")
      #expect(gain == freed, "\(object)")
    }
  }

  @Test(arguments: seeds)
  func whatAllObjectsHoldAndWhatLeakedIsAllThereIs(seed: UInt64) {
    let store = ReadStore(seed: seed)
    let ledger = StorageLedger(store.snapshot)
    let all = store.measure(of: Set(store.objects))
    let (held, orphans) = (ledger.held.total, ledger.orphans)
    #expect(
      orphans
        == Footprint(
          content: Bytes(exactly: store.orphans.content), disk: Bytes(exactly: store.orphans.blocks)
        ))
    #expect(held.content + orphans.content == Bytes(exactly: all.content))
    #expect(held.disk.map { $0 + (orphans.disk ?? .zero) } == Bytes(exactly: all.blocks))
  }

  @Test(arguments: seeds)
  func pinsNameExactlyWhatKeepsALayer(seed: UInt64) {
    let store = ReadStore(seed: seed)
    let ledger = StorageLedger(store.snapshot)
    for object in store.objects {
      let pins = ledger.pins(of: object)
      var sweep = ledger
      for holder in Set(pins.flatMap(\.holders)) { _ = sweep.release(holder) }
      let shared = pins.reduce(Bytes.zero) { $0 + $1.weight.content }
      let alone = ledger.gain(of: object)[.layers].content
      // Without its pins it frees all of its chain, but for what leaked layers keep.
      let whole = sweep.release(object)[.layers].content
      #expect(whole.atMost <= alone.atMost + shared.atMost, "\(object)")
      #expect(pins.isEmpty ? whole == alone : whole.atLeast >= alone.atLeast, "\(object)")
      #expect(!pins.contains { $0.holders.contains(object) || $0.holders.isEmpty })
    }
  }

  @Test(arguments: seeds)
  func withoutTheReadingTheTruthLiesInsideTheInterval(seed: UInt64) {
    let store = ReadStore(seed: seed)
    var blind = store.snapshot
    blind.disk = nil
    // The API would show each record's sharing as it is; here it is drawn, so all count as sharing.
    blind.buildCache = blind.buildCache.map { records in
      records.map {
        BuildCacheRecord(id: $0.id, type: $0.type, isShared: $0.size == 0, size: $0.size)
      }
    }
    var ledger = StorageLedger(blind)
    var left = Set(store.objects)
    for object in store.objects {
      guard case .image = object else { continue }
      let before = store.measure(of: left)
      left.remove(object)
      let truth = before.content - store.measure(of: left).content
      let freed = ledger.release(object).total
      #expect(freed.content.holds(truth) && freed.disk == nil, "\(object)")
    }
  }
}
