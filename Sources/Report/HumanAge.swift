import Inventory

/// Ages in Docker's words: `About a minute ago`, `3 weeks ago`.
enum HumanAge {
  /// A time that lies ahead (clocks differ) is `Less than a second ago`.
  static func text(from time: Timestamp, to now: Timestamp) -> String {
    span(now - time) + " ago"
  }

  /// The words and limits of `HumanDuration` in docker/go-units: hours are rounded, everything else
  /// is cut off.
  static func span(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    let hours = (seconds + 1_800) / 3_600
    switch seconds {
    case ..<1: return "Less than a second"
    case 1: return "1 second"
    case ..<60: return "\(seconds) seconds"
    case ..<120: return "About a minute"
    case ..<3_600: return "\(seconds / 60) minutes"
    default: break
    }
    switch hours {
    case ...1: return "About an hour"
    case ..<48: return "\(hours) hours"
    case ..<(24 * 7 * 2): return "\(hours / 24) days"
    case ..<(24 * 30 * 2): return "\(hours / 24 / 7) weeks"
    case ..<(24 * 365 * 2): return "\(hours / 24 / 30) months"
    default: return "\(seconds / 3_600 / 24 / 365) years"
    }
  }
}
