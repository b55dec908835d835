/// One value of `exit-code`: a number (`137`) or a range (`1-255`).
struct ExitCodes: Hashable, Sendable {
  static let pattern = "^[0-9]{1,3}(-[0-9]{1,3})?$"

  private let range: ClosedRange<Int>

  init(_ text: String) throws(ValueError) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let numbers = parts.compactMap(Self.number)
    guard (1...2).contains(parts.count), numbers.count == parts.count,
      let first = numbers.first, let last = numbers.last
    else {
      throw ValueError(
        "\(text.inQuotes) is not an exit code; write a number from 0 to 255, or a range such as "
          + "1-255")
    }
    guard first <= last else {
      throw ValueError(
        "\(text.inQuotes) ends before it begins", suggestion: "\(parts[1])-\(parts[0])")
    }
    range = first...last
  }

  func contains(_ code: Int) -> Bool { range.contains(code) }

  private static func number(_ text: Substring) -> Int? {
    guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
      let number = Int(text), number <= 255
    else { return nil }
    return number
  }
}
