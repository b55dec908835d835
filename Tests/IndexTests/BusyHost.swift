import Inventory

@testable import Engine

/// A host on which images come and go and containers run, with the memory for events that an engine
/// has, and with what it does not have: the true last use of every image.
struct BusyHost {
  struct Picture {
    let image: ImageID
    let diffs: [String]
    /// What it was built on, whether or not the engine tells so.
    let base: Int?
    let tellsParent: Bool
    var tags: Set<String>
    let digests: [String]
  }
  struct Box {
    let image: Int
    let name: String
    var startedAt: Timestamp
    /// Nil: it runs.
    var finishedAt: Timestamp?
    let autoRemove: Bool
  }

  private var random: SeededRandom
  private(set) var clock = start
  private(set) var pictures: [Int: Picture] = [:]
  private(set) var boxes: [Int: Box] = [:]
  private(set) var ring: [EventReply] = []
  private(set) var truth: [ImageID: Timestamp] = [:]
  /// Everything that happened since this was emptied, as one who follows the events has it.
  var followed: [EventReply] = []
  private(set) var restarts = 0
  private var made = 0
  private let tags = (0..<6).map { "app:\($0)" }

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    for _ in 0..<4 { pull() }
  }

  mutating func pass(_ duration: Duration) { clock = clock + duration }

  /// One thing that somebody does.
  mutating func act() {
    pass(.milliseconds(Int.random(in: 1...9_000, using: &random)))
    if pictures.count > 25 { removeImage() }
    if boxes.count > 12 {
      endOne()
      removeBox()
    }
    switch Int.random(in: 0..<14, using: &random) {
    case 0: pull()
    case 1: build()
    case 2: moveTag()
    case 3: load()
    case 4...7: run(autoRemove: true)
    case 8: run(autoRemove: false)
    case 9: endOne()
    case 10: startAgain()
    case 11: removeBox()
    case 12: removeImage()
    default: save()
    }
  }

  /// The engine is started again: what ran is stopped, and all events are forgotten.
  mutating func restart() {
    for number in boxes.keys.sorted() where boxes[number]?.finishedAt == nil { end(number) }
    ring = []
    restarts += 1
    pass(.seconds(3))
  }

  private mutating func log(
    _ type: String, _ action: String, _ id: String, _ attributes: [String: String] = [:]
  ) {
    clock = clock + .microseconds(7)
    let event = EventReply(
      Type: type, Action: action,
      Actor: EventReply.ActorReply(ID: id, Attributes: attributes),
      timeNano: clock.microseconds * 1000)
    ring = (ring + [event]).suffix(Coverage.ring)
    followed.append(event)
  }

  private mutating func use(_ number: Int) {
    var next: Int? = number
    while let number = next, let picture = pictures[number] {
      truth[picture.image] = clock
      next = picture.base
    }
  }

  private mutating func take(_ tag: String) {
    for number in pictures.keys { pictures[number]?.tags.remove(tag) }
  }

  private mutating func add(base: Int?, tag: String?, isPulled: Bool) -> Int {
    made += 1
    if let tag { take(tag) }
    let below = base.flatMap { pictures[$0]?.diffs } ?? []
    pictures[made] = Picture(
      image: imageID(made), diffs: below + ["sha256:" + SHA256.hex("layer \(made)")], base: base,
      tellsParent: made % 2 == 0, tags: tag.map { [$0] } ?? [],
      digests: isPulled ? ["app@sha256:" + SHA256.hex("digest \(made)")] : [])
    return made
  }

  private mutating func anyTag() -> String { tags.randomElement(using: &random) ?? "app:0" }

  /// New content, or content that is there under another name.
  private mutating func pull() {
    let tag = anyTag()
    let pulled = pictures.filter { !$0.value.digests.isEmpty }.keys.sorted()
    if let old = pulled.randomElement(using: &random), Bool.random(using: &random) {
      take(tag)
      pictures[old]?.tags.insert(tag)
    } else {
      _ = add(base: nil, tag: tag, isPulled: true)
    }
    log("image", "pull", tag, ["name": tag])
  }

  private mutating func build() {
    guard let base = pictures.keys.sorted().randomElement(using: &random) else { return }
    let tag = anyTag()
    let number = add(base: base, tag: tag, isPulled: false)
    log("image", "tag", imageID(number).rawValue, ["name": tag])
  }

  private mutating func load() {
    let number = add(base: nil, tag: anyTag(), isPulled: false)
    log("image", "load", imageID(number).rawValue, ["name": imageID(number).rawValue])
  }

  private mutating func moveTag() {
    guard let number = pictures.keys.sorted().randomElement(using: &random) else { return }
    let tag = anyTag()
    take(tag)
    pictures[number]?.tags.insert(tag)
    log("image", "tag", imageID(number).rawValue, ["name": tag])
  }

  private mutating func run(autoRemove: Bool) {
    guard let number = pictures.keys.sorted().randomElement(using: &random),
      let picture = pictures[number]
    else { return }
    // By tag, by id, or by the start of it.
    let name =
      picture.tags.sorted().randomElement(using: &random)
      ?? String(Bool.random(using: &random) ? picture.image.rawValue : picture.image.short)
    made += 1
    let id = made
    boxes[id] = Box(image: number, name: name, startedAt: clock, autoRemove: autoRemove)
    for action in ["create", "start"] {
      log("container", action, containerID(id).rawValue, ["image": name])
    }
    boxes[id]?.startedAt = clock
    use(number)
    if Int.random(in: 0..<3, using: &random) > 0 {
      pass(.seconds(Int.random(in: 0...40, using: &random)))
      end(id)
    }
  }

  private mutating func end(_ id: Int) {
    guard let box = boxes[id], box.finishedAt == nil else { return }
    log("container", "die", containerID(id).rawValue, ["image": box.name])
    boxes[id]?.finishedAt = clock
    use(box.image)
    if box.autoRemove { remove(id) }
  }

  private mutating func remove(_ id: Int) {
    guard let box = boxes.removeValue(forKey: id) else { return }
    log("container", "destroy", containerID(id).rawValue, ["image": box.name])
    use(box.image)
  }

  private mutating func endOne() {
    let active = boxes.filter { $0.value.finishedAt == nil }.keys.sorted()
    if let id = active.randomElement(using: &random) { end(id) }
  }

  private mutating func startAgain() {
    let ended = boxes.filter { $0.value.finishedAt != nil }
    guard let id = ended.keys.sorted().randomElement(using: &random), let box = boxes[id] else {
      return
    }
    log("container", "start", containerID(id).rawValue, ["image": box.name])
    boxes[id]?.startedAt = clock
    boxes[id]?.finishedAt = Timestamp?.none
    use(box.image)
  }

  private mutating func removeBox() {
    let ended = boxes.filter { $0.value.finishedAt != nil }.keys.sorted()
    if let id = ended.randomElement(using: &random) { remove(id) }
  }

  private mutating func removeImage() {
    let needed = Set(boxes.values.map(\.image)).union(pictures.values.compactMap(\.base))
    let free = pictures.keys.filter { !needed.contains($0) }.sorted()
    guard pictures.count > 8, let number = free.randomElement(using: &random) else { return }
    pictures[number] = nil
    truth[imageID(number)] = nil
    log("image", "delete", imageID(number).rawValue)
  }

  private mutating func save() {
    guard let number = pictures.keys.sorted().randomElement(using: &random) else { return }
    log("image", "save", imageID(number).rawValue)
    use(number)
  }

  /// What the engine lists now.
  var snapshot: Snapshot {
    let images = pictures.keys.sorted().compactMap { number in
      pictures[number].map { picture in
        Image(
          id: picture.image, references: picture.tags.sorted(), digests: picture.digests,
          parent: picture.tellsParent ? picture.base.map(imageID) : nil, size: 1,
          content: ImageContent(diffs: picture.diffs, history: []))
      }
    }
    let containers = boxes.keys.sorted().compactMap { id in
      boxes[id].map { box in
        Container(
          id: containerID(id), name: "c\(id)", image: box.name, imageID: imageID(box.image),
          state: box.finishedAt == nil ? .running : .exited, created: box.startedAt,
          startedAt: box.startedAt, finishedAt: box.finishedAt, autoRemove: box.autoRemove)
      }
    }
    let bridge = Network(id: "bridge \(restarts)", name: "bridge", driver: "bridge")
    return Snapshot(
      engine: makeEngine(), takenAt: clock, images: images, containers: containers,
      networks: [bridge])
  }

  /// What is true now: an image of a running container is being used.
  var trueUses: [ImageID: Timestamp] {
    var host = self
    for box in boxes.values where box.finishedAt == nil { host.use(box.image) }
    return host.truth
  }
}
