import Inventory
import Policy

/// A plan in the making: appends steps in order and books what they free as it goes.
struct Draft {
  private(set) var steps: [PlannedStep] = []
  /// What the steps so far free, by kind of storage.
  private(set) var freed = Footprints.zero
  private(set) var ledger: StorageLedger
  private let images: Descent<ImageID>
  private let records: Descent<String>
  private let restoration: Restoration
  /// The wave of the last step; a later step may depend on all that are in an earlier one.
  private var wave = 0

  /// Every step that the verdicts ask for, in the order in which the engine agrees to each without
  /// force, and in which what each frees is known best: the build cache goes before the images whose
  /// layers it may hold.
  init(_ snapshot: Snapshot, _ verdicts: Verdicts, _ archive: ArchiveRule? = nil) {
    restoration = Restoration(snapshot, verdicts, archive)
    ledger = StorageLedger(snapshot)
    images = Descent(snapshot.images.map { ($0.id, $0.parent.map { [$0] } ?? []) })
    records = Descent((snapshot.buildCache ?? []).map { ($0.id, $0.parents) })
    let containers = snapshot.containers.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    let order = ContainerOrder(snapshot)
    inWaves(order.waves(of: containers.filter { verdicts.stops($0.id) })) { $0.stop($1, verdicts) }
    inWaves(order.waves(of: containers.filter { verdicts.removes($0.id) })) {
      $0.remove($1, verdicts)
    }
    removeBuildCache(snapshot, verdicts)
    removeImages(snapshot, verdicts)
    wave += 1
    removeVolumes(snapshot, verdicts)
    removeNetworks(snapshot, verdicts)
  }

  /// Acts on containers wave by wave; what comes next is in a wave of its own.
  private mutating func inWaves(
    _ waves: [[Container]], _ act: (inout Draft, Container) -> Void
  ) {
    for containers in waves.dropLast() {
      for container in containers { act(&self, container) }
      wave += 1
    }
    for container in waves.last ?? [] { act(&self, container) }
    wave += 1
  }

  private mutating func stop(_ container: Container, _ verdicts: Verdicts) {
    switch verdicts.containers[container.id] {
    case .stop(let reason), .remove(_, stoppingFirst: .some(let reason)):
      append(.stop, container, reason, frees: .zero, restoration.stopping(container))
    case .keep, .remove, nil: break
    }
  }

  private mutating func remove(_ container: Container, _ verdicts: Verdicts) {
    guard case .remove(let reason, _) = verdicts.containers[container.id] else { return }
    append(
      .removeContainer, container, reason, frees: release(.container(container.id)),
      restoration.removing(container))
  }

  /// BuildKit keeps a record as long as one that was made from it is there, so children go first.
  private mutating func removeBuildCache(_ snapshot: Snapshot, _ verdicts: Verdicts) {
    let byID = Dictionary((snapshot.buildCache ?? []).map { ($0.id, $0) }) { first, _ in first }
    let doomed = byID.keys.filter { verdicts.buildCache[$0]?.isRemoval ?? false }
    for generation in records.generations(of: Set(doomed)) {
      for record in generation.compactMap({ byID[$0] }) {
        guard case .remove(let reason) = verdicts.buildCache[record.id] else { continue }
        append(
          PlannedStep(
            number: steps.count, wave: wave, action: .removeBuildCache,
            object: .buildCache(record.id), title: record.title, reason: reason,
            frees: release(.buildCache(record.id)), restorability: .lost(.buildCache),
            expected: .buildCache(
              ExpectedRecord(record, children: records.children[record.id] ?? []))))
      }
      wave += 1
    }
  }

  private mutating func removeImages(_ snapshot: Snapshot, _ verdicts: Verdicts) {
    for image in snapshot.images.sorted(by: { ($0.title, $0.id) < ($1.title, $1.id) }) {
      guard case .untag(let references, let reason) = verdicts.images[image.id] else { continue }
      for reference in references {
        append(
          .untag, image, reference: reference, reason, frees: .zero,
          restoration.untagging(image))
      }
    }
    let byID = Dictionary(snapshot.images.map { ($0.id, $0) }) { first, _ in first }
    let doomed = byID.keys.filter { id in
      if case .remove = verdicts.images[id] { true } else { false }
    }
    for generation in images.generations(of: Set(doomed)) {
      let generation = generation.compactMap { byID[$0] }
      for image in generation.sorted(by: { ($0.title, $0.id) < ($1.title, $1.id) }) {
        guard case .remove(let reason) = verdicts.images[image.id] else { continue }
        remove(image, reason, engine: snapshot.engine)
      }
      wave += 1
    }
  }

  private mutating func remove(_ image: Image, _ reason: Reason, engine: EngineIdentity) {
    let references = image.deletionOrder(on: engine)
    for reference in references.dropLast() {
      append(
        .untag, image, reference: reference, reason, frees: .zero,
        restoration.untagging(image))
    }
    append(
      .removeImage, image, reference: references.last ?? nil, reason,
      frees: release(.image(image.id)), restoration.removing(image))
  }

