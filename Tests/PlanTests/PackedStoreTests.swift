import Inventory
import Plan
import TestSupport
import Testing

/// The containerd image store: what the API hides is an interval, and the truth lies inside.
struct PackedStoreTests {
  private static let seeds = 0..<300 as Range<UInt64>

  @Test(arguments: seeds)
  func truthIsInsideEveryIntervalAndImagesThatShareNothingAreExact(seed: UInt64) {
    let store = PackedStore(seed: seed)
    var random = SeededGenerator(seed: seed &+ 1)
    var ledger = StorageLedger(store.snapshot)
    var left = Set(store.snapshot.images.map(\.id))
    for id in left.sorted().shuffled(using: &random).prefix(left.count * 2 / 3) {
      let isAlone = store.isAlone(id, among: left)
      let before = store.bytes(of: left)
      left.remove(id)
      let truth = before - store.bytes(of: left)
      let freed = ledger.release(.image(id)).total
      #expect(freed.content.holds(truth), "\(freed.content) should hold \(truth)")
      #expect(!isAlone || freed.content == Bytes(exactly: truth))
      #expect(freed.disk == nil, "content and blocks are never mixed")
    }
  }

  @Test(arguments: seeds)
  func allThereIsLiesInsideTheTotal(seed: UInt64) {
    let store = PackedStore(seed: seed)
    let all = store.bytes(of: Set(store.snapshot.images.map(\.id)))
    #expect(StorageLedger(store.snapshot).held.total.content.holds(all))
  }

  @Test func childOfAnImageFreesAtLeastWhatItAdds() {
    let base = Image(
      id: ImageID("base"), size: 300,
      content: ImageContent(diffs: ["a"], history: [], packedSize: 100))
    let child = Image(
      id: ImageID("child"), size: 460,
      content: ImageContent(diffs: ["a", "b"], history: [], packedSize: 160))
    var engine = EngineIdentity.sample
    engine.imageStore = .containerd
    var ledger = StorageLedger(
      Snapshot(
        engine: engine, takenAt: Timestamp(seconds: 1), images: [base, child], containers: []))
    // Unpacked 300 - 200 for certain; packed 160 - 100, and at most all of it.
    #expect(
      ledger.release(.image(child.id)).total.content == Bytes(atLeast: 160, atMost: 260))
    #expect(ledger.release(.image(base.id)).total.content == Bytes(exactly: 300))
  }
}
