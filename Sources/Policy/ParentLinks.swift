import Inventory

/// Who was built from whom, as engines with the classic builder say it.
struct ParentLinks {
  private let images: [ImageID: Image]
  private let order: [ImageID]

  init(_ images: [Image]) {
    self.images = Dictionary(images.map { ($0.id, $0) }) { $1 }
    order = images.map(\.id)
  }

  /// Lets parents follow their children: a parent of an image that stays stays too, and an
  /// intermediate image that nothing else keeps goes when all images built from it go.
  ///
  /// Children are settled before their parents, in a queue: chains can be thousands long. Images
  /// that name each other as parents never come up, and stay.
  ///
  /// - Parameter judgeOrphan: judges an image again as one that nothing was built from: once all images
  ///   built from it are gone it is dangling, and both a rule that keeps and one that removes may speak
  ///   of that.
  func settle(
    _ verdicts: [ImageID: ImageVerdict], judgeOrphan: (Image) -> ImageVerdict
  ) -> [ImageID: ImageVerdict] {
    var verdicts = verdicts
    var unsettled: [ImageID: Int] = [:]
    for image in images.values {
      guard let parent = image.parent, images[parent] != nil else { continue }
      unsettled[parent, default: 0] += 1
    }
    let isParent = Set(unsettled.keys)
    var stayingChild: [ImageID: Image] = [:]
    var settled: Set<ImageID> = []
    var queue = images.keys.filter { !isParent.contains($0) }.sorted()
    var next = 0
    while next < queue.count {
      let id = queue[next]
      next += 1
      guard settled.insert(id).inserted, let image = images[id], let verdict = verdicts[id]
      else { continue }
      if let child = stayingChild[id] {
        verdicts[id] = Self.kept(verdict, becauseOf: child)
      } else if isParent.contains(id), image.isUntagged {
        verdicts[id] = Self.orphaned(image, verdict, judgeOrphan)
      }
      guard let parent = image.parent, let count = unsettled[parent] else { continue }
      if verdicts[id]?.decision != .remove, stayingChild[parent].map({ id < $0.id }) ?? true {
        stayingChild[parent] = image
      }
      unsettled[parent] = count - 1
      if count == 1 { queue.append(parent) }
    }
    for id in order where !settled.contains(id) {
      guard let verdict = verdicts[id], let image = images[id] else { continue }
      verdicts[id] = Self.kept(verdict, becauseOf: image)
    }
    return verdicts
  }

  /// The verdict on an untagged image once all images built from it are removed.
  ///
  /// What a rule said of it as a parent stands, unless a keep rule holds it as an orphan.
  private static func orphaned(
    _ image: Image, _ verdict: ImageVerdict, _ judgeOrphan: (Image) -> ImageVerdict
  ) -> ImageVerdict {
    guard [.noRule, .removeRule, .grace].contains(verdict.reason.code) else { return verdict }
    let again = judgeOrphan(image)
    if again.reason.code == .keepRule { return again }
    guard verdict.reason.code == .noRule else { return verdict }
    return image.isNameless
      ? .remove(Reason(.parentOfRemoved, detail: "all images built from it are removed")) : again
  }

  /// Taking some tags away is no removal, and what is kept anyway keeps its own reason.
  private static func kept(_ verdict: ImageVerdict, becauseOf child: Image) -> ImageVerdict {
    guard verdict.decision == .remove else { return verdict }
    let name = child.references.first ?? child.id.short
    return .keep(Reason(.parentOfKept, detail: "\(name) was built from it"))
  }
}

extension Image {
  /// Neither a tag nor a digest: a step of a build. An image pulled by its digest is somebody's.
  var isNameless: Bool { references.isEmpty && digests.isEmpty }
}
