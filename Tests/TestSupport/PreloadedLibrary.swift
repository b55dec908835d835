import Foundation

/// Libraries for `LD_PRELOAD`, built with the compiler of the C library's headers.
enum PreloadedLibrary {
  /// Builds one in a directory of its own and answers its path.
  static func built(from source: String, named name: String) async throws -> String {
    let directory = NSTemporaryDirectory() + name + "-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try source.write(toFile: "\(directory)/\(name).c", atomically: true, encoding: .utf8)
    let library = "\(directory)/\(name).so"
    let run = try await ProcessRun.of(
      "/usr/bin/env",
      ["cc", "-shared", "-fPIC", "-O1", "-o", library, "\(directory)/\(name).c", "-ldl"])
    guard run.status == 0 else {
      throw RealEngineError(attempt: "building the \(name) library", reason: run.errors)
    }
    return library
  }
}
