/// A tar put together entry by entry, right or wrong.
package struct HandmadeTar {
  package enum Form: Sendable, CaseIterable {
    case ustar
    /// Names and sizes in records of pax, with nonsense in the header itself.
    case pax
    /// Names in entries of their own, sizes as binary numbers.
    case gnu
  }

  package var entries: [(name: String, type: Character, content: [UInt8], target: String)] = []
  package init() {}

  package var form = Form.ustar
  package var ending = [UInt8](repeating: 0, count: 1024)

  package mutating func file(_ name: String, _ content: [UInt8]) {
    entries.append((name, "0", content, ""))
  }

  package mutating func file(_ name: String, _ content: String) { file(name, Array(content.utf8)) }

  package mutating func directory(_ name: String) { entries.append((name, "5", [], "")) }

  package mutating func link(_ name: String, to target: String, type: Character = "2") {
    entries.append((name, type, [], target))
  }

  package var bytes: [UInt8] { entries.flatMap(bytes(of:)) + ending }

  /// Where each entry's header begins, and its content.
  package func places() -> [(header: Int, content: Int)] {
    var at = 0
    return entries.map { entry in
      let whole = bytes(of: entry)
      let padded = (entry.content.count + 511) / 512 * 512
      let content = at + whole.count - padded
      at += whole.count
      return (content - 512, content)
    }
  }

  private func bytes(
    of entry: (name: String, type: Character, content: [UInt8], target: String)
  ) -> [UInt8] {
    switch form {
    case .ustar:
      return Self.header(entry.name, entry.type, entry.content.count, entry.target)
        + Self.padded(entry.content)
    case .pax:
      let records = [
        Self.record("path", entry.name), Self.record("size", String(entry.content.count)),
        Self.record("linkpath", entry.target), Self.record("mtime", "1.5"),
      ].joined()
      return Self.header("PaxHeaders.0/x", "x", records.utf8.count)
        + Self.padded(Array(records.utf8))
        + Self.header("short", entry.type, 7) + Self.padded(entry.content)
    case .gnu:
      let name = Array(entry.name.utf8) + [0]
      let target = Array(entry.target.utf8) + [0]
      return Self.header("././@LongLink", "L", name.count) + Self.padded(name)
        + Self.header("././@LongLink", "K", target.count) + Self.padded(target)
        + Self.header("short", entry.type, entry.content.count, binary: true)
        + Self.padded(entry.content)
    }
  }

  static func padded(_ content: [UInt8]) -> [UInt8] {
    content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  static func record(_ key: String, _ value: String) -> String {
    let rest = " \(key)=\(value)\n"
    var length = rest.utf8.count + 1
    while String(length).utf8.count + rest.utf8.count != length { length += 1 }
    return "\(length)\(rest)"
  }

  package static func header(
    _ name: String, _ type: Character, _ size: Int, _ target: String = "", binary: Bool = false
  ) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ at: Int) {
      for (index, byte) in text.utf8.enumerated() { block[at + index] = byte }
    }
    put(String(name.prefix(100)), 0)
    put("0000644\0", 100)
    if binary {
      block[124] = 0x80
      for index in 0..<8 { block[135 - index] = UInt8(size >> (index * 8) & 255) }
    } else {
      let digits = String(size, radix: 8)
      put(String(repeating: "0", count: 11 - digits.count) + digits, 124)
    }
    put(String(type), 156)
    put(String(target.prefix(100)), 157)
    put(binary ? "ustar  \0" : "ustar\u{0}00", 257)
    let sum = block.reduce(8 * 0x20) { $0 + Int($1) }
    let digits = String(sum, radix: 8)
    put(String(repeating: "0", count: 6 - digits.count) + digits + "\0 ", 148)
    return block
  }
}
