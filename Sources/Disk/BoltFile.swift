import Glibc

/// A bbolt database (BuildKit keeps its records in such files), read while its engine writes to it.
///
/// The engine holds the file's lock for good, so it is read without one. What makes that safe is how
/// bbolt writes: a transaction puts its pages where the last one had none, and then one of two meta
/// pages that names the new root (`etcd-io/bbolt` `tx.go`). The pages under the newest meta page are
/// therefore whole, as long as it is the newest; whether it still is is looked at afterwards.
struct BoltFile {
  private let descriptor: Int32
  private let path: String
  private let meta: BoltMeta

  /// With the pause between them about a second: builds write in bursts.
  private static let attempts = 100
  private static let pause: useconds_t = 10_000

  /// Lets a body read a database as one transaction left it, again where the next two came meanwhile.
  ///
  /// - Returns: Nil where there is no such file.
  /// - Throws: `DiskError.damaged` where it is no database, or no reading was quick enough.
  static func read<Value>(
    _ path: String, in root: Folder, _ body: (BoltFile) throws(DiskError) -> Value
  ) throws(DiskError) -> Value? {
    let descriptor = openat(
      root.descriptor, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    for _ in 0..<attempts {
      guard let meta = BoltMeta.newest(of: descriptor) else { break }
      let result = Result { () throws(DiskError) in
        try body(BoltFile(descriptor: descriptor, path: path, meta: meta))
      }
      // What fails may have been overwritten, as what does not.
      if BoltMeta.newest(of: descriptor) == meta { return try result.get() }
      usleep(pause)
    }
    throw .damaged(path: path)
  }

  /// A bucket: a tree of pages of its own, or one small enough to lie within its parent's page.
  enum Bucket {
    case root(page: UInt64)
    case inline(ArraySlice<UInt8>)
  }

  enum Value {
    case bytes(ArraySlice<UInt8>)
    case bucket(Bucket)
  }

  /// The bucket that all others are in.
  var root: Bucket { .root(page: meta.root) }

  /// All keys of a bucket with what they name.
  func entries(of bucket: Bucket) throws(DiskError) -> [(key: ArraySlice<UInt8>, value: Value)] {
    var found: [(key: ArraySlice<UInt8>, value: Value)] = []
    switch bucket {
    case .inline(let bytes):
      try readLeaf(BoltPage(bytes), into: &found)
    case .root(let page):
      // Each page once: a damaged file may name one that leads back to itself.
      var seen: Set<UInt64> = [page]
      var waiting = [page]
      while let next = waiting.popLast() {
        let page = try self.page(next)
        guard page.isBranch else {
          try readLeaf(page, into: &found)
          continue
        }
        for place in 0..<page.count {
          guard let child = page.child(place), seen.insert(child).inserted else {
            throw .damaged(path: path)
          }
          waiting.append(child)
        }
      }
    }
    return found
  }

  private func readLeaf(
    _ page: BoltPage, into found: inout [(key: ArraySlice<UInt8>, value: Value)]
  ) throws(DiskError) {
    guard page.isLeaf else { throw .damaged(path: path) }
    for place in 0..<page.count {
      guard let leaf = page.leaf(place) else { throw .damaged(path: path) }
      guard leaf.isBucket else {
        found.append((leaf.key, .bytes(leaf.value)))
        continue
      }
      // Its root page, a sequence, and, where there is no root page, the page itself.
      guard leaf.value.count >= 16, let root = leaf.value.number(at: 0, as: UInt64.self) else {
        throw .damaged(path: path)
      }
      found.append(
        (leaf.key, .bucket(root == 0 ? .inline(leaf.value.dropFirst(16)) : .root(page: root))))
    }
  }

  private func page(_ id: UInt64) throws(DiskError) -> BoltPage {
    guard id > 1, id < meta.pageCount, let first = bytes(ofPages: 1, from: id) else {
      throw .damaged(path: path)
    }
    let page = BoltPage(first[...])
    guard page.id == id, UInt64(page.overflow) < meta.pageCount - id else {
      throw .damaged(path: path)
    }
    if page.overflow == 0 { return page }
    guard let all = bytes(ofPages: Int(page.overflow) + 1, from: id) else {
      throw .damaged(path: path)
    }
    return BoltPage(all[...])
  }

  private func bytes(ofPages count: Int, from id: UInt64) -> [UInt8]? {
    let size = Int(meta.pageSize)
    guard let place = Int(exactly: id), place <= (Int.max >> 32), count <= (Int.max >> 32) else {
      return nil
    }
    return descriptor.bytes(count * size, at: place * size)
  }
}

extension Int32 {
  /// Reads that many bytes of an open file; nil where it ends before.
  func bytes(_ count: Int, at offset: Int) -> [UInt8]? {
    var status = stat()
    // Before the memory is taken: a damaged file can ask for any amount.
    guard fstat(self, &status) == 0, offset <= status.st_size, count <= status.st_size - offset
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let read = bytes.withUnsafeMutableBytes { buffer in
        pread(self, buffer.baseAddress?.advanced(by: done), count - done, offset + done)
      }
      if read < 0, errno == EINTR { continue }
      guard read > 0 else { return nil }
      done += read
    }
    return bytes
  }
}
