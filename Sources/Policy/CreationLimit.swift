import Inventory

/// The value of `created-before`: an age (`30d`) or a date.
enum CreationLimit: Hashable, Sendable {
  case age(Duration)
  case date(Timestamp)

  /// What a JSON Schema asks of a date.
  static let datePattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?$"

  init(_ text: String) throws(ValueError) {
    guard text.utf8.count >= 10, text.utf8.dropFirst(4).first == UInt8(ascii: "-") else {
      do {
        self = .age(try Age.read(text))
      } catch {
        throw ValueError(error.message + ", or a date such as 2026-01-31")
      }
      return
    }
    let day = text.prefix(10)
    // A day that does not exist (February 30) would silently become one in the next month.
    guard let midnight = Timestamp(rfc3339: day + "T00:00:00Z"), midnight.rfc3339.hasPrefix(day),
      let date = text.utf8.count == 10 ? midnight : Timestamp(rfc3339: text)
    else {
      throw ValueError(
        "\(text.inQuotes) is not a date; write 2026-01-31 or 2026-01-31T12:00:00Z (RFC 3339)")
    }
    self = .date(date)
  }

  /// Whether something was created before it; a date that nobody knows never was.
  func isAfter(_ created: Timestamp?, at now: Timestamp) -> Bool {
    guard let created else { return false }
    switch self {
    case .age(let age): return created < now - age
    case .date(let date): return created < date
    }
  }

  /// From when on something was created before it; nil where that never changes.
  func beginning(for created: Timestamp?) -> Timestamp? {
    guard case .age(let age) = self, let created else { return nil }
    return Timestamp(microseconds: (created + age).microseconds + 1)
  }
}
