import Inventory
import Synchronization

/// Hands out the bytes of a copy in chunks, and says at the end whether they were those saved.
package final class ArchiveReader: Sendable {
  private struct State: ~Copyable {
    var file: CopyFile
  }

  private let copy: ArchivedCopy
  private let state: Mutex<State>

  init(of copy: ArchivedCopy, _ file: consuming sending CopyFile) throws(ArchiveError) {
    guard file.size == copy.size else { throw .altered(file: copy.file) }
    self.copy = copy
    state = Mutex(State(file: file))
  }

  /// The next bytes, at most so many; nil at the end.
  ///
  /// - Throws: `altered` in place of the end where the bytes were not those that were saved: what was
  ///   made of them must not be relied on.
  package func next(atMost limit: Int = 1 << 18) throws(ArchiveError) -> [UInt8]? {
    try state.withLock { state throws(ArchiveError) in
      let bytes = try state.file.next(atMost: Int64(max(1, limit)))
      if !bytes.isEmpty, state.file.position <= copy.size { return Array(bytes) }
      try proveEnd(&state)
      return nil
    }
  }

  func readToEnd() throws(ArchiveError) {
    try state.withLock { state throws(ArchiveError) in
      // A file that somebody keeps appending to has no end.
      while state.file.position <= copy.size, try !state.file.next(atMost: .max).isEmpty {}
      try proveEnd(&state)
    }
  }

  private func proveEnd(_ state: inout State) throws(ArchiveError) {
    guard state.file.position == copy.size, try state.file.digest() == copy.digest,
      state.file.position == copy.size
    else { throw .altered(file: copy.file) }
  }
}
