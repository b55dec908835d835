package import Inventory

/// What is asked of a data root, and what is known of it already and need not be walked again.
package struct DiskQuestion: Sendable {
  /// What is to be done about a container's writable layer.
  package enum WritableLayer: Hashable, Sendable {
    case walk
    /// Its blocks as they were walked since it last ran.
    case known(Int64)
    /// Not walked, its blocks stay unknown: a running container's change all the time.
    case leave
  }

  /// Layers as they were read before, by chain id: one that still has the same cache id and has its
  /// blocks is taken as it is.
  package var layers: [String: DiskReading.Layer]
  /// Every container that the engine lists.
  package var containers: [ContainerID: WritableLayer]
  /// Every image that the engine lists, intermediate ones too.
  package var images: [ImageID]
  /// The volumes to be walked.
  package var volumes: Set<String>
  /// The ids of the build-cache records that the engine lists; nil: they are not asked for.
  package var buildCache: Set<String>?
  /// Whether all of the root is to be walked, writable layers that were to be left as well. What no
  /// list above names is then a stray, or left over.
  package var whole: Bool

  package init(
    layers: [String: DiskReading.Layer] = [:], containers: [ContainerID: WritableLayer] = [:],
    images: [ImageID] = [], volumes: Set<String> = [], buildCache: Set<String>? = nil,
    whole: Bool = false
  ) {
    self.layers = layers
    self.containers = containers
    self.images = images
    self.volumes = volumes
    self.buildCache = buildCache
    self.whole = whole
  }
}
