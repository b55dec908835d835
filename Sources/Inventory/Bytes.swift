/// A figure in bytes that is true: one number where it is known, an interval where an engine hides
/// something.
package struct Bytes: Hashable, Sendable, Codable {
  package let atLeast: Int64
  /// `Int64.max` where nobody can say how much it is at most.
  package let atMost: Int64

  package static let zero = Bytes(exactly: 0)

  package init(exactly bytes: Int64) {
    atLeast = bytes
    atMost = bytes
  }

  /// An interval; the two ends may come in either order.
  package init(atLeast: Int64, atMost: Int64) {
    self.atLeast = min(atLeast, atMost)
    self.atMost = max(atLeast, atMost)
  }

  /// An interval without an upper end.
  package init(orMore atLeast: Int64) {
    self.init(atLeast: atLeast, atMost: .max)
  }

  /// Whether the two ends are the same.
  package var isExact: Bool { atLeast == atMost }

  /// Whether it has an upper end.
  package var isBounded: Bool { atMost < .max }

  /// Whether a number is one that the figure allows.
  package func holds(_ bytes: Int64) -> Bool { atLeast <= bytes && bytes <= atMost }

  package static func + (left: Self, right: Self) -> Self {
    Self(
      atLeast: left.atLeast.addingWithinRange(right.atLeast),
      atMost: left.atMost.addingWithinRange(right.atMost))
  }

  package static func += (left: inout Self, right: Self) { left = left + right }

  /// What is left of an interval when another, independent one is taken away; never below zero.
  package static func - (left: Self, right: Self) -> Self {
    Self(
      atLeast: max(0, left.atLeast.subtractingWithinRange(right.atMost)),
      atMost: left.isBounded ? max(0, left.atMost.subtractingWithinRange(right.atLeast)) : .max)
  }
}

extension Bytes {
  /// Refuses what is no figure: files can be edited.
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let atLeast = try fields.decode(Int64.self, forKey: .atLeast)
    let atMost = try fields.decode(Int64.self, forKey: .atMost)
    guard 0 <= atLeast, atLeast <= atMost else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription: "from \(atLeast) to \(atMost) is no figure in bytes"))
    }
    self.init(atLeast: atLeast, atMost: atMost)
  }
}

extension Int64 {
  /// The sum, or the end of the range where it lies beyond: engines may send any number.
  fileprivate func addingWithinRange(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }

  fileprivate func subtractingWithinRange(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
