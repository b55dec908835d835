import Glibc
import TestSupport

extension Scratch {
  /// Fills a folder with what layers hold: small and big files, sparse ones, short and long links,
  /// hard links, pipes, empty and nested folders, and names that are no UTF-8.
  func fill(_ folder: String, items: Int, using random: inout SeededGenerator) throws {
    try self.folder(folder)
    var folders = [folder]
    var files: [String] = []
    for number in 0..<items {
      let name = "\(random.pick(folders))/\(number)-\(random.hex(4))"
      switch Int.random(in: 0..<10, using: &random) {
      case 0, 1:
        try self.folder(name)
        folders.append(name)
      case 2:
        try file(name, size: Int.random(in: 0..<1_000_000, using: &random), sparse: true)
      case 3:
        try link(name, to: String(repeating: "x", count: Int.random(in: 1..<200, using: &random)))
      case 4 where !files.isEmpty:
        try hardLink(name, to: random.pick(files))
      case 5:
        guard mkfifo(path(name), 0o600) == 0 else { throw Refused(call: "mkfifo") }
      case 6:
        let odd = Array(path(name).utf8CString.dropLast()) + [-1, 0]
        let descriptor = creat(odd, 0o600)
        guard descriptor >= 0 else { throw Refused(call: "creat") }
        close(descriptor)
      default:
        try file(name, size: Int.random(in: 0..<20_000, using: &random))
        files.append(name)
      }
    }
  }
}
