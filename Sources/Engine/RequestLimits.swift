/// What a single request may cost; every request is held to one of these deadlines.
package struct RequestLimits: Hashable, Sendable {
  /// For what an engine answers from memory without a lock: `/_ping`, `/events`.
  package var instant: Duration
  /// For lists and inspects.
  package var quick: Duration
  /// For what walks the disk or works on it: deletes, `/system/df`, a stop of unknown length.
  package var long: Duration
  /// The largest reply that is read, in bytes.
  package var maxBodyBytes: Int

  package static let standard = RequestLimits(
    instant: .seconds(15), quick: .seconds(60), long: .seconds(900), maxBodyBytes: 256 << 20)

  package init(instant: Duration, quick: Duration, long: Duration, maxBodyBytes: Int) {
    self.instant = instant
    self.quick = quick
    self.long = long
    self.maxBodyBytes = maxBodyBytes
  }

  /// In seconds. Sums with more of them could overflow, and nobody waits so long.
  private static let century = 3_153_600_000

  /// For a stop that may take `seconds` by itself; nil and negative: of unknown length.
  func stop(taking seconds: Int?) -> Duration {
    guard let seconds, seconds >= 0 else { return long }
    return .seconds(min(seconds, Self.century)) + quick
  }
}
