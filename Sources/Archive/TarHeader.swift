/// One block of 512 bytes that introduces an entry of a tar: ustar, and GNU's before it.
struct TarHeader {
  enum Kind: Hashable {
    case file
    case hardLink
    case symbolicLink
    case directory
    /// A device or a pipe: without content.
    case special
    /// Records of pax for the next entry.
    case extended
    /// Records of pax for all entries from here.
    case global
    /// GNU: the next entry's long name, and its long link target.
    case longName
    case longTarget
  }

  let kind: Kind
  let name: String
  let target: String
  /// As the header has it; records of pax before it can say another.
  let size: Int64

  /// Nil for a block that is no header: its checksum is wrong, or a number in it is none.
  init?(_ block: [UInt8]) {
    guard block.count == 512, Self.hasRightSum(block) else { return nil }
    switch block[156] {
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): kind = .file
    case UInt8(ascii: "1"): kind = .hardLink
    case UInt8(ascii: "2"): kind = .symbolicLink
    case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"): kind = .special
    case UInt8(ascii: "5"): kind = .directory
    case UInt8(ascii: "x"): kind = .extended
    case UInt8(ascii: "g"): kind = .global
    case UInt8(ascii: "L"): kind = .longName
    case UInt8(ascii: "K"): kind = .longTarget
    default: return nil
    }
    guard let size = Self.number(block[124..<136]) else { return nil }
    self.size = size
    target = Self.text(block[157..<257])
    let name = Self.text(block[0..<100])
    // The prefix field is ustar's; GNU's old headers have times there.
    let isUstar = Array(block[257..<263]) == Array("ustar\0".utf8)
    let prefix = isUstar ? Self.text(block[345..<500]) : ""
    self.name = prefix.isEmpty ? name : prefix + "/" + name
  }

  /// Whether content follows. Links, directories and devices have none, whatever size they name: Go's
  /// `archive/tar`, which engines use, reads it so.
  var hasContent: Bool {
    switch kind {
    case .file, .extended, .global, .longName, .longTarget: true
    case .hardLink, .symbolicLink, .directory, .special: false
    }
  }

  private static func hasRightSum(_ block: [UInt8]) -> Bool {
    guard let stated = number(block[148..<156]) else { return false }
    var sum: Int64 = 0
    for index in 0..<512 {
      sum += (148..<156).contains(index) ? 0x20 : Int64(block[index])
    }
    return sum == stated
  }

  /// Octal digits between spaces and zeros, or GNU's binary numbers; nil for others and below zero.
  private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
    if field.first == 0x80 {
      var value: UInt64 = 0
      for byte in field.dropFirst() {
        guard value >> 55 == 0 else { return nil }
        value = value << 8 | UInt64(byte)
      }
      return Int64(exactly: value)
    }
    var value: Int64 = 0
    let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
    for digit in digits {
      guard (0x30...0x37).contains(digit) else { return nil }
      value = value << 3 | Int64(digit - 0x30)
    }
    return value
  }

  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// The records of a pax header that say something about where an entry's content is.
struct PaxRecords {
  private(set) var name: String?
  private(set) var target: String?
  private(set) var size: Int64?

  /// Nil where the bytes are no records.
  init?(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      guard (1...9).contains(digits.count),
        let length = Int(String(decoding: digits, as: UTF8.self)), length <= rest.count,
        length > digits.count + 2
      else { return nil }
      let record = rest.prefix(length).dropFirst(digits.count)
      guard record.first == 0x20, record.last == 0x0a else { return nil }
      let pair = record.dropFirst().dropLast()
      guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return nil }
      let value = String(decoding: pair[(equals + 1)...], as: UTF8.self)
      switch String(decoding: pair[..<equals], as: UTF8.self) {
      case "path": name = value
      case "linkpath": target = value
      case "size":
        guard let number = Int64(value), number >= 0 else { return nil }
        size = number
      default: break
      }
      rest = rest.dropFirst(length)
    }
  }
}
