package import Foundation
package import Inventory

/// A copy that is what was saved, and is held open: whatever its path names later, these are its bytes.
package struct ProvenCopy: Sendable {
  package let copy: ArchivedCopy
  /// Reads from the beginning.
  package let file: FileHandle
  /// Where the names of a volume begin; nil for an image.
  package let form: VolumeTar?
}

extension ArchiveStore {
  /// Makes sure that a copy is the file that was saved, by its size and its digest, and keeps it open
  /// to be sent somewhere.
  @discardableResult
  package func verify(_ copy: ArchivedCopy) throws(ArchiveError) -> ProvenCopy {
    let name = try name(of: copy)
    let file = try CopyFile(name, in: folder)
    let path = file.path
    let handle = try file.handle()
    try ArchiveReader(of: copy, file).readToEnd()
    var form: VolumeTar?
    if copy.image == nil {
      var tar = TarReader(try CopyFile(handle, at: path), holding: .volume)
      form = try VolumeTar.form(of: &tar)
    }
    guard lseek(handle.fileDescriptor, 0, SEEK_SET) == 0 else {
      throw .unreadable(file: path, reason: String(cString: strerror(errno)))
    }
    return ProvenCopy(copy: copy, file: handle, form: form)
  }
}
