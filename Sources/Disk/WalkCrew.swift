import Foundation
import Synchronization

/// Goes up when nobody waits for a reading any more.
final class StopFlag: Sendable {
  private let up = Atomic<Bool>(false)

  var isUp: Bool { up.load(ordering: .relaxed) }

  func raise() { up.store(true, ordering: .relaxed) }
}

/// A few threads that walk at low priority, so that whoever the host is there for goes first.
///
/// Threads of their own: those of Swift's pool must not block, and keep their priority.
final class WalkCrew: Sendable {
  let root: Folder
  let stop: StopFlag

  /// More gains nothing on one disk, and takes from the others on the host.
  private static let size = min(4, ProcessInfo.processInfo.activeProcessorCount)

  init(in root: Folder, until stop: StopFlag) {
    self.root = root
    self.stop = stop
  }

  /// Does some work on a new thread of low priority.
  static func detach(_ work: @escaping @Sendable () -> Void) {
    Thread {
      // On Linux this is the thread's own priority, and its disk's along with it. A process that is
      // nicer already must not become less so.
      let thread = __priority_which_t(PRIO_PROCESS.rawValue)
      setpriority(thread, 0, max(10, getpriority(thread, 0)))
      work()
    }.start()
  }

  /// Walks units in parallel, this thread among others; nil for one that cannot be read, or was not
  /// since the flag is up.
  func tallies(of units: [WalkUnit]) -> [Tally?] {
    let queue = WalkQueue(units)
    let others = DispatchGroup()
    for _ in 0..<max(0, min(Self.size, units.count) - 1) {
      others.enter()
      Self.detach {
        self.work(on: queue)
        others.leave()
      }
    }
    work(on: queue)
    others.wait()
    return queue.tallies
  }

  private func work(on queue: WalkQueue) {
    while !stop.isUp, let (place, unit) = queue.next() {
      if let tally = try? Walk.tally(of: unit, in: root, until: stop) {
        queue.note(tally, at: place)
      }
    }
  }
}

/// Units that wait for a thread, and what came of the others.
private final class WalkQueue: Sendable {
  private let units: [WalkUnit]
  private let state: Mutex<(next: Int, tallies: [Tally?])>

  init(_ units: [WalkUnit]) {
    self.units = units
    state = Mutex((0, Array(repeating: nil, count: units.count)))
  }

  var tallies: [Tally?] { state.withLock { $0.tallies } }

  func next() -> (place: Int, unit: WalkUnit)? {
    let place = state.withLock { state in
      state.next += 1
      return state.next - 1
    }
    return place < units.count ? (place, units[place]) : nil
  }

  func note(_ tally: Tally, at place: Int) {
    state.withLock { $0.tallies[place] = tally }
  }
}
