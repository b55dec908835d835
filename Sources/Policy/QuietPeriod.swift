import Inventory

/// A pull or a build in progress shows as images without a tag and as new build cache, long before an
/// event tells that it is done. While such things happen on a host, what is that young is left alone.
extension RetentionPolicy {
  private static let quietPeriod = Duration.seconds(300)

  static let activity = "images were built or pulled less than 5 minutes ago"

  /// When the host has been quiet for long enough; nil where nobody knows of any activity, and where
  /// no grace says that nothing shall be waited for.
  func quietUntil(_ snapshot: Snapshot) -> Timestamp? {
    guard grace > .zero else { return nil }
    return snapshot.lastImageActivity.map { $0 + Self.quietPeriod }
  }

  /// Whether something can belong to what goes on; what nobody knows the age of can.
  static func isRecent(_ time: Timestamp?, at now: Timestamp) -> Bool {
    time.map { now - $0 < quietPeriod } ?? true
  }
}
