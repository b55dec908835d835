package import Inventory
import Synchronization

/// A progress bar for a sweep that takes longer than a few seconds, on stderr, where a terminal
/// watches; elsewhere it shows nothing.
///
/// Safe to tell from several tasks at once: `update` at every step, `watch` in a task of its own so
/// that the bar also appears while one step takes long, `finish` at the end.
package final class SweepProgress: Sendable {
  private static let patience = Duration.seconds(2)
  private static let interval = Duration.milliseconds(100)

  private struct State {
    var done = 0
    var freed: Bytes?
    var current = ""
    var drawnAt: Timestamp?
    var isFinished = false
  }

  private let total: Int
  private let console: Console
  private let clock: @Sendable () -> Timestamp
  private let startedAt: Timestamp
  private let state = Mutex(State())

  /// Starts to count the time.
  package init(steps total: Int, on console: Console, clock: @escaping @Sendable () -> Timestamp) {
    self.total = total
    self.console = console
    self.clock = clock
    startedAt = clock()
  }

  /// Tells how far the sweep is: steps that are over, bytes freed so far (nil: it is an undo, which
  /// frees none), and the object at hand.
  package func update(done: Int, freed: Bytes?, current: String) {
    state.withLock { state in
      state.done = done
      state.freed = freed
      state.current = current
      draw(&state)
    }
  }

  /// Draws the bar when it is due, until the task is cancelled.
  package func watch() async {
    while !Task.isCancelled {
      state.withLock { draw(&$0) }
      try? await Task.sleep(for: Self.interval)
    }
  }

  /// Takes the bar away, for good.
  package func finish() {
    state.withLock { state in
      state.isFinished = true
      console.showStatus(nil)
    }
  }

  private func draw(_ state: inout State) {
    guard !state.isFinished, let width = console.statusWidth else { return }
    let now = clock()
    guard now - startedAt >= Self.patience else { return }
    if let drawnAt = state.drawnAt, now - drawnAt < Self.interval { return }
    state.drawnAt = now
    console.showStatus(
      Self.line(
        done: state.done, total: total, freed: state.freed, current: state.current, width: width))
  }

  /// One line that fits the terminal; the last column stays free, so that none wraps.
  static func line(
    done: Int, total: Int, freed: Bytes?, current: String, width: Int
  ) -> String {
    let cells = 20
    let filled = total > 0 ? cells * min(max(0, done), total) / total : 0
    let bar =
      String(repeating: "=", count: filled) + String(repeating: " ", count: cells - filled)
    let words = [
      "\(done)/\(total)", freed.map { "\(HumanSize.text($0)) freed" }, "\(SafeText(current))",
    ]
    let text = words.compactMap { $0 }.joined(separator: "   ")
    return DisplayWidth.cut(width > 60 ? "[\(bar)] \(text)" : text, to: width - 1)
  }
}
