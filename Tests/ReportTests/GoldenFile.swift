import Foundation
import Testing

/// Texts that are compared with files in the tree, byte for byte.
///
/// `RECORD_GOLDEN=1` writes them anew and fails the test, so that nothing recorded passes unseen.
enum GoldenFile {
  static let isRecording = ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1"

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

  static let scriptingGuide =
    folder.deletingLastPathComponent().deletingLastPathComponent().appending(
      path: "docs/scripting.md")

  static func expect(
    _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let file = folder.appending(path: "Golden/\(name)")
    if isRecording {
      try Data(text.utf8).write(to: file)
      Issue.record("recorded \(name); look at it and run again", sourceLocation: sourceLocation)
      return
    }
    let golden = try String(contentsOf: file, encoding: .utf8)
    #expect(text == golden, sourceLocation: sourceLocation)
  }
}
