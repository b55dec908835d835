import Foundation
import Inventory
import TestSupport
import Testing

struct TimestampTests {
  @Test(arguments: [
    // Engines send as many fraction digits as they need; below a microsecond is cut off.
    ("2026-11-24T03:06:26.274368582Z", 1_795_489_586_274_368),
    ("2026-11-24T03:06:26.2743685Z", 1_795_489_586_274_368),
    ("2026-11-24T03:06:26.5Z", 1_795_489_586_500_000),
    ("2026-11-24T03:06:26Z", 1_795_489_586_000_000),
    // Offsets count.
    ("2026-11-24T05:06:26+02:00", 1_795_489_586_000_000),
    ("2026-11-23T22:36:26-04:30", 1_795_489_586_000_000),
    // Before 1970, and on a leap day.
    ("1969-12-31T23:59:59.5Z", -500_000),
    ("2024-02-29T12:00:00Z", 1_709_208_000_000_000),
  ])
  func everyFormThatEnginesSendIsRead(text: String, microseconds: Int64) {
    #expect(Timestamp(rfc3339: text) == Timestamp(microseconds: microseconds))
  }

  @Test(arguments: [
    "0001-01-01T00:00:00Z", "", "now", "2026-11-24", "2026-13-24T03:06:26Z",
    "2026-11-24T25:06:26Z", "2026-11-24T03:06:26", "2026-11-24T03:06:26.Z",
    "2026-11-24T03:06:26+2:00", "2026-11-24T03:06:2\u{e9}Z",
  ])
  func goZeroTimeAndGarbageAreNoTime(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func writtenTimesReadBackTheSame(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let time = Timestamp(
      microseconds: .random(in: -60_000_000_000_000_000...200_000_000_000_000_000, using: &random))
    #expect(Timestamp(rfc3339: time.rfc3339) == time)
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func calendarAgreesWithFoundation(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let seconds = Int64.random(in: 0...4_000_000_000, using: &random)
    let formatter = ISO8601DateFormatter()
    #expect(
      Timestamp(seconds: seconds).rfc3339
        == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
  }

  @Test func differencesAndSumsAreExact() {
    let time = Timestamp(microseconds: 1_795_489_586_274_368)
    #expect((time + .seconds(90)) - time == .seconds(90))
    #expect((time - .milliseconds(1)).microseconds == 1_795_489_586_273_368)
  }
}
