import Foundation
package import Inventory

/// What an engine's data root holds, read from its files and not from its API: the truth that
/// predicted bytes are measured against.
extension RealEngine {
  /// Content bytes of each layer by chain id (moby `layer/filestore.go`: `layerdb/sha256/*/size`).
  package func layerSizes() throws -> [String: Int64] {
    let folder = try layerDatabase() + "/sha256"
    var sizes: [String: Int64] = [:]
    for digest in try entries(of: folder) {
      let text = try String(contentsOfFile: "\(folder)/\(digest)/size", encoding: .utf8)
      guard let size = Int64(text) else {
        throw RealEngineError(attempt: "reading the size of layer \(digest)", reason: text)
      }
      sizes["sha256:" + digest] = size
    }
    return sizes
  }

  /// Content bytes of all layers together.
  package func layerStoreBytes() throws -> Int64 { try layerSizes().values.reduce(0, +) }

  /// Content bytes of each container's writable layer, counted as the engine counts them: every
  /// inode once, directories as nothing (moby `pkg/directory`).
  package func writableSizes() throws -> [ContainerID: Int64] {
    let database = try layerDatabase()
    let driver = URL(fileURLWithPath: database).deletingLastPathComponent().lastPathComponent
    var sizes: [ContainerID: Int64] = [:]
    for container in try entries(of: database + "/mounts") {
      let mount = try String(
        contentsOfFile: "\(database)/mounts/\(container)/mount-id", encoding: .utf8)
      sizes[ContainerID(container)] = try bytes(under: "\(dataRoot)/\(driver)/\(mount)/diff")
    }
    return sizes
  }

  /// Content bytes of all writable layers together.
  package func writableBytes() throws -> Int64 { try writableSizes().values.reduce(0, +) }

  func layerDatabase() throws -> String {
    let drivers = try entries(of: dataRoot + "/image")
    guard let driver = drivers.first, drivers.count == 1 else {
      throw RealEngineError(attempt: "reading \(dataRoot)", reason: "graph drivers: \(drivers)")
    }
    return "\(dataRoot)/image/\(driver)/layerdb"
  }

  /// Nothing where there is no such folder: an engine makes them when it needs them.
  func entries(of folder: String) throws -> [String] {
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: folder)
  }

  func bytes(under folder: String) throws -> Int64 {
    var total: Int64 = 0
    var seen: Set<Int> = []
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(path)")
      guard attributes[.type] as? FileAttributeType != .typeDirectory,
        let inode = attributes[.systemFileNumber] as? Int, seen.insert(inode).inserted,
        let size = attributes[.size] as? Int64 ?? (attributes[.size] as? UInt64).map(Int64.init)
      else { continue }
      total += size
    }
    return total
  }
}
