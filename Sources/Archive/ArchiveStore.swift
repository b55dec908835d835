import Foundation
package import Inventory

/// Keeps verified copies of what a sweep removes, in files of one directory, until they expire.
///
/// It knows no engine: bytes come as chunks. It keeps no list either: the journal of runs has each
/// copy with its expiry, and a file that several records name goes when the last of them has expired.
/// Files are named after digests, so an image is saved once.
package struct ArchiveStore: Sendable {
  let folder: ArchiveFolder
  /// How long a file that somebody wrote or used is left alone, whoever knows of it: by then the journal
  /// of that sweep names it.
  private static let restTime = Duration.seconds(86_400)

  /// Opens a directory, and makes it for this user alone (mode 0700) where it is missing.
  ///
  /// - Throws: `openToOthers` where another user owns it or may write there, `unusableDirectory` for
  ///   a relative path, a symbolic link, and whatever the system refuses.
  package init(directory: String) throws(ArchiveError) {
    folder = try ArchiveFolder(directory, making: true)
  }

  /// Opens the directory in which a copy was saved, and makes none.
  ///
  /// - Throws: `missing` where it is not there: its disk may not be mounted now.
  package init(of copy: ArchivedCopy) throws(ArchiveError) {
    let directory = copy.file.lastIndex(of: "/").map { String(copy.file[..<$0]) } ?? ""
    var status = stat()
    if stat(directory, &status) != 0, errno == ENOENT { throw .missing(file: copy.file) }
    folder = try ArchiveFolder(directory, making: false)
  }

  /// The absolute path, as `ArchivedCopy.file` begins.
  package var directory: String { folder.path }

  /// Bytes that this user may still write there; nil where the system does not say.
  package var free: Int64? {
    var status = statvfs()
    guard fstatvfs(folder.descriptor, &status) == 0 else { return nil }
    let (bytes, overflow) = Int64(clamping: status.f_bavail)
      .multipliedReportingOverflow(by: Int64(clamping: status.f_frsize))
    return overflow ? .max : bytes
  }

  /// Bytes of all files of archives there, unfinished ones too.
  package func used() throws(ArchiveError) -> Int64 {
    try folder.names().filter { CopyName.isWhole($0) || CopyName.isPartial($0) }
      .reduce(0) { $0 + (folder.size(of: $1) ?? 0) }
  }

  /// Begins a copy of at most so many bytes.
  ///
  /// - Throws: `unusableID` for an image whose id is no digest.
  package func write(
    _ content: ArchiveContent, atMost limit: Int64 = .max
  ) throws(ArchiveError) -> ArchiveWriter {
    if case .image(let id) = content, CopyName.image(id) == nil { throw .unusableID(id) }
    return try ArchiveWriter(content, in: folder, limit: limit)
  }

  /// The copy of an image that is there already; nil where there is none.
  ///
  /// The file is read and proven anew, as one just written is, and counts as used now: whoever saved
  /// it does not take it back any more.
  ///
  /// - Parameter known: What an earlier run wrote down of it, if that is known: the later expiry of
  ///   both counts, and another digest makes it no copy.
  /// - Throws: `incomplete` or `altered` where what is there is no whole copy: writing it anew
  ///   replaces it.
  package func existing(
    _ image: ImageID, at now: Timestamp, expiring expiry: Timestamp?, known: ArchivedCopy? = nil
  ) throws(ArchiveError) -> ArchivedCopy? {
    guard let name = CopyName.image(image) else { throw .unusableID(image) }
    let file = folder.path(of: name)
    let digest: String
    do throws(ArchiveError) {
      guard try folder.markAsUsed(name, at: now) else { return nil }
      digest = try ArchiveContent.image(image).digestOfProven(name, in: folder)
    } catch .missing(_) {
      return nil
    }
    guard let size = folder.size(of: name) else { throw .altered(file: file) }
    let earlier = known.flatMap { $0.file == file ? $0 : nil }
    if let earlier, earlier.digest != digest || earlier.size != size { throw .altered(file: file) }
    return ArchivedCopy(
      file: file, size: size, digest: digest, image: image, savedAt: now,
      expiresAt: earlier.map { Self.later($0.expiresAt, expiry) } ?? expiry)
  }

  /// When the copy of an image was last written or marked as used; nil: there is none.
  package func lastUse(of image: ImageID) -> Timestamp? {
    CopyName.image(image).flatMap { folder.lastUse(of: $0) }
  }

  /// Takes back that a copy was used: nothing came to rely on it, and with its new date it would outlive
  /// every record of it.
  ///
  /// - Parameter earlier: the date that it had before.
  package func takeBackUse(of copy: ArchivedCopy, since earlier: Timestamp) {
    guard let name = try? name(of: copy) else { return }
    folder.unmark(name, to: earlier) { $0.lastUse == copy.savedAt }
  }

  /// Opens a copy, for its bytes to be sent somewhere.
  ///
  /// - Throws: `altered` at once where its size is another than that which was saved.
  package func read(_ copy: ArchivedCopy) throws(ArchiveError) -> ArchiveReader {
    let name = try name(of: copy)
    return try ArchiveReader(of: copy, try CopyFile(name, in: folder))
  }

  /// Deletes the files of whole copies that nobody knows of, and that were not written or used for a
  /// time: a run that was killed before its journal named them leaves such. Only where one index alone
  /// has all that there is to know: another's copies would look the same. What was written within the
  /// last day always stays, since a sweep may be about to rely on it.
  ///
  /// - Parameter known: copies that are on record; a file of the same name anywhere is theirs, since
  ///   the directory may have had another path then.
  package func removeOrphans(
    besides known: [ArchivedCopy], unusedFor time: Duration, at now: Timestamp
  ) throws(ArchiveError) {
    let names = Set(known.compactMap { $0.file.split(separator: "/").last.map(String.init) })
    let limit = now - max(time, Self.restTime)
    for name in try folder.names() where CopyName.isWhole(name) && !names.contains(name) {
      // Links and the like are not ours.
      guard folder.size(of: name) != nil else { continue }
      try folder.delete(name) { $0.lastUse < limit }
    }
  }

  /// Deletes the file of a copy that has expired; answers whether it is gone. One that was written or
  /// used since it was put on record stays: another sweep is about to rely on it, or another index has
  /// it on record.
  ///
  /// - Parameter copy: with the date of the last of its records.
  package func removeExpired(_ copy: ArchivedCopy) throws(ArchiveError) -> Bool {
    let name = try name(of: copy)
    if try folder.delete(name, if: { $0.lastUse <= copy.savedAt }) { return true }
    // Where a disk is mounted that is not there now, the directory is another one.
    return folder.size(of: name) == nil && folder.isMarked
  }

  /// Deletes a copy's file; nothing happens where it is gone.
  ///
  /// - Throws: `notOurs` for a path outside of the directory, for a name that no archive gives, and
  ///   for what is no regular file: nothing else is ever deleted.
  package func remove(_ copy: ArchivedCopy) throws(ArchiveError) {
    let name = try name(of: copy)
    var status = stat()
    guard fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      if errno == ENOENT { return }
      throw .unreadable(file: copy.file, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notOurs(file: copy.file) }
    guard unlinkat(folder.descriptor, name, 0) == 0 || errno == ENOENT else {
      throw folder.writingFault(errno, copy.file)
    }
    try folder.sync()
  }

  /// Deletes what writers of processes that were killed have left, and returns how many files that
  /// were. What is still being written, by whichever process, is locked and stays.
  @discardableResult
  package func removeLeftovers() throws(ArchiveError) -> Int {
    var count = 0
    for name in try folder.names() where CopyName.isPartial(name) {
      let descriptor = openat(
        folder.descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
      if unlinkat(folder.descriptor, name, 0) == 0 { count += 1 }
    }
    return count
  }

  /// The name of a copy's file.
  ///
  /// - Throws: `notOurs` for a path outside of the directory, and for a name that no archive gives.
  func name(of copy: ArchivedCopy) throws(ArchiveError) -> String {
    guard let name = folder.name(of: copy.file), CopyName.isWhole(name) else {
      throw .notOurs(file: copy.file)
    }
    return name
  }

  /// Of two times of expiry the later; none is later than any.
  private static func later(_ left: Timestamp?, _ right: Timestamp?) -> Timestamp? {
    guard let left, let right else { return nil }
    return max(left, right)
  }
}
