/// Tells the tar of a directory that holds nothing.
package enum EmptyFolder {
  /// Whether a whole tar has no entry but the directory itself; not where it cannot be read.
  package static func isTar(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while rest.count >= 512 {
      let block = Array(rest.prefix(512))
      if block.allSatisfy({ $0 == 0 }) { return rest.allSatisfy { $0 == 0 } }
      guard let header = TarHeader(block) else { return false }
      switch header.kind {
      case .directory: guard ["./", "."].contains(header.name) else { return false }
      case .extended, .global: break
      default: return false
      }
      let size = header.hasContent ? header.size : 0
      guard size >= 0, size <= Int64(rest.count) else { return false }
      rest = rest.dropFirst(512 + (Int(size) + 511) / 512 * 512)
    }
    return false
  }
}
