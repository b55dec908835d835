/// Durations as policies write them (`1d12h`) and as people say them (`20 days ago`).
enum Age {
  private static let units: [(letter: Character, word: String, seconds: Int64)] = [
    ("w", "week", 604_800), ("d", "day", 86_400), ("h", "hour", 3_600), ("m", "minute", 60),
    ("s", "second", 1),
  ]
  private static let form = "a number with s, m, h, d or w, such as 30s, 12h or 1d12h"
  /// What a JSON Schema asks of one.
  static let pattern =
    "^(?=[0-9])" + units.map { "([0-9]+\($0.letter))?" }.joined() + "$"
  /// Beyond it sums of times could overflow, and nothing on a host is that old.
  private static let mostSeconds: Int64 = 36_500 * 86_400

  /// Reads `30s`, `24h`, `1d12h`: each unit once at most, the larger first.
  static func read(_ text: String) throws(ValueError) -> Duration {
    var rest = text[...]
    var sum: Int64 = 0
    var allowed = units[...]
    if text.hasPrefix("-") { throw ValueError("\(text.inQuotes) is negative; write \(form)") }
    repeat {
      let digits = rest.prefix { "0123456789".contains($0) }
      guard !digits.isEmpty else {
        throw ValueError("\(text.inQuotes) is not a duration; write \(form)")
      }
      rest = rest.dropFirst(digits.count)
      guard let letter = rest.popFirst() else {
        throw ValueError("\(text.inQuotes) has no unit; write \(form)")
      }
      guard let unit = units.firstIndex(where: { $0.letter == letter }) else {
        throw ValueError(
          "\(text.inQuotes) has the unknown unit \(String(letter).inQuotes); write \(form)")
      }
      guard allowed.indices.contains(unit) else {
        throw ValueError("\(text.inQuotes) must name each unit once, the larger first")
      }
      allowed = allowed[(unit + 1)...]
      let (part, tooLarge) = (Int64(digits) ?? .max).multipliedReportingOverflow(
        by: units[unit].seconds)
      guard !tooLarge, part <= mostSeconds - sum else {
        throw ValueError("\(text.inQuotes) is longer than 100 years")
      }
      sum += part
    } while !rest.isEmpty
    return .seconds(sum)
  }

  /// The shortest way to write it in a policy; below a second nothing is left.
  static func text(_ duration: Duration) -> String {
    var rest = duration.components.seconds
    var text = ""
    for unit in units where rest >= unit.seconds {
      text += "\(rest / unit.seconds)\(unit.letter)"
      rest %= unit.seconds
    }
    return text.isEmpty ? "0s" : text
  }

  /// `20 days`, `1 hour`: in the largest unit up to days, rounded down.
  static func words(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    guard let unit = units.dropFirst().first(where: { seconds >= $0.seconds }) else {
      return "less than a second"
    }
    let count = seconds / unit.seconds
    return "\(count) \(unit.word)\(count == 1 ? "" : "s")"
  }
}
