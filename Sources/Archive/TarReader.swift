import Inventory

/// An entry of a tar.
struct TarEntry {
  let kind: TarHeader.Kind
  let name: String
  let target: String
  /// Bytes of its content.
  let size: Int64
  /// Where its content begins in the file.
  let offset: Int64
}

/// Reads a tar from its start to its end and believes nothing in it: sizes are held against the file,
/// numbers of bytes in memory are limited, and no name becomes a path.
struct TarReader: ~Copyable {
  private var file: CopyFile
  private let content: ArchiveContent
  /// What of the last entry's content, its padding included, was not read yet.
  private var unread: (content: Int64, padding: Int64) = (0, 0)
  private var hasEnded = false

  /// No engine writes names or records as long as this.
  private static let recordLimit: Int64 = 1 << 20

  init(_ file: consuming CopyFile, holding content: ArchiveContent) {
    self.file = file
    self.content = content
  }

  /// The next entry; nil at the end, once everything was read and the end is as it should be.
  mutating func next() throws(ArchiveError) -> TarEntry? {
    if hasEnded { return nil }
    try skipRest()
    var records: PaxRecords?
    var longName: String?
    var longTarget: String?
    while let header = try header() {
      let size = header.hasContent ? records?.size ?? header.size : 0
      switch header.kind {
      case .extended:
        guard let read = PaxRecords(try record(header.size)) else {
          throw damaged("a pax header in it cannot be read")
        }
        records = read
      case .global:
        guard let read = PaxRecords(try record(header.size)), read.size == nil, read.name == nil,
          read.target == nil
        else { throw damaged("a global pax header in it cannot be read") }
      case .longName: longName = Self.text(try record(header.size))
      case .longTarget: longTarget = Self.text(try record(header.size))
      case .file, .hardLink, .symbolicLink, .directory, .special:
        try expect(size)
        return TarEntry(
          kind: header.kind, name: records?.name ?? longName ?? header.name,
          target: records?.target ?? longTarget ?? header.target, size: size,
          offset: file.position)
      }
    }
    guard records == nil, longName == nil, longTarget == nil else {
      throw damaged("it ends within an entry")
    }
    return nil
  }

  /// Reads the content of the entry that `next` gave and returns its digest.
  mutating func digestOfContent() throws(ArchiveError) -> String {
    var sum = SHA256.Running()
    while unread.content > 0 {
      let bytes = try some(unread.content)
      unread.content -= Int64(bytes.count)
      sum.add(bytes)
    }
    return sum.hex()
  }

  /// The digest of the whole file, once `next` has given nil.
  mutating func digest() throws(ArchiveError) -> String { try file.digest() }

  /// Some bytes of an entry's content, without moving on.
  func content(of entry: TarEntry, atMost limit: Int64) throws(ArchiveError) -> [UInt8]? {
    guard entry.size <= limit else { return nil }
    return try file.bytes(at: entry.offset, count: Int(entry.size))
  }

  private func damaged(_ reason: String) -> ArchiveError { .incomplete(content, reason: reason) }

  /// Takes note of the content that comes now, which must fit into what is left of the file.
  private mutating func expect(_ size: Int64) throws(ArchiveError) {
    let padding = (512 - size % 512) % 512
    guard size >= 0, size <= file.size - file.position, padding <= file.size - file.position - size
    else { throw damaged("it is cut short") }
    unread = (size, padding)
  }

  private mutating func skipRest() throws(ArchiveError) {
    var left = unread.content + unread.padding
    while left > 0 { left -= Int64(try some(left).count) }
    unread = (0, 0)
  }

  private mutating func some(_ limit: Int64) throws(ArchiveError) -> UnsafeRawBufferPointer {
    let bytes = try file.next(atMost: limit)
    guard !bytes.isEmpty else { throw damaged("it is cut short") }
    return bytes
  }

  private mutating func array(_ count: Int64) throws(ArchiveError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < Int(count) { bytes += try some(count - Int64(bytes.count)) }
    return bytes
  }

  private mutating func record(_ size: Int64) throws(ArchiveError) -> [UInt8] {
    guard size <= Self.recordLimit else { throw damaged("a header in it is too long") }
    try expect(size)
    let bytes = try array(size)
    unread.content = 0
    try skipRest()
    return bytes
  }

  /// The next header; nil at the two blocks of zeros that end a tar, after which only more zeros come.
  private mutating func header() throws(ArchiveError) -> TarHeader? {
    let block = try array(512)
    if block.allSatisfy({ $0 == 0 }) {
      guard try array(512).allSatisfy({ $0 == 0 }) else {
        throw damaged("it goes on after its end")
      }
      while true {
        let more = try file.next(atMost: .max)
        if more.isEmpty { break }
        guard more.allSatisfy({ $0 == 0 }) else { throw damaged("it goes on after its end") }
      }
      hasEnded = true
      return nil
    }
    guard let header = TarHeader(block) else { throw damaged("a header in it cannot be read") }
    return header
  }

  private static func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
