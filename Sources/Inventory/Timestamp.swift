/// A point in time, in whole microseconds since 1970 (UTC).
///
/// Whole numbers, so that what was written to a plan or the index compares equal when read back;
/// `Date` with its fraction of a second does not. Engines send nanoseconds: what lies below a
/// microsecond is cut off, the same way every time.
package struct Timestamp: Hashable, Comparable, Sendable {
  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

  /// What lies beyond the years 1 to 9999 is cut to them: engines can send any number.
  package init(seconds: Int64) {
    microseconds = min(max(seconds, -62_135_596_800), 253_402_300_799) * 1_000_000
  }

  package static func < (left: Self, right: Self) -> Bool {
    left.microseconds < right.microseconds
  }

  package static func - (left: Self, right: Self) -> Duration {
    .microseconds(left.microseconds - right.microseconds)
  }

  package static func - (left: Self, right: Duration) -> Self { left + (.zero - right) }

  package static func + (left: Self, right: Duration) -> Self {
    let parts = right.components
    return Self(
      microseconds: left.microseconds + parts.seconds * 1_000_000
        + parts.attoseconds / 1_000_000_000_000)
  }
}

extension Timestamp {
  /// Reads RFC 3339 with any number of fraction digits and any offset, as engines send it.
  ///
  /// Nil for anything else, and for year 1 (`0001-01-01T00:00:00Z`), which is how Go's zero time
  /// says "never" or "unknown".
  package init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t")
        || bytes[10] == UInt8(ascii: " "),
      bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":")
    else { return nil }
    guard let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
      let day = Self.number(bytes[8..<10]), let hour = Self.number(bytes[11..<13]),
      let minute = Self.number(bytes[14..<16]), let second = Self.number(bytes[17..<19]),
      year > 1, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
      second <= 60
    else { return nil }
    var rest = bytes[19...]
    var micros: Int64 = 0
    if rest.first == UInt8(ascii: ".") {
      let digits = rest.dropFirst().prefix { $0 >= 48 && $0 <= 57 }
      guard !digits.isEmpty else { return nil }
      var padded = Array(digits.prefix(6))
      while padded.count < 6 { padded.append(48) }
      guard let fraction = Self.number(padded[...]) else { return nil }
      micros = fraction
      rest = rest.dropFirst(1 + digits.count)
    }
    guard let offset = Self.offset(rest) else { return nil }
    let days = Self.days(year: year, month: month, day: day)
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
    self.init(microseconds: seconds * 1_000_000 + micros)
  }

  /// RFC 3339 in UTC; six fraction digits, or none where the second is whole.
  package var rfc3339: String {
    let wholeSeconds = Self.floorDivide(microseconds, 1_000_000)
    let micros = microseconds - wholeSeconds * 1_000_000
    let day = Self.floorDivide(wholeSeconds, 86_400)
    let inDay = wholeSeconds - day * 86_400
    let (year, month, dayOfMonth) = Self.civil(day)
    let date = "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(dayOfMonth, 2))"
    let time =
      "\(Self.pad(inDay / 3_600, 2)):\(Self.pad(inDay / 60 % 60, 2)):\(Self.pad(inDay % 60, 2))"
    return "\(date)T\(time)\(micros == 0 ? "" : "." + Self.pad(micros, 6))Z"
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    var value: Int64 = 0
    for digit in digits {
      guard digit >= 48, digit <= 57 else { return nil }
      value = value * 10 + Int64(digit - 48)
    }
    return value
  }

  private static func offset(_ text: ArraySlice<UInt8>) -> Int64? {
    if text.count == 1, text.first == UInt8(ascii: "Z") || text.first == UInt8(ascii: "z") {
      return 0
    }
    let parts = Array(text)
    guard parts.count == 6, parts[3] == UInt8(ascii: ":"),
      parts[0] == UInt8(ascii: "+") || parts[0] == UInt8(ascii: "-"),
      let hours = number(parts[1..<3]), let minutes = number(parts[4..<6]), hours < 24, minutes < 60
    else { return nil }
    return (parts[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 3_600 + minutes * 60)
  }

  private static func pad(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
    value >= 0 ? value / by : -((-value + by - 1) / by)
  }

  /// Days since 1970-01-01 of a proleptic Gregorian date; years are counted from March, so that the
  /// leap day is the last of its year.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let fromMarch = month > 2 ? year : year - 1
    let era = floorDivide(fromMarch, 400)
    let yearOfEra = fromMarch - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}

extension Timestamp: Codable, CustomStringConvertible {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = Timestamp(rfc3339: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is not an RFC 3339 date")
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rfc3339)
  }

  package var description: String { rfc3339 }
}
