import Foundation
package import Inventory

/// Fills a real engine with images that have layers of known sizes.
///
/// File contents are random, so that two layers are the same only where an image is built on another.
package struct StoreBuilder: Sendable {
  package let engine: RealEngine

  package init(filling engine: RealEngine) { self.engine = engine }

  /// One instruction of a Dockerfile.
  package enum BuildStep: Hashable, Sendable {
    /// A layer with one file of so many bytes; 0 gives a layer without a byte.
    case file(String, size: Int)
    /// A layer with a directory of so many small files.
    case smallFiles(String, count: Int)
    /// A layer that is only a directory: no byte either.
    case workingDirectory(String)
    /// A layer with what a shell command leaves; it costs a container's run.
    case run(String)
    /// Metadata only: an image of its own, but no layer.
    case environment(String, String)
    case label(String, String)
  }

  /// Imports an image of one layer: busybox under the names a shell needs, and a file of so many bytes.
  @discardableResult
  package func base(_ name: String?, size: Int = 1000) async throws -> ImageID {
    try await withScratch { scratch in
      let root = scratch.appendingPathComponent("root")
      let bin = root.appendingPathComponent("bin")
      try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: URL(fileURLWithPath: "/bin/busybox"), to: bin.appendingPathComponent("busybox"))
      for applet in [
        "sh", "sleep", "true", "false", "rm", "mkdir", "touch", "cat", "dd", "ln", "seq",
      ] {
        try FileManager.default.createSymbolicLink(
          atPath: bin.appendingPathComponent(applet).path, withDestinationPath: "busybox")
      }
      try randomBytes(size).write(to: root.appendingPathComponent("content"))
      let archive = scratch.appendingPathComponent("root.tar").path
      let packed = try await ProcessRun.of("/bin/tar", ["-C", root.path, "-cf", archive, "."])
      guard packed.status == 0 else {
        throw RealEngineError(attempt: "packing \(name ?? "an image")", reason: packed.errors)
      }
      return ImageID(try await engine.docker(["import", archive] + (name.map { [$0] } ?? [])))
    }
  }

  /// Builds an image; without a name it is dangling.
  ///
  /// The classic builder keeps an untagged image for every step but the last; BuildKit keeps records
  /// in its cache instead, and they hold the layers.
  @discardableResult
  package func image(
    _ name: String?, from parent: String, _ steps: [BuildStep], buildKit: Bool = false
  ) async throws -> ImageID {
    try await withScratch { context in
      var lines = ["FROM \(parent)"]
      for (number, step) in steps.enumerated() {
        switch step {
        case .file(let path, let size):
          try randomBytes(size).write(to: context.appendingPathComponent("file\(number)"))
          lines.append("COPY file\(number) \(path)")
        case .smallFiles(let path, let count):
          let folder = context.appendingPathComponent("folder\(number)")
          try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
          for file in 0..<count {
            try randomBytes(file * 37 % 600).write(to: folder.appendingPathComponent("f\(file)"))
          }
          lines.append("COPY folder\(number) \(path)")
        case .workingDirectory(let path): lines.append("WORKDIR \(path)")
        case .run(let command): lines.append("RUN \(command)")
        case .environment(let key, let value): lines.append("ENV \(key)=\(value)")
        case .label(let key, let value): lines.append("LABEL \(key)=\(value)")
        }
      }
      try Data(lines.joined(separator: "\n").utf8)
        .write(to: context.appendingPathComponent("Dockerfile"))
      let tag = name.map { ["--tag", $0] } ?? []
      let arguments = ["build", "--quiet", "--network", "none"] + tag + [context.path]
      return ImageID(try await engine.docker(arguments, buildKit: buildKit))
    }
  }

  /// Commits an image from a container that only lives for it, with one more file of so many bytes.
  @discardableResult
  package func commit(
    _ name: String?, from image: String, size: Int, changes: [String] = []
  ) async throws -> ImageID {
    let container = try await self.container(.created, of: image, writing: size)
    let options = changes.flatMap { ["--change", $0] }
    let id = try await engine.docker(
      ["commit"] + options + [container.rawValue] + (name.map { [$0] } ?? []))
    try await engine.docker("rm", container.rawValue)
    return ImageID(id)
  }

  /// Gives an image one more name.
  package func tag(_ image: String, as name: String) async throws {
    try await engine.docker("tag", image, name)
  }

  /// Removes an image but leaves its untagged parents, which become dangling images.
  package func removeLeavingParents(_ name: String) async throws {
    try await engine.docker("rmi", "--no-prune", name)
  }

  /// Takes an image's name by force: one that a running container uses stays as a dangling image; one
  /// that only a stopped container uses is gone, and its layers stay.
  package func untagByForce(_ name: String) async throws {
    try await engine.docker("rmi", "--force", name)
  }

  func randomBytes(_ count: Int) -> Data {
    var generator = SystemRandomNumberGenerator()
    var words = [UInt64](repeating: 0, count: (count + 7) / 8)
    for index in words.indices { words[index] = generator.next() }
    return words.withUnsafeBytes { Data($0.prefix(count)) }
  }

  func withScratch<T: Sendable>(_ body: (URL) async throws -> T) async throws -> T {
    let scratch = URL(fileURLWithPath: engine.directory)
      .appendingPathComponent("scratch-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    return try await body(scratch)
  }
}
