import Inventory
import Plan
import TestSupport
import Testing

struct StorageLedgerTests {
  @Test(arguments: 0..<200 as Range<UInt64>)
  func releasingAnySubsetFreesExactlyWhatNothingElseHolds(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let store = TrueStore(seed: &random)
    var ledger = StorageLedger(store.snapshot)
    var images = Set(store.images.map(\.id))
    var containers = Set(store.containers.map(\.id))
    var held = store.bytes(heldBy: images, containers)

    var objects: [ObjectID] = images.sorted().map { .image($0) }
    objects += containers.sorted().map { .container($0) }
    for object in objects.shuffled(using: &random).prefix(objects.count * 2 / 3) {
      let freed: Bytes
      switch object {
      case .image(let id):
        images.remove(id)
        freed = ledger.release(object).total.content
      case .container(let id):
        containers.remove(id)
        freed = ledger.release(object).total.content
      default: continue
      }
      let left = store.bytes(heldBy: images, containers)
      #expect(freed == Bytes(exactly: held - left), "seed \(seed), \(object)")
      held = left
    }
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func releasingEverythingFreesAllLayers(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let store = TrueStore(seed: &random)
    var ledger = StorageLedger(store.snapshot)
    let layers = ledger.held[.layers].content
    let writable = store.containers.reduce(0) { $0 + ($1.writableSize ?? 0) }
    let all = store.bytes(
      heldBy: Set(store.images.map(\.id)), Set(store.containers.map(\.id)))
    #expect(layers == Bytes(exactly: all - writable))
    let freed =
      store.containers.reduce(Bytes.zero) { $0 + ledger.release(.container($1.id)).total.content }
      + store.images.reduce(Bytes.zero) { $0 + ledger.release(.image($1.id)).total.content }
    #expect(freed == Bytes(exactly: all))
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func layersThatAnEngineNamesWeighWhatTheyHold(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let store = TrueStore(seed: &random)
    let ledger = StorageLedger(store.snapshot)
    // Layers that nothing but some images held, as an engine deletes them: whole ends of chains.
    let kept = store.images.filter { _ in Bool.random(using: &random) }
    let everything = store.chains(of: store.images + store.departed)
    let pinned = store.chains(of: kept + store.departed)
    let deleted = everything.subtracting(pinned)
    #expect(
      ledger.weight(ofLayers: Set(deleted.map(TrueStore.chainID))).content
        == Bytes(exactly: deleted.reduce(0) { $0 + (store.layerSize[$1] ?? 0) }))
    #expect(ledger.weight(ofLayers: ["sha256:unheard-of"]).content == .zero)
  }

  @Test(arguments: 0..<50 as Range<UInt64>)
  func gainOfOneObjectIsWhatReleasingItFirstFrees(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let ledger = StorageLedger(TrueStore(seed: &random).snapshot)
    var random2 = SeededGenerator(seed: seed)
    for image in TrueStore(seed: &random2).images {
      var copy = ledger
      #expect(copy.release(.image(image.id)) == ledger.gain(of: .image(image.id)))
      #expect(copy.release(.image(image.id)) == .zero, "released twice, freed once")
    }
  }

  @Test func layersOfAnImageThatOnlyAContainerPinsGoWithTheContainer() {
    let image = Image(
      id: ImageID("a"), size: 100,
      content: ImageContent(diffs: ["d"], history: [entry(100)]))
    let container = Container(
      id: ContainerID("c"), name: "c", image: "a", imageID: image.id, state: .exited,
      created: Timestamp(seconds: 1), writableSize: 7)
    var ledger = StorageLedger(
      Snapshot(
        engine: .sample, takenAt: Timestamp(seconds: 1), images: [], containers: [container],
        departedImages: [image]))
    #expect(ledger.release(.container(container.id)).total.content == Bytes(exactly: 107))
  }

  @Test func chainThatNeitherEngineNorIndexKnowsIsAnIntervalUpToItsRootSize() {
    let container = Container(
      id: ContainerID("c"), name: "c", image: "a", imageID: ImageID("gone"), state: .exited,
      created: Timestamp(seconds: 1), writableSize: 7, rootSize: 107)
    var ledger = StorageLedger(
      Snapshot(
        engine: .sample, takenAt: Timestamp(seconds: 1), images: [], containers: [container]))
    #expect(
      ledger.release(.container(container.id)).total.content == Bytes(atLeast: 7, atMost: 107))
  }

  @Test func sharedBuildCacheMakesLayersAnIntervalAndNotWritableLayers() {
    let image = Image(
      id: ImageID("a"), size: 100, content: ImageContent(diffs: ["d"], history: [entry(100)]))
    let container = Container(
      id: ContainerID("c"), name: "c", image: "a", imageID: image.id, state: .exited,
      created: Timestamp(seconds: 1), writableSize: 7)
    var snapshot = Snapshot(
      engine: .sample, takenAt: Timestamp(seconds: 1), images: [image], containers: [container])
    snapshot.buildCache = [BuildCacheRecord(id: "r", type: "regular", isShared: true, size: 5)]
    var ledger = StorageLedger(snapshot)
    #expect(ledger.release(.container(container.id)).total.content == Bytes(exactly: 7))
    #expect(ledger.held[.layers].content == Bytes(exactly: 100), "how much there is stays known")
    #expect(ledger.release(.image(image.id)).total.content == Bytes(atLeast: 0, atMost: 100))
  }

  @Test func historyThatSaysNothingGivesAnIntervalThatHoldsTheTruth() {
    // Two images share one layer and differ in another; without history only their sums are known.
    let first = Image(
      id: ImageID("a"), size: 100, content: ImageContent(diffs: ["base", "x"], history: []))
    let second = Image(
      id: ImageID("b"), size: 70, content: ImageContent(diffs: ["base", "y"], history: []))
    var ledger = StorageLedger(
      Snapshot(
        engine: .sample, takenAt: Timestamp(seconds: 1), images: [first, second], containers: []))
    #expect(ledger.held[.layers].content == Bytes(atLeast: 100, atMost: 170))
    #expect(ledger.release(.image(first.id)).total.content == Bytes(atLeast: 30, atMost: 100))
    #expect(ledger.release(.image(second.id)).total.content == Bytes(exactly: 70))
  }

  @Test func containerdStoreFreesAllOfAnImageOnlyWhenItSharesNothing() {
    let alone = Image(
      id: ImageID("a"), size: 100, content: ImageContent(diffs: ["x"], history: []))
    let sharing = ["b", "c"].map {
      Image(id: ImageID($0), size: 70, content: ImageContent(diffs: ["y", $0], history: []))
    }
    var engine = EngineIdentity.sample
    engine.imageStore = .containerd
    var ledger = StorageLedger(
      Snapshot(
        engine: engine, takenAt: Timestamp(seconds: 1), images: [alone] + sharing, containers: []))
    #expect(ledger.release(.image(alone.id)).total.content == Bytes(exactly: 100))
    #expect(ledger.release(.image(sharing[0].id)).total.content == Bytes(atLeast: 0, atMost: 70))
  }

  private func entry(_ size: Int64) -> HistoryEntry {
    HistoryEntry(size: size, fingerprint: "f", isMetadataOnly: false, isBuildKit: false)
  }
}
