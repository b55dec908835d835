package import Inventory

/// What a policy says of every object of a snapshot.
package struct Verdicts: Hashable, Sendable {
  package var containers: [ContainerID: ContainerVerdict]
  package var images: [ImageID: ImageVerdict]
  /// By name.
  package var volumes: [String: ObjectVerdict]
  /// By id.
  package var networks: [String: ObjectVerdict]
  /// By the record's id; empty where the snapshot has no build cache.
  package var buildCache: [String: ObjectVerdict]

  package init(
    containers: [ContainerID: ContainerVerdict] = [:], images: [ImageID: ImageVerdict] = [:],
    volumes: [String: ObjectVerdict] = [:], networks: [String: ObjectVerdict] = [:],
    buildCache: [String: ObjectVerdict] = [:]
  ) {
    self.containers = containers
    self.images = images
    self.volumes = volumes
    self.networks = networks
    self.buildCache = buildCache
  }
}

/// What a verdict comes to, in one word.
package enum Decision: String, Hashable, Sendable, Codable { case keep, stop, untag, remove }

/// What shall happen to one volume, network or build-cache record.
package enum ObjectVerdict: Hashable, Sendable, Codable {
  case keep(Reason)
  case remove(Reason)

  package var decision: Decision {
    switch self {
    case .keep: .keep
    case .remove: .remove
    }
  }

  /// The reason that decided.
  package var reason: Reason {
    switch self {
    case .keep(let reason), .remove(let reason): reason
    }
  }
}

/// What shall happen to one container.
package enum ContainerVerdict: Hashable, Sendable, Codable {
  case keep(Reason)
  /// Stop it and leave it there.
  case stop(Reason)
  /// Remove it; `stoppingFirst` says why it may be stopped, where it is active.
  case remove(Reason, stoppingFirst: Reason?)

  package var decision: Decision {
    switch self {
    case .keep: .keep
    case .stop: .stop
    case .remove: .remove
    }
  }

  /// The reason that decided.
  package var reason: Reason {
    switch self {
    case .keep(let reason), .stop(let reason), .remove(let reason, _): reason
    }
  }
}

/// What shall happen to one image.
package enum ImageVerdict: Hashable, Sendable, Codable {
  case keep(Reason)
  /// Take these references away and leave the image with the others; frees nothing.
  case untag([String], Reason)
  case remove(Reason)

  package var decision: Decision {
    switch self {
    case .keep: .keep
    case .untag: .untag
    case .remove: .remove
    }
  }

  /// The reason that decided.
  package var reason: Reason {
    switch self {
    case .keep(let reason), .untag(_, let reason), .remove(let reason): reason
    }
  }
}

/// Why an object is kept, stopped or removed: data, not a log line.
package struct Reason: Hashable, Sendable, Codable {
  package enum Code: String, Hashable, Sendable, Codable, CaseIterable {
    /// A `remove` rule selected it.
    case removeRule = "remove-rule"
    /// A `stop` rule selected it.
    case stopRule = "stop-rule"
    /// An intermediate image of the classic builder: all images built from it are removed.
    case parentOfRemoved = "parent-of-removed"
    /// No rule selected it.
    case noRule = "no-rule"
    /// A `keep` rule selected it.
    case keepRule = "keep-rule"
    /// A container that stays uses it.
    case inUse = "in-use"
    /// It is running, paused or restarting, and no `stop` rule selected it.
    case active
    /// It is younger than the policy's `grace`.
    case grace
    /// The engine made it for itself.
    case engineOwned = "engine-owned"
    /// An image or record that stays was built from it: removing it would free nothing.
    case parentOfKept = "parent-of-kept"
    /// Balai itself runs in it or from it.
    case runsBalai = "runs-balai"
    /// `--rm`: stopping it would remove it, and no `remove` rule selected it.
    case removesItself = "removes-itself"
    /// Images were built or pulled just now, and it may be a part of one that is not done.
    case activity
    /// A compose project or swarm service, of which a container stays, names it.
    case projectNeeds = "project-needs"
    /// Swarm would start another one at once.
    case swarmTask = "swarm-task"
    /// A rule selected it, but the policy's `space` is content without it.
    case enoughSpace = "enough-space"
  }

  package let code: Code
  /// The rule that decided, where one did.
  package let rule: RuleReference?
  /// One lower-case phrase for people. Holds names that come from strangers: not yet safe to print.
  package let detail: String

  package init(_ code: Code, rule: RuleReference? = nil, detail: String) {
    self.code = code
    self.rule = rule
    self.detail = detail
  }
}

/// Where a rule stands.
package struct RuleReference: Hashable, Sendable, Codable {
  /// The policy's file, or its name where it is shipped.
  package let file: String
  /// The line of its first key, from 1.
  package let line: Int
  /// `remove.images[0]`.
  package let keyPath: String
  /// The rule in one line, as the policy says it: `dangling: true, unused-for: 14d`.
  package let text: String

  package init(file: String, line: Int, keyPath: String, text: String) {
    self.file = file
    self.line = line
    self.keyPath = keyPath
    self.text = text
  }
}
