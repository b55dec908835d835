import Glibc

/// A seat for one real engine: at most two run at once on a machine, whichever process asks.
///
/// The kernel gives a seat back when its holder ends, however it ends.
struct EngineSlot: Sendable {
  private static let seats = 2
  private let descriptor: Int32

  /// Waits until a seat is free.
  static func take() async throws -> EngineSlot {
    while true {
      for seat in 0..<seats {
        if let slot = try EngineSlot(seat) { return slot }
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private init?(_ seat: Int) throws {
    let path = "/tmp/balai-engine-seat-\(seat)"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw RealEngineError(attempt: "opening \(path)", reason: String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
  }

  func giveBack() { close(descriptor) }
}
