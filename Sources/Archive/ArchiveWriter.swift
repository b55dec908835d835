package import Foundation
package import Inventory
import Synchronization

/// Takes one copy chunk by chunk; it counts only once `finish` has proven it.
///
/// The bytes go to a file of their own name, which is locked while it is written: what a killed
/// process leaves is not, and `ArchiveStore.removeLeftovers` takes it away. Without `finish` the file
/// goes with the writer.
package final class ArchiveWriter: Sendable {
  private struct State {
    /// -1 once the writing has ended.
    var descriptor: Int32
    /// The finished file.
    var made: FileMark?
    /// The date of the file that had its name before; nil: none had.
    var earlier: Timestamp?
    var sum = SHA256.Running()
  }

  private let folder: ArchiveFolder
  private let content: ArchiveContent
  private let limit: Int64
  private let name: String
  private let state: Mutex<State>

  init(_ content: ArchiveContent, in folder: ArchiveFolder, limit: Int64) throws(ArchiveError) {
    self.folder = folder
    self.content = content
    self.limit = limit
    while true {
      let name = CopyName.partial()
      let descriptor = openat(
        folder.descriptor, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw folder.writingFault(errno, folder.path(of: name)) }
      var status = stat()
      if flock(descriptor, LOCK_EX) == 0, fstat(descriptor, &status) == 0, status.st_nlink == 1 {
        self.name = name
        state = Mutex(State(descriptor: descriptor))
        return
      }
      // Somebody who clears away leftovers came between the two calls.
      close(descriptor)
    }
  }

  deinit { abandon() }

  /// Writes some bytes. After an error nothing of the copy is left.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    try state.withLock { state throws(ArchiveError) in
      guard state.descriptor >= 0 else { throw .ended(content) }
      guard state.sum.count + Int64(bytes.count) <= limit else {
        give(up: &state)
        throw .tooLarge(limit: limit)
      }
      var rest = bytes
      while !rest.isEmpty {
        let count = Foundation.write(state.descriptor, rest.baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else {
          let error = errno
          give(up: &state)
          throw folder.writingFault(error, folder.path(of: name))
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
      state.sum.add(bytes)
    }
  }

  package func write(_ bytes: [UInt8]) throws(ArchiveError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(ArchiveError) in
      try write(UnsafeRawBufferPointer(bytes))
    }
  }

  package func write(_ data: Data) throws(ArchiveError) {
    // Data's own closure cannot throw this type.
    let result = data.withUnsafeBytes { (bytes) -> Result<Void, ArchiveError> in
      do throws(ArchiveError) {
        try write(bytes)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// Bytes so far.
  package var count: Int64 { state.withLock { $0.sum.count } }

  /// Brings the bytes to the disk, reads the file back, proves that it holds the object whole, and
  /// gives it its name. It takes as long as reading and digesting the file does.
  ///
  /// - Throws: `incomplete` where the proof fails; nothing of the copy is left then.
  package func finish(
    at now: Timestamp, expiring expiry: Timestamp?
  ) throws(ArchiveError) -> ArchivedCopy {
    try state.withLock { state throws(ArchiveError) in
      guard state.descriptor >= 0 else { throw .ended(content) }
      do throws(ArchiveError) {
        let copy = try finish(&state, now, expiry)
        close(state.descriptor)
        state.descriptor = -1
        return copy
      } catch {
        give(up: &state)
        throw error
      }
    }
  }

  /// Ends the writing and leaves nothing of the copy; nothing happens once it was finished.
  package func abandon() { state.withLock { give(up: &$0) } }

  /// Deletes the finished copy again: it turned out not to be needed. Where its name was not free before
  /// it, it stays, with the date of the file that had the name; and as it is where somebody has replaced or
  /// reused it since.
  package func takeBack() throws(ArchiveError) {
    try state.withLock { state throws(ArchiveError) in
      guard let made = state.made else { return }
      state.made = nil
      if let earlier = state.earlier {
        folder.unmark(made.name, to: earlier) { FileMark(made.name, $0) == made }
      } else {
        try folder.delete(made.name) { FileMark(made.name, $0) == made }
      }
    }
  }

  private func finish(
    _ state: inout State, _ now: Timestamp, _ expiry: Timestamp?
  ) throws(ArchiveError) -> ArchivedCopy {
    try folder.date(state.descriptor, now, of: name)
    guard fsync(state.descriptor) == 0 else {
      throw folder.writingFault(errno, folder.path(of: name))
    }
    let digest = try content.digestOfProven(name, in: folder)
    guard digest == state.sum.hex(), folder.size(of: name) == state.sum.count else {
      throw .altered(file: folder.path(of: name))
    }
    let final: String
    switch content {
    case .volume: final = CopyName.volume(digest: digest)
    case .image(let id):
      guard let name = CopyName.image(id) else { throw .unusableID(id) }
      final = name
    }
    folder.mark()
    let earlier = folder.lastUse(of: final)
    let isNew = try folder.give(name, the: final)
    try folder.sync()
    var status = stat()
    // One that came between the two calls is as young as this one.
    if fstat(state.descriptor, &status) == 0, isNew || earlier != nil {
      state.made = FileMark(final, status)
      state.earlier = isNew ? nil : earlier
    }
    return ArchivedCopy(
      file: folder.path(of: final), size: state.sum.count, digest: digest, image: content.image,
      savedAt: now, expiresAt: expiry)
  }

  private func give(up state: inout State) {
    guard state.descriptor >= 0 else { return }
    unlinkat(folder.descriptor, name, 0)
    close(state.descriptor)
    state.descriptor = -1
  }
}

extension ArchiveContent {
  /// Reads a file, proves that it holds this whole, and returns its digest.
  func digestOfProven(_ name: String, in folder: ArchiveFolder) throws(ArchiveError) -> String {
    let file = try CopyFile(name, in: folder)
    switch self {
    case .image(let id): return try ImageProof.digest(of: file, holding: id)
    case .volume:
      var tar = TarReader(file, holding: self)
      try VolumeTar.prove(&tar)
      return try tar.digest()
    }
  }
}
