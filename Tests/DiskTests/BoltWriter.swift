import Foundation
import TestSupport

@testable import Disk

/// A bbolt file put together by hand: its pages as the library lays them out.
struct BoltWriter {
  indirect enum Node: Hashable {
    case bytes([UInt8])
    case bucket([String: Node])
  }

  let pageSize: Int
  /// How many elements a page gets before a tree of pages is grown.
  let fanout: Int
  private var pages: [UInt8] = []
  private var next: UInt64 = 3

  private init(pageSize: Int, fanout: Int) {
    self.pageSize = pageSize
    self.fanout = fanout
  }

  /// A whole file of one transaction, its older meta page that of an empty database before.
  static func file(
    _ tree: [String: Node], pageSize: Int = 4096, fanout: Int = 8, transaction: UInt64 = 7
  ) -> [UInt8] {
    var writer = BoltWriter(pageSize: pageSize, fanout: fanout)
    let root = writer.bucket(tree)
    // The free list: nobody reads it here.
    let free = writer.page(2, flags: 0x10, count: 0, [])
    let empty = writer.page(writer.next, flags: 0x02, count: 0, [])
    let pages = writer.pages + empty
    let old = writer.meta(root: writer.next, transaction: transaction - 1)
    let new = writer.meta(root: root, transaction: transaction)
    return (transaction % 2 == 0 ? new + old : old + new) + free + pages
  }

  private func meta(root: UInt64, transaction: UInt64) -> [UInt8] {
    var fields: [UInt8] = []
    fields.add(UInt32(0xED0C_DAED))
    fields.add(UInt32(2))
    fields.add(UInt32(pageSize))
    fields.add(UInt32(0))
    fields.add(root)
    fields.add(UInt64(0))
    fields.add(UInt64(2))
    fields.add(next + 1)
    fields.add(transaction)
    fields.add(BoltMeta.fnv1a(fields))
    return page(transaction % 2, flags: 0x04, count: 0, fields)
  }

  /// Writes a bucket's pages; answers where its root is.
  private mutating func bucket(_ tree: [String: Node]) -> UInt64 {
    let elements = tree.sorted { $0.key < $1.key }.map { key, node -> (String, Bool, [UInt8]) in
      switch node {
      case .bytes(let bytes): (key, false, bytes)
      case .bucket(let inner): (key, true, value(of: inner))
      }
    }
    var level = elements.chunks(of: fanout).map { chunk in
      (chunk.first?.0 ?? "", add(flags: 0x02, count: chunk.count, Self.leaf(chunk)))
    }
    while level.count > 1 {
      level = level.chunks(of: fanout).map { chunk in
        (chunk[0].0, add(flags: 0x01, count: chunk.count, Self.branch(chunk)))
      }
    }
    return level.first?.1 ?? add(flags: 0x02, count: 0, [])
  }

  /// What a bucket is within its parent: small ones without buckets of their own lie in the value.
  private mutating func value(of inner: [String: Node]) -> [UInt8] {
    var value: [UInt8] = []
    let plain = inner.sorted { $0.key < $1.key }.compactMap { key, node in
      if case .bytes(let bytes) = node { (key, false, bytes) } else { nil }
    }
    let leaf = Self.leaf(plain)
    let isInline = plain.count == inner.count && leaf.count < pageSize / 4
    value.add(isInline ? UInt64(0) : bucket(inner))
    value.add(UInt64(0))
    if isInline {
      value += Self.header(0, flags: 0x02, count: plain.count, overflow: 0) + leaf
    }
    return value
  }

  private mutating func add(flags: UInt16, count: Int, _ content: [UInt8]) -> UInt64 {
    let id = next
    let page = page(id, flags: flags, count: count, content)
    next += UInt64(page.count / pageSize)
    pages += page
    return id
  }

  private func page(_ id: UInt64, flags: UInt16, count: Int, _ content: [UInt8]) -> [UInt8] {
    let total = (16 + content.count + pageSize - 1) / pageSize
    let page = Self.header(id, flags: flags, count: count, overflow: total - 1) + content
    return page + [UInt8](repeating: 0, count: total * pageSize - page.count)
  }

  private static func header(_ id: UInt64, flags: UInt16, count: Int, overflow: Int) -> [UInt8] {
    var header: [UInt8] = []
    header.add(id)
    header.add(flags)
    header.add(UInt16(count))
    header.add(UInt32(overflow))
    return header
  }

  private static func leaf(_ elements: [(String, Bool, [UInt8])]) -> [UInt8] {
    var heads: [UInt8] = []
    var data: [UInt8] = []
    for (place, (key, isBucket, value)) in elements.enumerated() {
      heads.add(UInt32(isBucket ? 1 : 0))
      heads.add(UInt32((elements.count - place) * 16 + data.count))
      heads.add(UInt32(key.utf8.count))
      heads.add(UInt32(value.count))
      data += Array(key.utf8) + value
    }
    return heads + data
  }

  private static func branch(_ children: [(String, UInt64)]) -> [UInt8] {
    var heads: [UInt8] = []
    var data: [UInt8] = []
    for (place, (key, page)) in children.enumerated() {
      heads.add(UInt32((children.count - place) * 16 + data.count))
      heads.add(UInt32(key.utf8.count))
      heads.add(page)
      data += Array(key.utf8)
    }
    return heads + data
  }
}

extension BoltWriter.Node {
  static func text(_ text: String) -> Self { .bytes(Array(text.utf8)) }

  /// A random tree of buckets, some of them with values longer than a page.
  static func random(
    depth: Int, upTo count: Int = 30, using random: inout SeededGenerator
  ) -> [String: Self] {
    var tree: [String: Self] = [:]
    for _ in 0..<Int.random(in: 0..<count, using: &random) {
      let key = random.hex(Int.random(in: 1..<70, using: &random))
      if depth > 0, random.chance(oneIn: 4) {
        tree[key] = .bucket(Self.random(depth: depth - 1, upTo: count, using: &random))
      } else {
        let count = random.chance(oneIn: 20) ? 9000 : Int.random(in: 0..<200, using: &random)
        tree[key] = .bytes((0..<count).map { UInt8(truncatingIfNeeded: $0) })
      }
    }
    return tree
  }
}

extension [UInt8] {
  fileprivate mutating func add(_ number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}

extension Array {
  fileprivate func chunks(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min(count, $0 + size)]) }
  }
}
