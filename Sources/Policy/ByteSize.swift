/// Sizes as policies write them: `500MB`, `1.5GiB`, `2g`.
enum ByteSize {
  /// The larger first. Docker prints sizes in the decimal ones, and takes the single letters as powers
  /// of 1024 (`docker run --memory 512m`).
  private static let units: [(name: String, bytes: Int64)] = [
    ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000),
    ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("kB", 1_000), ("b", 1),
    ("t", 1 << 40), ("g", 1 << 30), ("m", 1 << 20), ("k", 1 << 10),
  ]
  private static let form = "a number with B, kB, MB, GB or TB, or KiB, MiB, GiB or TiB"
  private static let digits = "0123456789"

  /// What a JSON Schema asks of one.
  static let pattern = #"^[0-9]+(\.[0-9]+)?([kKmMgGtT]([iI]?[bB])?|[bB])$"#

  /// An exbibyte: sums and shares of it stay far from what a number can hold.
  private static let mostBytes: Int64 = 1 << 60

  /// Reads a whole or decimal number and a unit, in upper or lower case; fractions of a byte are left
  /// out.
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
    guard let unit = units.first(where: { $0.name.lowercased() == rest.lowercased() }) else {
      throw ValueError(
        "\(text.inQuotes) has the unknown unit \(String(rest).inQuotes); write \(form)")
    }
    guard let bytes = bytes(whole, fraction, times: unit.bytes), bytes <= mostBytes else {
      throw ValueError("\(text.inQuotes) is more than any disk holds")
    }
    return bytes
  }

  /// The shortest exact way to write it in a policy.
  static func text(_ bytes: Int64) -> String {
    let unit = units.first { bytes % $0.bytes == 0 && bytes >= $0.bytes } ?? ("b", 1)
    return "\(bytes / unit.bytes)\(unit.name)"
  }

  /// Nil where it is out of range.
  private static func bytes(
    _ whole: Substring, _ fraction: Substring, times factor: Int64
  ) -> Int64? {
    let (product, overflow) = (Int64(whole) ?? .max).multipliedReportingOverflow(by: factor)
    guard !overflow, Int64(whole) != nil else { return nil }
    // Six digits are more than any unit is written with, and keep the product in range.
    let padded = fraction.prefix(6) + String(repeating: "0", count: max(0, 6 - fraction.count))
    let part =
      (Int64(padded) ?? 0) * (factor / 1_000_000)
      + (Int64(padded) ?? 0) * (factor % 1_000_000) / 1_000_000
    let (sum, tooLarge) = product.addingReportingOverflow(part)
    return tooLarge ? nil : sum
  }
}
