import Inventory

/// The value of Docker's `until` filter: a duration as Go writes it, a date, or seconds since 1970.
enum UntilFilter {
  private static let form =
    "write a duration such as 24h or 1h30m, a date such as 2026-01-31T12:00:00Z, or seconds since 1970"
  /// Microseconds by Go's unit (`time.ParseDuration`); the longer names first.
  private static let units: [(name: String, microseconds: Double)] = [
    ("ns", 0.001), ("us", 1), ("µs", 1), ("μs", 1), ("ms", 1_000), ("h", 3_600_000_000),
    ("m", 60_000_000), ("s", 1_000_000),
  ]
  /// A hundred years: beyond it sums of times could overflow.
  private static let most = 3.1536e15

  /// The time that is meant, and a value of `created-before` that means the same.
  static func read(
    _ text: String, at now: Timestamp, localOffset: (Timestamp) -> Int64
  ) throws(ValueError) -> (time: Timestamp, text: String) {
    if text != "0", let age = duration(text) {
      guard abs(age) <= most else { throw ValueError("\(text.inQuotes) is longer than 100 years") }
      // The engine counts in whole seconds (`GetTimestamp`): what is of this second is too young.
      let exact = (now - .microseconds(Int64(age))).microseconds
      let time = Timestamp(microseconds: exact - (exact % 1_000_000))
      return (time, time.rfc3339)
    }
    if text.dropFirst().contains("-"), let time = date(text, localOffset) {
      return (time, time.rfc3339)
    }
    if let seconds = number(text[...]), seconds.rest.isEmpty, seconds.value < 1e11 {
      let time = Timestamp(microseconds: Int64(seconds.value * 1_000_000))
      return (time, time.rfc3339)
    }
    let isAge = (try? Age.read(text)) != nil
    let hint = isAge ? "docker knows no days and weeks here; " : ""
    throw ValueError("\(text.inQuotes) is no time: \(hint)\(form)")
  }

  /// In microseconds; nil for what is none.
  private static func duration(_ text: String) -> Double? {
    var rest = text[...]
    let sign = rest.first
    if sign == "-" || sign == "+" { rest.removeFirst() }
    if rest == "0" { return 0 }
    guard !rest.isEmpty else { return nil }
    var sum = 0.0
    while !rest.isEmpty {
      guard let part = number(rest),
        let unit = units.first(where: { part.rest.hasPrefix($0.name) })
      else { return nil }
      sum += part.value * unit.microseconds
      rest = part.rest.dropFirst(unit.name.count)
    }
    return sign == "-" ? -sum : sum
  }

  /// A decimal number in front of a text.
  private static func number(_ text: Substring) -> (value: Double, rest: Substring)? {
    let digits = text.prefix { "0123456789.".contains($0) }
    guard digits != ".", let value = Double(digits) else { return nil }
    return (value, text.dropFirst(digits.count))
  }

  /// A date, with a time to the hour or closer, in a zone or in local time.
  private static func date(_ text: String, _ localOffset: (Timestamp) -> Int64) -> Timestamp? {
    let day = text.prefix(10)
    guard let midnight = Timestamp(rfc3339: day + "T00:00:00Z"), midnight.rfc3339.hasPrefix(day)
    else { return nil }
    var clock = text.dropFirst(10)
    let zone = clock.firstIndex { "zZ+-".contains($0) }.map { String(clock[$0...]) }
    clock = clock.dropLast(zone?.count ?? 0)
    if !clock.isEmpty {
      guard clock.first == "T" else { return nil }
      clock.removeFirst()
    }
    let colons = clock.count { $0 == ":" }
    let whole =
      clock.isEmpty
      ? "00:00:00" : clock + String(repeating: ":00", count: max(0, 2 - colons))
    guard let time = Timestamp(rfc3339: "\(day)T\(whole)\(zone ?? "Z")") else { return nil }
    guard zone == nil else { return time }
    return time - .seconds(localOffset(time - .seconds(localOffset(time))))
  }
}
