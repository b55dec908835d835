/// A figure in bytes that is true: one number where it is known, an interval where an engine hides
/// something.
package struct Bytes: Hashable, Sendable, Codable {
  package let atLeast: Int64
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

  /// Whether the two ends are the same.
  package var isExact: Bool { atLeast == atMost }

  package static func + (left: Self, right: Self) -> Self {
    Self(atLeast: left.atLeast + right.atLeast, atMost: left.atMost + right.atMost)
  }

  package static func += (left: inout Self, right: Self) { left = left + right }

  /// What is left of an interval when another, independent one is taken away; never below zero.
  package static func - (left: Self, right: Self) -> Self {
    Self(atLeast: max(0, left.atLeast - right.atMost), atMost: max(0, left.atMost - right.atLeast))
  }
}
