import Foundation
import Glibc
import TestSupport

/// A directory that goes when the test that made it ends, and what can be put there.
final class Scratch: Sendable {
  let directory: String

  init() throws {
    directory = "/tmp/balai-disk-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit {
    let remover = Process()
    remover.executableURL = URL(fileURLWithPath: "/bin/rm")
    remover.arguments = ["-rf", directory]
    try? remover.run()
    remover.waitUntilExit()
  }

  func path(_ name: String) -> String { name.isEmpty ? directory : directory + "/" + name }

  func folder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: path(name), withIntermediateDirectories: true)
  }

  /// Writes a file, its folders too; a sparse one has its size and no blocks.
  func file(_ name: String, size: Int, sparse: Bool = false) throws {
    try write(name, sparse ? Data() : Data(repeating: 7, count: size))
    guard sparse else { return }
    guard truncate(path(name), off_t(size)) == 0 else { throw Refused(call: "truncate") }
  }

  func file(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }

  func write(_ name: String, _ data: Data) throws {
    let parent = URL(fileURLWithPath: path(name)).deletingLastPathComponent().path
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    // ext4 flushes a file that is cut off and written again, and waits for the disk.
    unlink(path(name))
    try data.write(to: URL(fileURLWithPath: path(name)))
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: path(name), withDestinationPath: target)
  }

  func hardLink(_ name: String, to other: String) throws {
    guard Glibc.link(path(other), path(name)) == 0 else { throw Refused(call: "link") }
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

  /// What `du` says of some paths, counted together: each inode once.
  func du(_ names: String...) async throws -> Int64 { try await du(names) }

  func du(_ names: [String]) async throws -> Int64 {
    let run = try await ProcessRun.of("/usr/bin/du", ["-xscB1"] + names.map(path))
    guard let total = run.output.split(separator: "\n").last?.split(separator: "\t").first,
      let bytes = Int64(total)
    else { throw Refused(call: run.errors) }
    return bytes
  }

  /// Sizes of all that are not directories, each inode once, as `find` lists them.
  func content(_ name: String) async throws -> Int64 {
    let run = try await ProcessRun.of(
      "/usr/bin/find", [path(name), "-xdev", "!", "-type", "d", "-printf", "%i %s\\n"])
    var sizes: [Substring: Int64] = [:]
    for line in run.output.split(separator: "\n") {
      let words = line.split(separator: " ")
      sizes[words[0]] = Int64(words[1])
    }
    return sizes.values.reduce(0, +)
  }
}

struct Refused: Error { let call: String }

/// Does something with the rights that everybody has: root may read everything.
///
/// For this thread only (`setfsuid`), which Swift's module of the C library does not show.
func asNobody(_ body: () throws -> Void) throws {
  guard getuid() == 0 else { return try body() }
  typealias SetUser = @convention(c) (uid_t) -> CInt
  guard let symbol = dlsym(nil, "setfsuid") else { throw Refused(call: "setfsuid") }
  let setUser = unsafeBitCast(symbol, to: SetUser.self)
  _ = setUser(65_534)
  defer { _ = setUser(0) }
  try body()
}
