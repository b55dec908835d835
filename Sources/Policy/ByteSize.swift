/// Sizes as policies write them: `50GB`, `1.5GiB`, `512m`.
enum ByteSize {
  /// The larger first. Docker prints sizes in the decimal ones, and takes the single letters as powers
  /// of 1024 (`docker run --memory 512m`).
  private static let units: [(name: String, bytes: Int64)] = [
    ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000),
    ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("kB", 1_000), ("b", 1),
    ("g", 1 << 30), ("m", 1 << 20), ("k", 1 << 10),
  ]
  private static let form = "a number with kB, MB, GB, TB, KiB, MiB, GiB or TiB, such as 50GB"

  /// Reads a number, up to three decimals of it, and a unit, in upper or lower case.
  static func read(_ text: String) throws(ValueError) -> Int64 {
    if text.hasPrefix("-") { throw ValueError("\(text.inQuotes) is negative; write \(form)") }
    let number = text.prefix { "0123456789.".contains($0) }
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard let whole = parts.first, !whole.isEmpty, parts.count <= 2,
      parts.dropFirst().allSatisfy({ (1...3).contains($0.utf8.count) })
    else { throw ValueError("\(text.inQuotes) is not a size; write \(form)") }
    let name = text.dropFirst(number.count).lowercased()
    guard !name.isEmpty else { throw ValueError("\(text.inQuotes) has no unit; write \(form)") }
    guard let unit = units.first(where: { $0.name.lowercased() == name }) else {
      throw ValueError("\(text.inQuotes) has the unknown unit \(name.inQuotes); write \(form)")
    }
    let fraction = (parts.count == 2 ? String(parts[1]) : "").padded(to: 3)
    let (bytes, tooLarge) = (Int64(whole) ?? .max).multipliedReportingOverflow(by: unit.bytes)
    let rest = (Int64(fraction) ?? 0) * unit.bytes / 1_000
    guard !tooLarge, bytes <= mostBytes - rest else {
      throw ValueError("\(text.inQuotes) is more than any disk holds")
    }
    return bytes + rest
  }

  /// An exbibyte: sums and shares of it stay far from what a number can hold.
  private static let mostBytes: Int64 = 1 << 60

  /// The shortest exact way to write it in a policy.
  static func text(_ bytes: Int64) -> String {
    let unit = units.first { bytes % $0.bytes == 0 && bytes >= $0.bytes } ?? ("b", 1)
    return "\(bytes / unit.bytes)\(unit.name)"
  }
}

extension String {
  /// With zeros behind it.
  fileprivate func padded(to count: Int) -> String {
    self + String(repeating: "0", count: max(0, count - utf8.count))
  }
}
