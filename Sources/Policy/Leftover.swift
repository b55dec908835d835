import Inventory

/// A volume, a network or a build-cache record as its rules see it.
struct Leftover {
  let object: ObjectID
  private(set) var name = ""
  private(set) var labels: [String: String] = [:]
  private(set) var driver = ""
  /// A volume that the engine made up a name for.
  private(set) var isAnonymous = false
  /// Of a build-cache record, in BuildKit's words.
  private(set) var type = ""
  private(set) var isShared = false
  /// Of a network, where the engine tells.
  private(set) var created: Timestamp?
  /// Since when nothing uses it; nil where something does, or nobody knows.
  private(set) var unusedSince: Timestamp?
  /// What its grace counts from; nil where nobody knows.
  let graceStart: Timestamp?
  /// When it was last used, as far as known, for people.
  private(set) var facts: String
  /// Why it stays whatever the policy says.
  private(set) var hold: Reason?

  init(_ volume: Volume, usedBy users: Users, at now: Timestamp) {
    object = .volume(volume.name)
    name = volume.name
    labels = volume.labels
    driver = volume.driver
    isAnonymous = volume.isAnonymous
    graceStart = [volume.created, volume.firstSeen].compactMap(\.self).max()
    let touch = LastTouch([
      ("last used", volume.lastUsed), ("first seen", volume.firstSeen),
      ("created", volume.created),
    ])
    (unusedSince, facts) = (touch.time, touch.words(at: now))
    weigh(users, at: now)
  }

  init(_ network: Network, usedBy users: Users, at now: Timestamp) {
    object = .network(network.id)
    name = network.name
    labels = network.labels
    driver = network.driver
    created = network.created
    graceStart = [network.created, network.firstSeen].compactMap(\.self).max()
    let touch = LastTouch([
      ("last used", network.lastUsed), ("first seen", network.firstSeen),
      ("created", network.created),
    ])
    (unusedSince, facts) = (touch.time, touch.words(at: now))
    weigh(users, at: now)
    if network.isBuiltIn {
      hold = Reason(.engineOwned, detail: "the engine made it for itself")
    } else if network.scope != "local" {
      hold = Reason(
        .engineOwned,
        detail: "its scope is \(network.scope): who uses it on other hosts is not visible here")
    }
  }

  init(_ record: BuildCacheRecord, at now: Timestamp) {
    object = .buildCache(record.id)
    type = record.type
    isShared = record.isShared
    graceStart = [record.created, record.lastUsed].compactMap(\.self).max()
    let touch = LastTouch(
      record.lastUsed == nil ? [("created", record.created)] : [("last used", record.lastUsed)])
    (unusedSince, facts) = (touch.time, touch.words(at: now))
    if record.inUse {
      hold = Reason(.inUse, detail: "a build uses it")
      unusedSince = nil
    }
  }

  /// Containers that stay hold it; those that are removed with it used it until now.
  private mutating func weigh(_ users: Users, at now: Timestamp) {
    if let names = users.staying[name] {
      hold = Reason(.inUse, detail: "used by \(names.shortList)")
      unusedSince = nil
    } else if let names = users.leaving[name] {
      unusedSince = now
      facts = "used by \(names.shortList) until now"
    }
  }
}

/// The containers that use volumes or networks, by what they use.
struct Users {
  /// Names of the containers that stay.
  private(set) var staying: [String: [String]] = [:]
  /// Names of the containers that are removed.
  private(set) var leaving: [String: [String]] = [:]

  init(
    of things: (Container) -> [String], among containers: [Container],
    _ verdicts: [ContainerID: ContainerVerdict]
  ) {
    for container in containers {
      let isLeaving = verdicts[container.id]?.decision == .remove
      for name in Set(things(container)) {
        if isLeaving {
          leaving[name, default: []].append(container.name)
        } else {
          staying[name, default: []].append(container.name)
        }
      }
    }
  }
}

/// The latest of what is known of an object's use.
struct LastTouch {
  let time: Timestamp?
  private let word: String

  /// Of equal times the first one is named.
  init(_ times: [(word: String, time: Timestamp?)]) {
    time = times.compactMap(\.time).max()
    let latest = time
    word = times.first { $0.time != nil && $0.time == latest }?.word ?? ""
  }

  /// `last used 20 days ago`.
  func words(at now: Timestamp) -> String {
    time.map { "\(word) \(Age.words(now - $0)) ago" } ?? "last use unknown"
  }
}

extension [String] {
  /// The first three in the order of the alphabet, and how many more.
  var shortList: String {
    let shown = sorted().prefix(3).joined(separator: ", ")
    return count > 3 ? "\(shown) and \(count - 3) more" : shown
  }
}
