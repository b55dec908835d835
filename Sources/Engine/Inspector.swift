import Inventory

/// Completes what lists say with what was known before or what inspects tell.
struct Inspector: Sendable {
  let api: EngineAPI
  let known: Remembered
  let changes: Changes
  let askSizes: Bool
  let imageStore: EngineIdentity.ImageStore
  /// Podman fails to tell the history of an image with an undated line, every time.
  let mayLackHistory: Bool

  /// A listed image with its layers; nil: it vanished meanwhile.
  func complete(_ listed: Image) async throws(EngineError) -> Image? {
    var image = listed
    if let content = known.images[image.id] {
      image.content = content
      image.lastTagged = changes.tagged[image.id]
      return image
    }
    let path = "/images/\(EngineAPI.escaped(image.id.rawValue))"
    do {
      guard let details = try await api.find(ImageDetails.self, "\(path)/json") else { return nil }
      image.lastTagged = details.lastTagged
      guard let rootFS = details.RootFS else { return image }
      guard let history = try await history(at: path) else { return nil }
      // The engine sends the newest line first.
      image.content = ImageContent(
        diffs: rootFS.Layers ?? [], history: history.reversed().map(\.entry),
        packedSize: imageStore == .containerd ? details.Size : nil)
    } catch .refused(_, let status, _) where status >= 500 {
      // One damaged image must not hide the others: it stays listed, with unknown layers.
    }
    return image
  }

  /// Nil: the image is gone. The containerd image store sends `null` for no history.
  private func history(at path: String) async throws(EngineError) -> [HistoryLine]? {
    do {
      let lines = try await api.find([HistoryLine]?.self, "\(path)/history")
      return lines.map { $0 ?? [] }
    } catch .refused(_, let status, _) where status >= 500 && mayLackHistory {
      return []
    }
  }

  /// A listed container with times and sizes; nil: it vanished meanwhile.
  func complete(_ listed: Container) async throws(EngineError) -> Container? {
    let old = known.containers[listed.id]
    if let old, !changes.mayConcern(listed.id), suffices(old, for: listed) {
      return listed.completed(by: old)
    }
    let keepsSize = changes.containers == nil && old?.writableSize != nil && old?.finishedAt != nil
    let asksAtOnce = askSizes && !listed.state.isActive && !keepsSize
    do {
      guard let details = try await api.inspect(listed.id, sized: asksAtOnce) else { return nil }
      var container = listed.completed(by: details)
      if container.state.isActive || !askSizes {
        (container.writableSize, container.rootSize) = (nil, nil)
      } else if !asksAtOnce {
        if keepsSize, let old, old.startedAt == container.startedAt,
          old.finishedAt == container.finishedAt
        {
          // It never ran again, so its writable layer is the one that was measured.
          (container.writableSize, container.rootSize) = (old.writableSize, old.rootSize)
        } else {
          guard let sized = try await api.inspect(listed.id, sized: true) else { return nil }
          container = listed.completed(by: sized)
        }
      }
      return container
    } catch .refused(_, let status, _) where status >= 500 {
      // One damaged container must not hide the others: it stays listed, and is asked again.
      return listed
    }
  }

  /// Whether what is remembered is all that an inspect would tell.
  private func suffices(_ old: Container, for listed: Container) -> Bool {
    old.state == listed.state && !old.restartPolicy.isEmpty
      && (listed.state.isActive || !askSizes || old.writableSize != nil)
      && !lacksExitCode(old) && old.hosts != nil
  }

  /// An index of an earlier Balai did not keep it, nor whose namespaces a container uses.
  private func lacksExitCode(_ old: Container) -> Bool {
    old.exitCode == nil && old.finishedAt != nil && !old.state.isActive
  }
}

extension EngineAPI {
  /// - Parameter sized: asks for the sizes too, which makes the engine walk the writable layer.
  func inspect(_ id: ContainerID, sized: Bool) async throws(EngineError) -> Container? {
    try await find(
      ContainerDetails.self, "/containers/\(Self.escaped(id.rawValue))/json",
      query: sized ? ["size=1"] : [])?.container(sized: sized)
  }
}

extension Container {
  /// Itself as listed, with all that only an inspect tells from another view of the same container.
  fileprivate func completed(by other: Container) -> Container {
    var whole = self
    // The inspect is the newer of the two; but a state word of its list that we do not know says
    // that the container may well run (Podman's `stopped`).
    if case .unknown = state {} else { whole.state = other.state }
    whole.startedAt = other.startedAt
    whole.finishedAt = other.finishedAt
    whole.exitCode = whole.state.isActive ? nil : other.exitCode
    whole.writableSize = other.writableSize
    whole.rootSize = other.rootSize
    whole.autoRemove = other.autoRemove
    whole.restartCount = other.restartCount
    whole.restartPolicy = other.restartPolicy
    whole.hosts = other.hosts ?? hosts
    if volumes.isEmpty { whole.volumes = other.volumes }
    if networks.isEmpty { whole.networks = other.networks }
    return whole
  }
}
