extension Int64 {
  /// A size in bytes as an engine sent it, cut to what a disk can hold: 0 to 256 TiB.
  ///
  /// Sums of thousands of them stay within 64 bits. Below zero there is no size; some engines send -1
  /// for what they do not know.
  var plausibleSize: Int64 { Swift.min(Swift.max(0, self), 1 << 48) }

  /// The same where it matters whether the engine knows a size: nil where it does not.
  var knownSize: Int64? { self < 0 ? nil : plausibleSize }
}
