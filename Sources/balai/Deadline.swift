@preconcurrency import Dispatch
import Foundation
import Report
import Sweep
import Synchronization

/// The time at which a command has to come to its end (`--deadline`): a sweep that is at work is asked
/// to end, and is left a minute later; before it has begun, the process ends at once.
final class Deadline: Sendable {
  /// What is in flight is given this long.
  private static let grace = DispatchTimeInterval.seconds(60)

  private let sweep = Mutex<Interruption?>(nil)
  private let timer: (any DispatchSourceTimer)?

  /// - Parameter duration: counted from now; nil: there is no deadline.
  init(after duration: Duration?, _ output: OutputOptions, telling console: Console) {
    guard let duration else {
      timer = nil
      return
    }
    let timer = DispatchSource.makeTimerSource(queue: .global())
    self.timer = timer
    timer.schedule(deadline: .now() + .seconds(Int(clamping: duration.components.seconds)))
    let format = output.format
    timer.setEventHandler { [self] in
      guard let interruption = sweep.withLock({ $0 }) else {
        Self.leave(console, format, "nothing was done")
      }
      interruption.request(by: .deadline)
      DispatchQueue.global().asyncAfter(deadline: .now() + Self.grace) {
        Self.leave(
          console, format, "what was in flight had no end; the next run closes the journal")
      }
    }
    timer.resume()
  }

  deinit { timer?.cancel() }

  /// From now on a sweep is at work, which is to be asked.
  func holds(for interruption: Interruption) { sweep.withLock { $0 = interruption } }

  private static func leave(
    _ console: Console, _ format: Presentation.Format, _ words: String
  ) -> Never {
    let message = "the deadline came: \(words)"
    console.log(
      format == .json
        ? Presentation(format: format, now: .now).failure(message, status: .deadline)
        : message + "\n")
    _exit(ExitStatus.deadline.rawValue)
  }
}
