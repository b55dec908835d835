import Archive
import Foundation
import Inventory
import TestSupport

/// An image without layers, as `docker save` writes it: whole, and different for each number.
struct SavedSample {
  let id: ImageID
  let bytes: [UInt8]

  init(_ number: Int) {
    let configuration = #"{"os":"linux","rootfs":{"type":"layers","diff_ids":[]},"x":\#(number)}"#
    let digest = SHA256.hex(configuration)
    var tar = HandmadeTar()
    tar.file(digest + ".json", configuration)
    tar.file("manifest.json", #"[{"Config":"\#(digest).json","RepoTags":null,"Layers":null}]"#)
    id = ImageID("sha256:" + digest)
    bytes = tar.bytes
  }

  var reply: StubReply { StubReply(200, String(decoding: bytes, as: UTF8.self)) }
}

/// A directory of a test's own for copies, gone after it.
final class CopyDirectory: Sendable {
  let path: String
  let store: ArchiveStore

  init() throws {
    path = NSTemporaryDirectory() + "copies-" + UUID().uuidString
    store = try ArchiveStore(directory: path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The names of all files.
  var names: [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: path)
    return (names ?? []).filter { $0 != ".balai-archive" }.sorted()
  }
}
