import Inventory

/// A container with what only its host tells: the images that it comes from.
struct ContainerFromImages {
  let container: Container
  /// Its image, and all that this was built from, as far as they are still there.
  let images: [Image]

  /// Every name of one of these images, and the one it was created by.
  var names: [String] {
    [container.image] + images.flatMap { $0.references + $0.digests }
  }

  /// Of all these images, and of its own where that has gone.
  var imageIDs: [ImageID] { [container.imageID] + images.map(\.id) }

  func stopped(at now: Timestamp) -> ContainerFromImages {
    ContainerFromImages(container: container.stopped(at: now), images: images)
  }
}

/// Which images were built from which: by the parent links of the classic builder, and by their layers,
/// since BuildKit leaves no links.
///
/// An image comes from another one if it has all of that one's layers at its base, and more; where both
/// have the same, if its history goes on where that of the other ends. Where an engine did not tell the
/// layers, nobody knows, and there is no kinship.
struct Ancestry {
  /// One layer on top of others.
  private struct Step: Hashable {
    let below: Int
    let diff: String
  }

  private let images: [Image]
  private let places: [ImageID: Int]
  /// The stacks of layers that there are, by the way that leads to them; 0 is the empty one.
  private var stacks: [Step: Int] = [:]
  /// The images with exactly the layers of a stack.
  private var imagesOn: [Int: [Int]] = [:]

  /// - Parameter isAsked: whether some rule speaks of ancestors; otherwise nothing is looked up.
  init(_ snapshot: Snapshot, isAsked: Bool) {
    images = isAsked ? snapshot.images + snapshot.departedImages : []
    places = Dictionary(zip(images.map(\.id), images.indices)) { first, _ in first }
    for (place, image) in images.enumerated() {
      // What has no layers has nothing in common with anything.
      guard let diffs = image.content?.diffs, !diffs.isEmpty else { continue }
      var stack = 0
      for diff in diffs {
        let step = Step(below: stack, diff: diff)
        stack = stacks[step] ?? stacks.count + 1
        stacks[step] = stack
      }
      imagesOn[stack, default: []].append(place)
    }
  }

  /// All containers with their images; each image is looked up once.
  func subjects(_ containers: [Container]) -> [ContainerFromImages] {
    var known: [ImageID: [Image]] = [:]
    return containers.map { container in
      let origins = ImageJudge.imagesUsed(by: container, of: images)
      let images = origins.flatMap { id in
        if let found = known[id] { return found }
        let found = ancestors(of: id)
        known[id] = found
        return found
      }
      return ContainerFromImages(container: container, images: images)
    }
  }

  /// An image, if it is there, and all that it was built from.
  private func ancestors(of id: ImageID) -> [Image] {
    guard let place = places[id] else { return [] }
    var found = [place]
    var seen: Set<Int> = [place]
    var next = 0
    while next < found.count {
      let image = images[found[next]]
      next += 1
      let parents = image.parent.flatMap { places[$0] }.map { [$0] } ?? []
      for other in below(image) + parents where seen.insert(other).inserted {
        found.append(other)
      }
    }
    return found.map { images[$0] }
  }

  /// The images whose layers are the base of an image's.
  private func below(_ image: Image) -> [Int] {
    guard let content = image.content else { return [] }
    var stack = 0
    var found: [Int] = []
    for (place, diff) in content.diffs.enumerated() {
      guard let higher = stacks[Step(below: stack, diff: diff)] else { break }
      stack = higher
      let images = imagesOn[stack] ?? []
      found += place + 1 < content.diffs.count ? images : images.filter { isEarlier($0, content) }
    }
    return found
  }

  /// Whether the history of an image with the same layers is the beginning of another one's.
  private func isEarlier(_ place: Int, _ content: ImageContent) -> Bool {
    let history = images[place].content?.history ?? []
    return !history.isEmpty && history.count < content.history.count
      && content.history.starts(with: history)
  }
}
