import Archive
import Foundation
import Inventory

/// A directory of a test's own for an archive, gone after it.
struct ArchiveDirectory: ~Copyable {
  let path: String
  let store: ArchiveStore

  init() throws {
    path = NSTemporaryDirectory() + "archive-" + UUID().uuidString
    store = try ArchiveStore(directory: path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The names of all files.
  var names: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: path)
        .filter { $0 != ".balai-archive" }.sorted()
    }
  }

  /// Saves some bytes as a copy, in chunks of odd sizes.
  @discardableResult
  func save(_ bytes: [UInt8], as content: ArchiveContent, until expiry: Timestamp? = nil) throws
    -> ArchivedCopy
  {
    let writer = try store.write(content)
    var rest = bytes[...]
    while !rest.isEmpty {
      try writer.write(Array(rest.prefix(777)))
      rest = rest.dropFirst(777)
    }
    return try writer.finish(at: now, expiring: expiry)
  }
}

let now = Timestamp(seconds: 1_700_000_000)
