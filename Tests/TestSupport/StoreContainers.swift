package import Inventory

extension StoreBuilder {
  /// The states of containers that matter to a sweep.
  package enum ContainerLife: String, Hashable, Sendable, CaseIterable {
    case created
    case running
    case paused
    case exited
    /// Fails again and again under `restart: always`, so that the engine shows it as restarting.
    case restarting
    /// Runs, and starts again when it ends by itself.
    case restartedAlways
    /// Runs, and is removed by the engine as soon as it stops (`--rm`).
    case removedOnExit
  }

  /// Makes a container and brings it to the state asked for.
  ///
  /// Its stop signal is KILL: a shell that is process 1 ignores TERM, and a stop would take 10 s.
  ///
  /// - Parameters:
  ///   - size: Bytes put into its writable layer before it starts.
  ///   - volumes: As for `-v`: `/path` for an anonymous volume, `name:/path` for a named one.
  ///   - script: What its shell does instead of what its life demands.
  ///   - options: More options of `docker create`.
  @discardableResult
  package func container(
    _ life: ContainerLife, of image: String, named name: String? = nil, writing size: Int = 0,
    labels: [String] = [], volumes: [String] = [], running script: String? = nil,
    options: [String] = []
  ) async throws -> ContainerID {
    var arguments = ["create", "--network", "none", "--stop-signal", "KILL"] + options
    arguments += name.map { ["--name", $0] } ?? []
    arguments += labels.flatMap { ["--label", $0] } + volumes.flatMap { ["--volume", $0] }
    switch life {
    case .restarting, .restartedAlways: arguments += ["--restart", "always"]
    case .removedOnExit: arguments.append("--rm")
    case .created, .running, .paused, .exited: break
    }
    let command = script.map { ["sh", "-c", $0] } ?? command(of: life)
    let id = try await engine.docker(arguments + [image] + command)
    if size > 0 { try await write(size, to: id) }
    try await bring(id, to: life)
    return ContainerID(id)
  }

  private func command(of life: ContainerLife) -> [String] {
    switch life {
    case .exited: ["true"]
    case .restarting: ["false"]
    case .created, .running, .paused, .restartedAlways, .removedOnExit: ["sleep", "100000"]
    }
  }

  private func write(_ size: Int, to container: String) async throws {
    try await withScratch { scratch in
      let file = scratch.appendingPathComponent("written")
      try randomBytes(size).write(to: file)
      try await engine.docker("cp", file.path, container + ":/written")
    }
  }

  private func bring(_ container: String, to life: ContainerLife) async throws {
    if life == .created { return }
    try await engine.docker("start", container)
    switch life {
    case .exited:
      try await engine.docker("wait", container)
    case .paused:
      try await engine.docker("pause", container)
    case .restarting:
      for _ in 0..<200 {
        let state = try await engine.docker("inspect", "--format", "{{.State.Status}}", container)
        if state == "restarting" { return }
        try await Task.sleep(for: .milliseconds(20))
      }
      throw RealEngineError(attempt: "starting \(container)", reason: "it is not restarting")
    case .created, .running, .restartedAlways, .removedOnExit: break
    }
  }
}
