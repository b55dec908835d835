import Foundation

/// What occupies an engine's data root besides its layers, read from its files: the truth that
/// predictions are measured against.
extension RealEngine {
  /// Content bytes of all that a plan can free: layers, writable layers, logs, volumes, and what
  /// build-cache records have for themselves.
  package func contentBytes() throws -> Int64 {
    try layerStoreBytes() + writableBytes() + logBytes() + volumeBytes() + buildCacheBytes()
  }

  /// Content bytes of all containers' logs, rotated ones included.
  package func logBytes() throws -> Int64 {
    let root = dataRoot + "/containers"
    return try entries(of: root).reduce(0) { sum, container in
      let logs = try entries(of: "\(root)/\(container)").filter { $0.contains("-json.log") }
      let json = try logs.reduce(0) { try $0 + bytes(ofFile: "\(root)/\(container)/\($1)") }
      let folder = "\(root)/\(container)/local-logs"
      let local = try entries(of: folder).reduce(0) { try $0 + bytes(ofFile: "\(folder)/\($1)") }
      return sum + json + local
    }
  }

  /// Content bytes of all volumes.
  package func volumeBytes() throws -> Int64 {
    try entries(of: dataRoot + "/volumes").reduce(0) { sum, volume in
      let data = "\(dataRoot)/volumes/\(volume)/_data"
      return FileManager.default.fileExists(atPath: data) ? sum + (try bytes(under: data)) : sum
    }
  }

  /// Content bytes of the graph driver's directories that are no layer and no container's: those of
  /// build-cache records.
  package func buildCacheBytes() throws -> Int64 {
    let database = try layerDatabase()
    let driver = URL(fileURLWithPath: database).deletingLastPathComponent().lastPathComponent
    var known: Set<String> = ["l"]
    for layer in try entries(of: database + "/sha256") {
      known.insert(
        try String(contentsOfFile: "\(database)/sha256/\(layer)/cache-id", encoding: .utf8))
    }
    for container in try entries(of: database + "/mounts") {
      for name in ["mount-id", "init-id"] {
        let file = "\(database)/mounts/\(container)/\(name)"
        if let id = try? String(contentsOfFile: file, encoding: .utf8) { known.insert(id) }
      }
    }
    return try entries(of: "\(dataRoot)/\(driver)").filter { !known.contains($0) }
      .reduce(0) { sum, directory in
        try sum + bytes(under: "\(dataRoot)/\(driver)/\(directory)/diff")
      }
  }

  /// Blocks of the whole data root in bytes, as `du` counts them.
  package func diskUsage() async throws -> Int64 {
    let run = try await ProcessRun.of(
      "/usr/bin/du", ["--summarize", "--one-file-system", "--block-size=1", dataRoot])
    guard let bytes = Int64(run.output.prefix { $0.isNumber }) else {
      throw RealEngineError(attempt: "du of \(dataRoot)", reason: run.errors)
    }
    return bytes
  }

  /// Free bytes of the data root's file system, once everything written is on the disk.
  package func freeSpace() async throws -> Int64 {
    let synced = try await ProcessRun.of("/bin/sync", ["--file-system", dataRoot])
    var status = statvfs()
    guard synced.status == 0, statvfs(dataRoot, &status) == 0 else {
      throw RealEngineError(attempt: "statfs of \(dataRoot)", reason: synced.errors)
    }
    return Int64(status.f_bfree) * Int64(status.f_frsize)
  }

  private func bytes(ofFile path: String) throws -> Int64 {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.size] as? NSNumber)?.int64Value ?? 0
  }
}
