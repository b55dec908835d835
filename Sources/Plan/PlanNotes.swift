import Inventory

/// What a plan's figures leave out or hide, in sentences for people.
enum PlanNotes {
  static let containerdStore =
    "the engine uses the containerd image store, which does not tell the size of what images share: "
    + "figures of images that share something are intervals, and count packed and unpacked layers"
  static let unknownHolders =
    "the build cache holds layers of images too, and the engine does not tell which: what the images "
    + "free may stay on disk until the cache is pruned, so their figures are intervals"

  static func of(_ draft: Draft, on snapshot: Snapshot) -> [String] {
    let images = draft.steps.compactMap { step -> ImageID? in
      guard step.action == .removeImage, case .image(let id) = step.object else { return nil }
      return id
    }
    var notes: [String] = []
    if !images.isEmpty { notes += pinned(images, draft, snapshot) }
    if !images.isEmpty, snapshot.engine.imageStore == .containerd {
      notes.append(containerdStore)
    }
    notes += sharing(draft)
    let going = snapshot.volumesRemoved(with: draft.removedContainers)
    if !going.isEmpty {
      notes.append(
        "\(going.count) anonymous volumes go with their containers, which were started with --rm")
    }
    let removesContainer = draft.steps.contains { $0.action == .removeContainer }
    if removesContainer, snapshot.disk == nil {
      notes.append(
        "the logs of containers are not counted: the engine's data root cannot be read from here")
    }
    return notes
  }

  /// What removed images leave on the disk because the build cache holds it.
  private static func pinned(
    _ images: [ImageID], _ draft: Draft, _ snapshot: Snapshot
  ) -> [String] {
    if let pin = draft.ledger.heldByBuildCache(ofImages: images) {
      let records = pin.holders.map(\.id)
      let shown = records.prefix(3).joined(separator: ", ")
      let more = records.count > 3 ? " and \(records.count - 3) more" : ""
      return [
        "\(pin.layers) layers of removed images (\(pin.weight.content.atMost) bytes) stay: the build "
          + "cache holds them (records \(shown)\(more)); they go with it, by a rule under "
          + "remove.build-cache"
      ]
    }
    guard draft.ledger.unknownHolders > 0 else { return [] }
    return [unknownHolders]
  }

  /// Records whose layers images or containers still hold.
  private static func sharing(_ draft: Draft) -> [String] {
    let records = draft.steps.filter { $0.action == .removeBuildCache }
    let shared = records.filter { draft.ledger.isEndHeld(of: $0.object) }
    guard !shared.isEmpty else { return [] }
    return [
      "\(shared.count) of \(records.count) build-cache records share their layer with what stays: "
        + "removing them does not free it"
    ]
  }
}
