package import Policy

/// Where a plan's steps save what they take away, and for how long; what is saved is what is called
/// `archived`.
package struct ArchivePlan: Hashable, Sendable, Codable {
  /// Absolute; nil: `archive` in the state directory of whoever carries it out.
  package let directory: String?
  /// Seconds that copies are kept.
  package let keepFor: Int
  /// Bytes of all copies in the directory; nil: as many as fit.
  package let maxSize: Int64?

  package init(directory: String? = nil, keepFor: Int, maxSize: Int64? = nil) {
    self.directory = directory
    self.keepFor = keepFor
    self.maxSize = maxSize
  }

  /// What no plan of ours says.
  var problem: String? {
    if directory?.hasPrefix("/") == false { return "archive.directory is no absolute path" }
    if !(0...Self.longest).contains(keepFor) { return "archive.keepFor is no number of seconds" }
    return (maxSize ?? 0) < 0 ? "archive.maxSize is no number of bytes" : nil
  }

  /// A hundred years, in seconds: no policy has more.
  private static let longest = 3_153_600_000

  package init(_ rule: ArchiveRule) {
    self.init(
      directory: rule.directory, keepFor: Int(rule.keepFor.components.seconds),
      maxSize: rule.maxSize)
  }
}
