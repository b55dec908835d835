import GRDB
import Inventory

/// What may have been used in a stretch of time that no event covers: since nobody can tell, it counts
/// as used until the stretch's end. So a last use can be later than the truth, and never earlier.
struct MissedUses {
  private let end: Timestamp?
  /// Nil: everything that was there may have been used.
  private let only: (images: Set<ImageID>, volumes: Set<String>, networks: Set<String>)?

  /// To be asked before the survey after the stretch is written: what ran is what ran in the one
  /// before.
  init(_ stretch: MissedStretch?, of engine: Int64, in db: Database) throws {
    end = stretch?.end
    guard let stretch, stretch.onlyWhatRan else {
      only = nil
      return
    }
    let ran = try ContainerRows.listed(of: engine, in: db).values.filter(\.state.isActive)
    only = (
      Set(ran.map(\.imageID)), Set(ran.flatMap(\.volumes)), Set(ran.flatMap(\.networks))
    )
  }

  func mayHaveUsed(image: ImageID) -> Bool { end != nil && only?.images.contains(image) ?? true }

  func mayHaveUsed(volume: String) -> Bool { end != nil && only?.volumes.contains(volume) ?? true }

  /// - Parameter network: its name, which is what containers tell.
  func mayHaveUsed(network: String) -> Bool {
    end != nil && only?.networks.contains(network) ?? true
  }

  func raise<Key: Hashable>(_ uses: inout [Key: Timestamp], _ key: Key) {
    if let end { uses.raise(key, to: end) }
  }
}
