import Foundation
import TestSupport

/// A command at a terminal of its own, which `script` gives it, whose questions a test answers when it
/// wants.
final class Conversation {
  private let process = Process()
  private let keyboard = Pipe()
  private let screen = Pipe()
  private(set) var shown = ""

  /// - Parameter line: for a shell; `balai` stands for the built one.
  init(_ line: String, with balai: BalaiCommand) throws {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
    process.arguments = ["-qec", line, "/dev/null"]
    let directory = balai.engine.directory + "/path"
    try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try? FileManager.default.createSymbolicLink(
      atPath: directory + "/balai", withDestinationPath: BalaiCommand.binary.path)
    process.environment = ProcessInfo.processInfo.environment.merging([
      "PATH": directory + ":/usr/bin:/bin", "SHELL": "/bin/sh", "TERM": "xterm",
      "DOCKER_HOST": balai.engine.host, "BALAI_STATE_DIR": balai.stateDirectory,
    ]) { $1 }
    process.standardInput = keyboard
    process.standardOutput = screen
    process.standardError = screen
    try process.run()
  }

  /// Returns when the command has asked something, or has ended; true if it asks.
  func waitForQuestion() -> Bool { wait { $0.hasSuffix("[y/N] ") } }

  /// Returns when the command has shown something, or has ended; true if it was shown.
  func wait(for text: String) -> Bool { wait { $0.contains(text) } }

  private func wait(until isThere: (String) -> Bool) -> Bool {
    while !isThere(shown) {
      let more = screen.fileHandleForReading.availableData
      if more.isEmpty { return false }
      shown += String(decoding: more, as: UTF8.self)
    }
    return true
  }

  /// Types an answer, waits for the end and returns the exit status.
  func answer(_ text: String) -> Int32 {
    keyboard.fileHandleForWriting.write(Data("\(text)\n".utf8))
    return end()
  }

  func end() -> Int32 {
    shown += String(decoding: screen.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return process.terminationStatus
  }
}
