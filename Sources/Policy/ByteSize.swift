/// Sizes as policies write them: `500MB`, `1GiB`, `2g`.
enum ByteSize {
  /// As Docker prints sizes, decimal, and binary ones with an `i`; the largest first.
  private static let units: [(letter: Character, power: Int)] = [
    ("t", 4), ("g", 3), ("m", 2), ("k", 1),
  ]
  private static let form = "a number with B, kB, MB, GB or TB, or KiB, MiB, GiB or TiB"

  /// What a JSON Schema asks of one.
  static let pattern = #"^[0-9]+(\.[0-9]+)?([kKmMgGtT]([iI]?[bB])?|[bB])$"#

  /// Reads a whole or decimal number and its unit, in any case; a letter alone is decimal.
  static func read(_ text: String) throws(ValueError) -> Int64 {
    if text.hasPrefix("-") { throw ValueError("\(text.inQuotes) is negative; write \(form)") }
    let whole = text.prefix { digits.contains($0) }
    guard !whole.isEmpty else { throw ValueError("\(text.inQuotes) is not a size; write \(form)") }
    var rest = text.dropFirst(whole.count)
    var fraction: Substring = ""
    if rest.first == "." {
      fraction = rest.dropFirst().prefix { digits.contains($0) }
      guard !fraction.isEmpty else {
        throw ValueError("\(text.inQuotes) is not a size; write \(form)")
      }
      rest = rest.dropFirst(1 + fraction.count)
    }
    guard !rest.isEmpty else {
      throw ValueError(
        "\(text.inQuotes) has no unit; write \(form)",
        suggestion: whole.utf8.count < 12 ? text + "MB" : nil)
    }
    guard let factor = factor(of: rest.lowercased()) else {
      throw ValueError(
        "\(text.inQuotes) has the unknown unit \(String(rest).inQuotes); write \(form)")
    }
    guard let bytes = bytes(whole, fraction, times: factor) else {
      throw ValueError("\(text.inQuotes) is more than 8 EiB")
    }
    return bytes
  }

  private static let digits = "0123456789"

  private static func factor(of unit: String) -> Int64? {
    if unit == "b" { return 1 }
    guard let first = unit.first, let power = units.first(where: { $0.letter == first })?.power
    else { return nil }
    let base: Int64
    switch unit.dropFirst() {
    case "", "b": base = 1_000
    case "ib": base = 1_024
    default: return nil
    }
    return (0..<power).reduce(1) { product, _ in product * base }
  }

  /// Nil where it is out of range; fractions of a byte are left out.
  private static func bytes(
    _ whole: Substring, _ fraction: Substring, times factor: Int64
  ) -> Int64? {
    let (product, overflow) = (Int64(whole) ?? .max).multipliedReportingOverflow(by: factor)
    guard !overflow, Int64(whole) != nil else { return nil }
    var (part, unit) = (Int64(0), factor)
    // Twelve digits are all that a factor of TiB can tell apart.
    for digit in fraction.prefix(12) {
      part += Int64(digit.wholeNumberValue ?? 0) * unit / 10
      unit /= 10
    }
    let (sum, tooLarge) = product.addingReportingOverflow(part)
    return tooLarge ? nil : sum
  }
}
