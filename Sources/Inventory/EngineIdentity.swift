/// Which engine, and what kind of one: from `/_ping`, `/version` and `/info`.
package struct EngineIdentity: Hashable, Sendable, Codable {
  package enum Kind: String, Sendable, Codable { case docker, podman }

  /// How the engine stores images, which decides what an image's id and size mean.
  package enum ImageStore: String, Sendable, Codable {
    case graphDriver = "graph-driver"
    case containerd
  }

  package var kind: Kind
  /// `/info` `ID`. Docker 20.10 makes it from the machine's key file: two engines on one machine
  /// share it. Podman sends another one with every answer.
  package var id: String
  /// `/info` `Name`: the host's name.
  package var hostName: String
  /// `/info` `DockerRootDir`.
  package var rootDirectory: String
  package var serverVersion: String
  /// The API version that was agreed on, such as `1.41`.
  package var apiVersion: String
  /// `/info` `Driver`: `overlay2`, `overlayfs`, `btrfs`, …
  package var storageDriver: String
  package var imageStore: ImageStore

  package init(
    kind: Kind, id: String, hostName: String, rootDirectory: String, serverVersion: String,
    apiVersion: String, storageDriver: String, imageStore: ImageStore
  ) {
    self.kind = kind
    self.id = id
    self.hostName = hostName
    self.rootDirectory = rootDirectory
    self.serverVersion = serverVersion
    self.apiVersion = apiVersion
    self.storageDriver = storageDriver
    self.imageStore = imageStore
  }

  /// What tells this engine from every other, on this machine too: its id and its data root, or,
  /// for Podman, host and data root.
  package var key: String {
    switch kind {
    case .docker: "\(id)|\(rootDirectory)"
    case .podman: "\(Self.podman)\(hostName)|\(rootDirectory)"
    }
  }

  private static let podman = "podman@"

  /// Whether a `key` is that of an engine of Podman's.
  package static func isOfPodman(_ key: String) -> Bool { key.hasPrefix(podman) }
}