  private mutating func removeVolumes(_ snapshot: Snapshot, _ verdicts: Verdicts) {
    var users: [String: [ContainerID]] = [:]
    for container in snapshot.containers {
      for volume in container.volumes { users[volume, default: []].append(container.id) }
    }
    // What goes with its container needs no step, and could have none.
    let going = Set(snapshot.volumesRemoved(with: removedContainers))
    for volume in snapshot.volumes.sorted(by: { $0.name < $1.name })
    where !going.contains(volume.name) {
      guard case .remove(let reason) = verdicts.volumes[volume.name] else { continue }
      let forecast = restoration.removing(volume)
      append(
        PlannedStep(
          number: steps.count, wave: wave, action: .removeVolume, object: .volume(volume.name),
          title: volume.name, reason: reason, frees: release(.volume(volume.name)),
          restorability: forecast.restorability, saves: forecast.saves,
          expected: .volume(
            ExpectedVolume(volume, users: (users[volume.name] ?? []).sorted()))))
    }
  }

  private mutating func removeNetworks(_ snapshot: Snapshot, _ verdicts: Verdicts) {
    for network in snapshot.networks.sorted(by: { ($0.name, $0.id) < ($1.name, $1.id) }) {
      guard case .remove(let reason) = verdicts.networks[network.id] else { continue }
      append(
        PlannedStep(
          number: steps.count, wave: wave, action: .removeNetwork, object: .network(network.id),
          title: network.name, reason: reason, frees: .zero,
          restorability: .restorable, expected: .network(ExpectedNetwork(network))))
    }
  }

  /// Books a release, so that steps and kinds add up to the same.
  private mutating func release(_ object: ObjectID) -> Footprint {
    let released = ledger.release(object)
    freed += released
    return released.total
  }

  /// The containers that go, in their order.
  var removedContainers: [ContainerID] {
    steps.compactMap { step in
      guard step.action == .removeContainer, case .container(let id) = step.object else {
        return nil
      }
      return id
    }
  }

  private mutating func append(_ step: PlannedStep) { steps.append(step) }

  private mutating func append(
    _ action: ActionKind, _ container: Container, _ reason: Reason, frees: Footprint,
    _ forecast: Restoration.Forecast
  ) {
    append(
      PlannedStep(
        number: steps.count, wave: wave, action: action, object: .container(container.id),
        title: container.name, reason: reason, frees: frees,
        restorability: forecast.restorability, saves: forecast.saves,
        expected: .container(ExpectedContainer(container))))
  }

  private mutating func append(
    _ action: ActionKind, _ image: Image, reference: String?, _ reason: Reason, frees: Footprint,
    _ forecast: Restoration.Forecast
  ) {
    append(
      PlannedStep(
        number: steps.count, wave: wave, action: action, object: .image(image.id),
        reference: reference, title: reference ?? image.title, reason: reason, frees: frees,
        restorability: forecast.restorability, saves: forecast.saves,
        expected: .image(ExpectedImage(image, children: images.children[image.id] ?? []))))
  }
}

extension Image {
  /// The references to delete one by one; the last goes with the image, when that is deleted by its
  /// id (nil: it has none left).
  ///
  /// An id is refused while the image has two tags, or digests of a repository in which it has no
  /// tag (moby `daemon/images/image_delete.go`). Only Docker's graph drivers keep digests as
  /// references of their own.
  fileprivate func deletionOrder(on engine: EngineIdentity) -> [String?] {
    guard engine.kind == .docker, engine.imageStore == .graphDriver else {
      return references.isEmpty ? [nil] : references
    }
    let tagged = Set(references.map(Self.repository))
    let strays = digests.filter { !tagged.contains(Self.repository($0)) }
    if !references.isEmpty { return strays + references }
    let first = strays.first.map(Self.repository)
    return strays.filter { Self.repository($0) != first } + [nil]
  }

  /// A reference without its tag and digest; a registry's port is no tag.
  static func repository(_ reference: String) -> String {
    if let at = reference.firstIndex(of: "@") { return String(reference[..<at]) }
    let name = reference.lastIndex(of: "/").map { reference.index(after: $0) }
    let start = name ?? reference.startIndex
    let colon = reference[start...].firstIndex(of: ":") ?? reference.endIndex
    return String(reference[..<colon])
  }
}

extension Verdicts {
  fileprivate func stops(_ id: ContainerID) -> Bool {
    switch containers[id] {
    case .stop, .remove(_, stoppingFirst: .some): true
    case .keep, .remove, nil: false
    }
  }

  fileprivate func removes(_ id: ContainerID) -> Bool {
    if case .remove = containers[id] { true } else { false }
  }
}

extension ObjectVerdict {
  var isRemoval: Bool {
    if case .remove = self { true } else { false }
  }
}

extension BuildCacheRecord {
  /// What a person knows of it: what it came from, else what kind of record it is.
  package var title: String { description.isEmpty ? type : description }
}
