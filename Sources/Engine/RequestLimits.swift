/// What a single request may cost; every request is held to one of these deadlines.
package struct RequestLimits: Hashable, Sendable {
  /// For what an engine answers from memory without a lock: `/_ping`, `/events`.
  package var instant: Duration
  /// For lists and inspects.
  package var quick: Duration
  /// For what walks the disk or works on it: deletes, `/system/df`, a stop of unknown length.
  package var long: Duration
  /// The largest list that is read, in bytes.
  package var maxBodyBytes: Int
  /// Without a byte of an archive or of a pull's progress, either way.
  package var idle: Duration
  /// For a whole archive or pull, however steadily it trickles.
  package var transfer: Duration

  /// The largest reply about a single object, in bytes.
  static let maxObjectBytes = 16 << 20

  package static let standard = RequestLimits(
    instant: .seconds(15), quick: .seconds(60), long: .seconds(900), maxBodyBytes: 256 << 20)

  package init(
    instant: Duration, quick: Duration, long: Duration, maxBodyBytes: Int,
    idle: Duration = .seconds(300), transfer: Duration = .seconds(6 * 3600)
  ) {
    self.instant = instant
    self.quick = quick
    self.long = long
    self.maxBodyBytes = maxBodyBytes
    self.idle = idle
    self.transfer = transfer
  }

  /// For bodies of any size; before an image's first byte the engine writes all of it to its disk.
  var pace: Pace { Pace(beginning: long, idle: idle, total: transfer) }

  /// In seconds. Sums with more of them could overflow, and nobody waits so long.
  private static let century = 3_153_600_000

  /// For a stop that may take `seconds` by itself; nil and negative: of unknown length.
  func stop(taking seconds: Int?) -> Duration {
    guard let seconds, seconds >= 0 else { return long }
    return .seconds(min(seconds, Self.century)) + quick
  }
}
