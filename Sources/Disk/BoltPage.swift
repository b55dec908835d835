/// One of the two first pages of a bbolt file, which says where the root is: the one with the higher
/// transaction counts (`etcd-io/bbolt` `internal/common/meta.go`).
struct BoltMeta: Hashable {
  let pageSize: UInt32
  /// The page of the root bucket.
  let root: UInt64
  /// Pages that are in use are below this one.
  let pageCount: UInt64
  let transaction: UInt64

  private static let headerSize = 16
  private static let size = 64

  /// The newest of both that is whole; nil: there is none, so it is no database.
  static func newest(of file: Int32) -> BoltMeta? {
    let first = BoltMeta(in: file, at: 0)
    // Where the first one is being written, only the second one can tell how big a page is.
    let sizes = first.map { [Int($0.pageSize)] } ?? (9...16).map { 1 << $0 }
    let second = sizes.lazy.compactMap { size in
      BoltMeta(in: file, at: size).flatMap { Int($0.pageSize) == size ? $0 : nil }
    }.first
    return [first, second].compactMap(\.self).max { $0.transaction < $1.transaction }
  }

  private init?(in file: Int32, at offset: Int) {
    guard let page = file.bytes(Self.headerSize + Self.size, at: offset)?[...],
      let magic = page.number(at: 16, as: UInt32.self),
      let version = page.number(at: 20, as: UInt32.self),
      let pageSize = page.number(at: 24, as: UInt32.self),
      let root = page.number(at: 32, as: UInt64.self),
      let pageCount = page.number(at: 56, as: UInt64.self),
      let transaction = page.number(at: 64, as: UInt64.self),
      let sum = page.number(at: 72, as: UInt64.self),
      magic == 0xED0C_DAED, version == 2, (512...65_536).contains(pageSize),
      pageSize.nonzeroBitCount == 1, sum == Self.fnv1a(page[16..<72])
    else { return nil }
    self.pageSize = pageSize
    self.root = root
    self.pageCount = pageCount
    self.transaction = transaction
  }

  /// The hash FNV-1a of 64 bits, which guards a meta page.
  static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0100_0000_01b3 }
  }
}

/// A page of a bbolt file, or one within another's value; every place in it is checked before it is
/// read (`etcd-io/bbolt` `internal/common/page.go`).
struct BoltPage {
  let id: UInt64
  private let flags: UInt16
  let count: Int
  /// How many more pages it goes on for.
  let overflow: UInt32
  private let bytes: ArraySlice<UInt8>

  private static let headerSize = 16
  private static let elementSize = 16

  var isBranch: Bool { flags & 0x01 != 0 }
  var isLeaf: Bool { flags & 0x02 != 0 }

  /// A slice that is too short gives a page that is neither branch nor leaf.
  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    id = bytes.number(at: 0, as: UInt64.self) ?? .max
    flags = bytes.number(at: 8, as: UInt16.self) ?? 0
    count = Int(bytes.number(at: 10, as: UInt16.self) ?? 0)
    overflow = bytes.number(at: 12, as: UInt32.self) ?? 0
  }

  /// The page that an element of a branch page names.
  func child(_ place: Int) -> UInt64? {
    bytes.number(at: Self.headerSize + place * Self.elementSize + 8, as: UInt64.self)
  }

  /// An element of a leaf page.
  func leaf(_ place: Int) -> (isBucket: Bool, key: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
    let element = Self.headerSize + place * Self.elementSize
    guard let flags = bytes.number(at: element, as: UInt32.self),
      let position = bytes.number(at: element + 4, as: UInt32.self),
      let keySize = bytes.number(at: element + 8, as: UInt32.self),
      let valueSize = bytes.number(at: element + 12, as: UInt32.self)
    else { return nil }
    // Four numbers of 32 bits: their sum is far below 64.
    let key = bytes.startIndex + element + Int(position)
    let value = key + Int(keySize)
    let end = value + Int(valueSize)
    guard end <= bytes.endIndex else { return nil }
    return (flags & 0x01 != 0, bytes[key..<value], bytes[value..<end])
  }
}

extension ArraySlice<UInt8> {
  /// A little-endian number; nil where the bytes end before it.
  func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type)
    -> Number?
  {
    let size = Number.bitWidth / 8
    guard offset >= 0, offset <= count - size else { return nil }
    let number = withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
    return Number(littleEndian: number)
  }
}
