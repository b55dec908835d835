import Inventory
import Plan

/// What has come up since the plan was made, seen in one look at the whole engine: containers and
/// images that need what the plan removes, images that were used, tagged or pulled, and volumes that are
/// not empty any more. An engine removes a container whose namespaces another one uses without a word.
///
/// The engine refuses to delete an image in use, but lets its tags go one by one until the last; and
/// it takes the last tag of an image that others were built from without deleting it. So this is
/// looked at before the first tag goes.
struct Preflight {
  private var users: [ImageID: String] = [:]
  private var guests: [ContainerID: String] = [:]
  /// Those that go too, by the container whose namespaces they use.
  private var goingGuests: [ContainerID: Set<ContainerID>] = [:]
  private var children: [ImageID: String] = [:]
  /// Images that something happened to, as a phrase.
  private var touched: [ImageID: String] = [:]
  /// When the engine was looked at for the plan.
  private let since: Timestamp
  /// Volumes that the plan counts on to be empty.
  private let empty: Set<ObjectID>
  /// Those of them that held something when the sweep began.
  private var filled: Set<String> = []
  /// The container that Balai runs in.
  private let own: ContainerID?

  /// - Parameter own: the container that Balai runs in; a plan that was made elsewhere may list it.
  init(_ plan: RemovalPlan, _ snapshot: Snapshot, runningIn own: ContainerID?) {
    self.own = own
    empty = Set(
      plan.steps.filter { $0.action == .removeVolume && $0.restorability == .restorable }
        .map(\.object))
    since = plan.seenAt ?? plan.createdAt
    let removed = Set(plan.steps.filter { $0.action == .removeContainer }.map(\.object))
    let deleted = Set(plan.steps.filter { $0.action == .removeImage }.map(\.object))
    for container in snapshot.containers {
      let hosts = Set((container.hosts ?? [:]).values).subtracting([container.id])
      let isOwn = own?.means(container.id) ?? false
      if !isOwn, removed.contains(.container(container.id)) {
        for host in hosts { goingGuests[host, default: []].insert(container.id) }
      } else {
        users[container.imageID] = container.name
        for host in hosts { guests[host] = container.name }
      }
    }
    for image in snapshot.images where !deleted.contains(.image(image.id)) {
      if let parent = image.parent { children[parent] = image.title }
    }
    let expected = Dictionary(
      plan.steps.compactMap { step -> (ImageID, ExpectedImage)? in
        guard case .image(let id) = step.object, case .image(let image) = step.expected else {
          return nil
        }
        return (id, image)
      }, uniquingKeysWith: { first, _ in first })
    for image in snapshot.images {
      touched[image.id] = expected[image.id].flatMap { touch(of: image, plannedAs: $0) }
    }
    for volume in snapshot.volumes where empty.contains(.volume(volume.name)) {
      // What nobody measured may hold anything.
      let size = volume.size ?? snapshot.disk?.volumes[volume.name]?.content
      if size != 0 { filled.insert(volume.name) }
    }
  }

  func obstacle(toTaking container: ContainerID) -> Outcome? {
    guests[container].map { Self.inUse(by: $0) }
  }

  /// Containers that the plan removes too, and that use a namespace of this one.
  func guestsThatGo(of container: ContainerID) -> Set<ContainerID> {
    goingGuests[container] ?? []
  }

  /// Whether a container uses a namespace of another one that goes, or of one that does in its turn.
  func isGuest(_ container: ContainerID, of host: ContainerID) -> Bool {
    var found: Set<ContainerID> = []
    var rest = [host]
    while let host = rest.popLast() {
      for guest in guestsThatGo(of: host) where found.insert(guest).inserted { rest.append(guest) }
    }
    return found.contains(container)
  }

  /// - Parameter guest: the name of a container that uses a namespace of another one.
  static func inUse(by guest: String) -> Outcome {
    .inUse("container '\(guest)' uses a namespace of it")
  }

  /// Why a container can be neither stopped nor removed, whatever it is like.
  func obstacle(toAny container: ContainerID) -> Outcome? {
    own?.means(container) ?? false ? .inUse("balai runs in it") : nil
  }

  /// Whether the plan counts on a volume's being empty.
  func countsAsEmpty(_ volume: String) -> Bool { empty.contains(.volume(volume)) }

  func obstacle(toRemoving volume: String) -> Outcome? {
    filled.contains(volume) ? Self.filled : nil
  }

  /// What a volume is that holds something, though it was planned as an empty one.
  static let filled = Outcome.changed("something was written into it, or may have been")

  /// What happened to an image since it was planned, though its names are the same.
  ///
  /// One that was in use when it was planned, by a container that goes or by one of an image built on
  /// it, went into the plan all the same: its use since then is no news. Uses that nobody could see count
  /// as uses.
  private func touch(of image: Image, plannedAs expected: ExpectedImage) -> String? {
    if let tagged = image.lastTagged, tagged > expected.lastTagged ?? since { return Self.tagged }
    let wasInUse = expected.lastUsed.map { $0 >= since } ?? false
    guard !wasInUse, let used = image.lastUsed, used > expected.lastUsed ?? since else {
      return nil
    }
    return "it was used, or may have been, since it was planned"
  }

  private static let tagged = "it was tagged or pulled since it was planned"

  /// - Parameter image: as it is just before its step.
  func obstacle(toTaking image: Image, plannedAs expected: ExpectedImage) -> Outcome? {
    if let phrase = touched[image.id] { return .changed(phrase) }
    // An inspect can tell more of the time before the plan than the events that were still there.
    let known = max(expected.lastTagged ?? since, since)
    return image.lastTagged.map { $0 > known } ?? false ? .changed(Self.tagged) : nil
  }

  func obstacle(toRemoving image: ImageID) -> Outcome? {
    if let user = users[image] { return .inUse("container '\(user)' uses it") }
    if let child = children[image] { return .changed("image '\(child)' was built from it") }
    return nil
  }
}
