import Foundation
import Inventory

/// Sizes as Docker prints them: decimal units, three digits.
enum HumanSize {
  private static let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]

  /// The format of `HumanSizeWithPrecision(size, 3)` in docker/go-units, but `1MB` where that says
  /// `1e+03kB`. Below zero there is no size: `0B`.
  static func text(_ bytes: Int64) -> String {
    var size = Double(max(0, bytes))
    var unit = 0
    while size >= 999.5, unit < units.count - 1 {
      size /= 1000
      unit += 1
    }
    return String(format: "%.3g", size) + units[unit]
  }

  /// One size, `7.3MB..17.7MB` where only an interval is true, or `7.3MB or more` where nobody can
  /// say how much at most.
  static func text(_ bytes: Bytes) -> String {
    guard bytes.isBounded else { return "\(text(bytes.atLeast)) or more" }
    let ends = (text(bytes.atLeast), text(bytes.atMost))
    return ends.0 == ends.1 ? ends.0 : "\(ends.0)..\(ends.1)"
  }

  static func text(_ bytes: Int64?) -> String { bytes.map { text($0) } ?? "N/A" }

  static func text(_ bytes: Bytes?) -> String { bytes.map { text($0) } ?? "N/A" }

  /// Content, and behind it the blocks that a disk gets back, where these are known.
  static func text(_ footprint: Footprint) -> String {
    guard let disk = footprint.disk, footprint != .zero else { return text(footprint.content) }
    return "\(text(footprint.content)) (\(text(disk)) on disk)"
  }

  /// A change, which can be a loss.
  static func signed(_ bytes: Int64) -> String {
    bytes < 0 ? "-\(text(bytes == .min ? .max : -bytes))" : text(bytes)
  }

  /// A size and its share of a whole, as in Docker's RECLAIMABLE column; the share always lies
  /// between 0 and 100 %.
  static func text(_ part: Bytes, of whole: Bytes) -> String {
    guard whole.atMost > 0, part.isBounded, whole.isBounded else { return text(part) }
    let shares = (
      percent(part.atLeast, of: whole.atMost), percent(part.atMost, of: max(1, whole.atLeast))
    )
    let share = shares.0 == shares.1 ? "\(shares.0)%" : "\(shares.0)%..\(shares.1)%"
    return "\(text(part)) (\(share))"
  }

  private static func percent(_ part: Int64, of whole: Int64) -> Int {
    Int(min(max(0, Double(part) / Double(whole) * 100), 100))
  }
}
