import Foundation

/// What a finished child process left: its exit status and what it printed.
package struct ProcessRun: Sendable {
  /// The exit status, or 128 + the signal that ended it, as a shell has it.
  package let status: Int32
  package let output: String
  package let errors: String

  /// Runs a program to its end; its output goes through files, so that no full pipe can block it.
  ///
  /// - Parameters:
  ///   - extra: Variables added to this process's environment, or put over it.
  ///   - input: A file for its standard input; without one it reads nothing.
  package static func of(
    _ program: String, _ arguments: [String], environment extra: [String: String] = [:],
    input: String? = nil
  ) async throws -> ProcessRun {
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("run-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let output = scratch.appendingPathComponent("output")
    let errors = scratch.appendingPathComponent("errors")
    try Data().write(to: output)
    try Data().write(to: errors)

    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(extra) { $1 }
    let streams = (
      input: FileHandle(forReadingAtPath: input ?? "/dev/null"),
      output: try FileHandle(forWritingTo: output), errors: try FileHandle(forWritingTo: errors)
    )
    // Left to themselves they may stay open for long, and a process has only so many.
    defer {
      try? streams.input?.close()
      try? streams.output.close()
      try? streams.errors.close()
    }
    process.standardInput = streams.input
    process.standardOutput = streams.output
    process.standardError = streams.errors
    try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in ended.resume() }
      do {
        try process.run()
      } catch {
        process.terminationHandler = nil
        ended.resume(throwing: error)
      }
    }
    let signalled = process.terminationReason == .uncaughtSignal
    return ProcessRun(
      status: signalled ? 128 + process.terminationStatus : process.terminationStatus,
      output: try text(of: output), errors: try text(of: errors))
  }

  private static func text(of file: URL) throws -> String {
    String(decoding: try Data(contentsOf: file), as: UTF8.self)
  }
}
