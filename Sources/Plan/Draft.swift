import Inventory
import Policy

/// A plan in the making: appends steps in order and books their bytes as it goes.
struct Draft {
  private(set) var steps: [PlannedStep] = []
  private var ledger: StorageLedger
  private let children: [ImageID: [ImageID]]

  init(_ snapshot: Snapshot) {
    ledger = StorageLedger(snapshot)
    var children: [ImageID: [ImageID]] = [:]
    for image in snapshot.images {
      if let parent = image.parent { children[parent, default: []].append(image.id) }
    }
    self.children = children.mapValues { $0.sorted() }
  }

  mutating func stop(_ container: Container, _ verdict: ContainerVerdict) {
    switch verdict {
    case .stop(let reason), .remove(_, stoppingFirst: .some(let reason)):
      append(.stop, container, reason, frees: .zero, wave: 0)
    case .keep, .remove: break
    }
  }

  mutating func remove(_ container: Container, _ verdict: ContainerVerdict) {
    guard case .remove(let reason, _) = verdict else { return }
    append(
      .removeContainer, container, reason,
      frees: Footprint(content: ledger.release(container.id), disk: nil), wave: 1)
  }

  mutating func untag(_ images: [Image], _ verdicts: Verdicts) {
    for image in images.sorted(by: { ($0.title, $0.id) < ($1.title, $1.id) }) {
      guard case .untag(let references, let reason) = verdicts.images[image.id] else { continue }
      for reference in references {
        append(.untag, image, reference: reference, reason, frees: .zero, wave: 2)
      }
    }
  }

  mutating func remove(_ images: [Image], _ verdicts: Verdicts, engine: EngineIdentity) {
    var reasons: [ImageID: Reason] = [:]
    for image in images {
      guard case .remove(let reason) = verdicts.images[image.id] else { continue }
      reasons[image.id] = reason
    }
    let doomed = images.filter { reasons[$0.id] != nil }
    for (level, generation) in Self.childrenFirst(doomed).enumerated() {
      for image in generation {
        guard let reason = reasons[image.id] else { continue }
        remove(image, reason, engine: engine, wave: 2 + level)
      }
    }
  }

  private mutating func remove(
    _ image: Image, _ reason: Reason, engine: EngineIdentity, wave: Int
  ) {
    let references = image.deletionOrder(on: engine)
    for reference in references.dropLast() {
      append(.untag, image, reference: reference, reason, frees: .zero, wave: wave)
    }
    append(
      .removeImage, image, reference: references.last ?? nil, reason,
      frees: Footprint(content: ledger.release(image.id), disk: nil), wave: wave)
  }

  /// Generations of images: the first has no children among `images`, the next only children in the
  /// first, and so on. Counted from the leaves without recursion, as chains can be thousands long.
  private static func childrenFirst(_ images: [Image]) -> [[Image]] {
    let byID = Dictionary(images.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var children: [ImageID: Int] = [:]
    for image in images {
      if let parent = image.parent, byID[parent] != nil { children[parent, default: 0] += 1 }
    }
    var generations: [[Image]] = []
    var leaves = images.filter { children[$0.id] == nil }
    while !leaves.isEmpty {
      generations.append(leaves.sorted { ($0.title, $0.id) < ($1.title, $1.id) })
      var next: [Image] = []
      for leaf in leaves {
        guard let parent = leaf.parent.flatMap({ byID[$0] }), let left = children[parent.id] else {
          continue
        }
        children[parent.id] = left - 1
        if left == 1 { next.append(parent) }
      }
      leaves = next
    }
    return generations
  }

  private mutating func append(
    _ action: ActionKind, _ container: Container, _ reason: Reason, frees: Footprint, wave: Int
  ) {
    steps.append(
      PlannedStep(
        number: steps.count, wave: wave, action: action, object: .container(container.id),
        title: container.name, reason: reason, frees: frees,
        expected: .container(ExpectedContainer(container))))
  }

  private mutating func append(
    _ action: ActionKind, _ image: Image, reference: String?, _ reason: Reason, frees: Footprint,
    wave: Int
  ) {
    steps.append(
      PlannedStep(
        number: steps.count, wave: wave, action: action, object: .image(image.id),
        reference: reference, title: reference ?? image.title, reason: reason, frees: frees,
        expected: .image(ExpectedImage(image, children: children[image.id] ?? []))))
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

  private static func repository(_ reference: String) -> String {
    if let at = reference.firstIndex(of: "@") { return String(reference[..<at]) }
    let name = reference.lastIndex(of: "/").map { reference.index(after: $0) }
    let start = name ?? reference.startIndex
    let colon = reference[start...].firstIndex(of: ":") ?? reference.endIndex
    return String(reference[..<colon])
  }
}
