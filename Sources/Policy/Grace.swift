import Inventory

extension RetentionPolicy {
  /// Whether something is too young to be touched; what nobody knows the age of is.
  func spares(_ start: Timestamp?, at now: Timestamp) -> Bool {
    guard grace > .zero else { return false }
    guard let start else { return true }
    return now - start < grace
  }
}

extension Container {
  /// What its grace counts from. Its own times only: a new index has seen nothing before, and must not
  /// make old containers untouchable.
  var graceStart: Timestamp {
    [startedAt, finishedAt].compactMap(\.self).reduce(created, max)
  }
}

extension Image {
  /// What its grace counts from: when it was last tagged or first seen, never its build date; nil
  /// where neither is known.
  var graceStart: Timestamp? { [lastTagged, firstSeen].compactMap(\.self).max() }
}
