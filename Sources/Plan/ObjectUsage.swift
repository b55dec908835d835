package import Inventory

/// One image with what it holds; also a row of `balai images`.
package struct ImageUsage: Hashable, Sendable {
  package let image: Image
  /// Bytes of layers that something else holds too.
  package let shared: Bytes
  /// What removing it alone would free.
  package let unique: Footprint
  /// Names of the containers made from it.
  package let containers: [String]
  /// `keep`, `untag` or `remove`, under the policy of the list.
  package let verdict: String
  package let reason: String

  package init(
    image: Image, shared: Bytes, unique: Footprint, containers: [String], verdict: String,
    reason: String
  ) {
    self.image = image
    self.shared = shared
    self.unique = unique
    self.containers = containers
    self.verdict = verdict
    self.reason = reason
  }
}

/// One container with what it holds; also a row of `balai ps`.
package struct ContainerUsage: Hashable, Sendable {
  package let container: Container
  /// What removing it alone would free.
  package let unique: Footprint
  /// Bytes of its logs; nil where the data root was not read.
  package let logs: Int64?
  /// `keep`, `stop` or `remove`.
  package let verdict: String
  package let reason: String

  package init(
    container: Container, unique: Footprint, logs: Int64?, verdict: String, reason: String
  ) {
    self.container = container
    self.unique = unique
    self.logs = logs
    self.verdict = verdict
    self.reason = reason
  }
}

/// One volume and who mounts it.
package struct VolumeUsage: Hashable, Sendable {
  package let volume: Volume
  /// What is in it.
  package let holds: Footprint
  package let containers: [String]
  /// `keep` or `remove`.
  package let verdict: String
  package let reason: String

  package init(
    volume: Volume, holds: Footprint, containers: [String], verdict: String, reason: String
  ) {
    self.volume = volume
    self.holds = holds
    self.containers = containers
    self.verdict = verdict
    self.reason = reason
  }
}

/// One record of the build cache.
package struct BuildCacheUsage: Hashable, Sendable {
  package let record: BuildCacheRecord
  /// What removing it alone would free, were no record made from it.
  package let unique: Footprint
  /// `keep` or `remove`.
  package let verdict: String
  package let reason: String

  package init(record: BuildCacheRecord, unique: Footprint, verdict: String, reason: String) {
    self.record = record
    self.unique = unique
    self.verdict = verdict
    self.reason = reason
  }
}
