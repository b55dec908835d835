package import Inventory

/// What a set of objects takes up, by kind of storage. The parts add up to the total.
package struct Footprints: Hashable, Sendable {
  private var parts: [StorageKind: Footprint] = [:]

  package static let zero = Footprints()

  package init() {}

  package init(_ kind: StorageKind, _ footprint: Footprint) { parts[kind] = footprint }

  package subscript(kind: StorageKind) -> Footprint { parts[kind] ?? .zero }

  package var total: Footprint { StorageKind.allCases.reduce(.zero) { $0 + self[$1] } }

  /// All parts but one.
  package func total(without left: StorageKind) -> Footprint {
    StorageKind.allCases.reduce(.zero) { $1 == left ? $0 : $0 + self[$1] }
  }

  package mutating func add(_ kind: StorageKind, _ footprint: Footprint) {
    parts[kind] = self[kind] + footprint
  }

  package static func + (left: Self, right: Self) -> Self {
    var sum = left
    for (kind, footprint) in right.parts { sum.add(kind, footprint) }
    return sum
  }

  package static func += (left: inout Self, right: Self) { left = left + right }
}
